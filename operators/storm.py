"""Against a storm of alerts: a version that would raise them on too many customers at once."""

from dataclasses import dataclass

from models import MBGNBD
from models.cells import Cells
from operators.risk import Risk
from operators.version import PAUSED


@dataclass(frozen=True)
class StormLimit:
    """The share of all customers on whom a version may raise alerts as it comes into force; 1 is no limit.

    `rules` are those of risk, whatever their model.
    """

    rules: Risk
    share: float

    def objection(self, present: Cells, in_force: MBGNBD, fit: MBGNBD) -> str:
        """Return what the present customers say against a fit, empty where nothing.

        Those count who are at risk by the fit and not by the version in force. Whoever has lapsed does not,
        nor whoever hysteresis spares: a version raises no alert on them.
        """
        before, after = (self.rules.with_model(model, "").is_alerted(present) for model in (in_force, fit))
        alerted = round(float(present.customers[after & ~before].sum()))
        share = alerted / present.total if alerted else 0.0
        if share <= self.share:
            return ""
        return (
            f"{PAUSED}it would raise alerts on {alerted:,} of {present.total:,} customers at once, "
            f"{100 * share:.3g} %, more than {100 * self.share:g} %: to adopt it all the same, set "
            "RETENTIONCAST_STORM_SHARE higher and ask for a census (python -m models.refit)"
        )
