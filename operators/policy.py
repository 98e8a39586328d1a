"""Which alerts a shop wants: how often of one customer, and who is left alone to measure what they do."""

from dataclasses import dataclass
from hashlib import sha256

from operators.alert_body import Arm


@dataclass(frozen=True, slots=True)
class Policy:
    """The shop's rules for its alerts.

    `cooldown_days`: alerts of one customer are so many days apart; one that would come sooner is suppressed.
    `alerts_a_day`: of the alerts foreseen for a UTC day so many are kept, those worth most; None is no limit.
    `control_share`: the share of customers who are flagged as the control arm of the `campaign`.
    """

    currency: str
    cooldown_days: int = 0
    alerts_a_day: int | None = None
    campaign: str = "winback"
    control_share: float = 0.0

    def arm_of(self, customer_id: str) -> Arm:
        """Return a customer's arm: always the same within a campaign, another lot in another."""
        if not self.control_share:
            return "treatment"
        lot = int.from_bytes(sha256(f"{self.campaign}/{customer_id}".encode()).digest()[:8])
        return "control" if lot < self.control_share * 2**64 else "treatment"
