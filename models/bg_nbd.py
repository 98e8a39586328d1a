"""The BG/NBD model: customers may leave after any repeat order, never after the first one."""

from dataclasses import dataclass

from models.beta_geometric import BetaGeometric
from models.elementwise import Floats, floor_at_zero


@dataclass(frozen=True)
class BGNBD(BetaGeometric):
    """Beta-geometric / negative binomial model, with x occasions to leave in x repeat orders.

    So P(alive) of a customer with a single order is 1 forever: for alerts take MBG/NBD.

    P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), "'Counting your customers' the easy way: an alternative to
    the Pareto/NBD model", Marketing Science 24(2), 275-284, equations (6), (9) and (10); P(alive) by the same
    (2008), "Computing P(alive) using the BG/NBD model", brucehardie.com/notes/021.
    """

    LEAVES_AFTER_FIRST_ORDER = False

    def _odds_left_at_last_order(self, x: Floats) -> Floats:
        return self.a * (x > 0) / (self.b + floor_at_zero(x - 1))
