"""Whether a new fit of the model should take the place of the version in force."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from models import scores
from models.cells import Cells
from models.estimate import CUSTOMERS_NEEDED, REPEAT_CUSTOMERS_NEEDED
from models.mbg_nbd import MBGNBD
from models.scores import Bin, Difference, Score

WORSE_STANDARD_ERRORS = 2.0
WORSE_SHARE = 0.001  # of the Brier score; less is worth no month, and may be the optimiser's rounding
SAME_CONFIDENCE = 0.95
SAME = "it does not differ from the version in force by more than chance"  # the reason in most months


@dataclass(frozen=True)
class Holdout:
    """What a fit to older histories foretold of the days since, against what happened in them.

    `previous` is the score of the version in force on the same customers, and `difference` how much worse
    than it the fit did.
    """

    horizon_days: int
    fit: MBGNBD
    score: Score
    bins: list[Bin]
    previous: Score
    difference: Difference


@dataclass(frozen=True)
class Judgement:
    """A fit, None where none could be made; `reason` says why it is refused, and is empty where it is not."""

    model: MBGNBD | None
    reason: str
    customers: int
    repeat_customers: int
    holdout: Holdout | None

    @property
    def adopted(self) -> bool:
        """Whether the fit should be the next version."""
        return not self.reason


def judge(
    present: Cells, matured: Mapping[int, Cells], in_force: MBGNBD, fitted_days_ago: float | None = None
) -> Judgement:
    """Fit the model to the present histories, and judge it by how such a fit would have done before.

    `matured` holds, by horizon in days, the cells as of so long ago with who ordered since. A fit to these
    knows nothing of the days since: they are its holdout. `fitted_days_ago` says when the version in force
    was fitted, None that it was given: it must not have seen the holdout either. So the longest horizon
    counts that lies wholly after that fit, and for which there were customers enough. The shortest may begin
    with it: then the two are one fit, and neither is worse. A version that is younger still stays.

    A fit is adopted if the data can tell its parameters from others, and the following hold.

    It is not clearly worse: its Brier score on the holdout is not higher than that of the version in force by
    more than two standard errors of the paired difference and by more than a thousandth. Noise alone would
    make the newcomer the worse of the two every other time; among a million customers any difference is more
    than noise.

    It says something new: the version in force lies outside the 95 % confidence region of the new parameters.
    Otherwise they differ by no more than another sample of the same customers would, and every customer's
    instants would be moved for nothing.

    Without a holdout nothing is adopted: that a bad model stays out matters more than a month.
    Never raises for the data's sake, nor warns: what cannot be fitted is refused.
    """
    customers, repeat_customers = present.total, present.repeat_total
    with np.errstate(all="ignore"):  # parameters that run away
        holdout = _holdout(_unseen(matured, fitted_days_ago), in_force)
        start = holdout.fit if holdout is not None and holdout.fit.identified else None
        try:
            model = MBGNBD.fit(present.x, present.t_x, present.T, present.customers, start)
        except ValueError as error:
            return Judgement(None, str(error), customers, repeat_customers, holdout)
    reason = (
        model.reason or _youth(matured, fitted_days_ago) or _objection(holdout) or _sameness(model, in_force)
    )
    return Judgement(model, reason, customers, repeat_customers, holdout)


def _unseen(matured: Mapping[int, Cells], fitted_days_ago: float | None) -> dict[int, Cells]:
    """Return what has matured since the version in force was fitted; the shortest may begin with its fit."""
    if fitted_days_ago is None:
        return dict(matured)
    shortest = min(matured, default=0)
    return {
        days: cells
        for days, cells in matured.items()
        if days < fitted_days_ago or days == shortest <= fitted_days_ago
    }


def _holdout(matured: Mapping[int, Cells], in_force: MBGNBD) -> Holdout | None:
    for horizon_days in sorted(matured, reverse=True):
        cells = matured[horizon_days]
        if cells.total < CUSTOMERS_NEEDED or cells.repeat_total < REPEAT_CUSTOMERS_NEEDED:
            continue
        try:
            fit = MBGNBD.fit(cells.x, cells.t_x, cells.T, cells.customers)
        except ValueError:  # the same fault in the present cells is told of
            continue
        new, old = (scores.forecast(model, horizon_days, cells) for model in (fit, in_force))
        return Holdout(
            horizon_days,
            fit,
            scores.score(new, cells),
            scores.reliability(new, cells),
            scores.score(old, cells),
            scores.brier_difference(new, old, cells),
        )
    return None


def _youth(matured: Mapping[int, Cells], fitted_days_ago: float | None) -> str:
    """Return that the version in force has seen too much to be judged, empty where it has not."""
    shortest = min(matured, default=0)
    if fitted_days_ago is None or fitted_days_ago >= shortest:
        return ""
    return (
        f"the version in force was fitted {fitted_days_ago:.0f} days ago: it can be judged after "
        f"{shortest} days that it has not seen"
    )


def _objection(holdout: Holdout | None) -> str:
    """Return what the holdout says against the fit, empty where nothing."""
    if holdout is None:
        needed = f"{CUSTOMERS_NEEDED} are needed, and {REPEAT_CUSTOMERS_NEEDED} who had come back"
        return f"too few customers came early enough for a forecast of them to be over: {needed}"
    worse, standard_error = holdout.difference
    margin = max(WORSE_STANDARD_ERRORS * standard_error, WORSE_SHARE * (holdout.previous.brier or 0))
    if worse > margin:
        return (
            f"a fit to the customers of {holdout.horizon_days} days ago foretold who would order since worse "
            f"than the version in force: its Brier score is higher by {worse:.5f} ± {standard_error:.5f}"
        )
    return ""


def _sameness(model: MBGNBD, in_force: MBGNBD) -> str:
    """Return that the two cannot be told apart, empty where they can: Wald's test in log-parameters."""
    away = np.log(list(in_force.parameters.values())) - np.log(list(model.parameters.values()))
    distance = float(away @ np.linalg.solve(np.asarray(model.log_covariance), away))
    if distance < special.chdtri(away.size, 1 - SAME_CONFIDENCE):
        return SAME
    return ""
