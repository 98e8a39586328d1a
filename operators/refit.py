"""A judgement of the model, as the version that a census leads to."""

import math

from models import MBGNBD
from models.judgement import Judgement
from operators.instant import to_text
from operators.version import Bin, Holdout, Previous, Version


def of(judgement: Judgement, at_us: int, effective_from_us: int, in_force: str) -> Version:
    """Return the record of a judgement made at the census of `at_us` against the version `in_force`.

    The census gives the version its name, so that a replay finds the same.
    """
    model = judgement.model
    r, alpha_days, a, b = model.parameters.values() if model else (None,) * 4
    return Version(
        version=f"mbg-nbd@{to_text(at_us)}",
        r=r,
        alpha_days=alpha_days,
        a=a,
        b=b,
        effective_from_us=effective_from_us,
        fitted_at_us=at_us,
        adopted=judgement.adopted,
        reason=judgement.reason,
        customers=judgement.customers,
        repeat_customers=judgement.repeat_customers,
        log_likelihood=model.log_likelihood if model and math.isfinite(model.log_likelihood) else None,
        standard_errors=_standard_errors(model) if model and model.converged else None,
        holdout=_holdout(judgement),
        previous=_previous(judgement, in_force),
    )


def _standard_errors(model: MBGNBD) -> dict[str, float]:
    r, alpha_days, a, b = model.standard_errors.values()
    return {"r": r, "alpha_days": alpha_days, "a": a, "b": b}


def _holdout(judgement: Judgement) -> Holdout | None:
    found = judgement.holdout
    if found is None:
        return None
    return Holdout(found.horizon_days, *found.score, [Bin(*of_bin) for of_bin in found.bins])


def _previous(judgement: Judgement, in_force: str) -> Previous | None:
    found = judgement.holdout
    return None if found is None else Previous(in_force, found.previous.brier, found.previous.auc)
