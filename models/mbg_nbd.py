"""The MBG/NBD model: customers may leave after any order, the first one included."""

from dataclasses import dataclass

from models.beta_geometric import BetaGeometric
from models.elementwise import Floats


@dataclass(frozen=True)
class MBGNBD(BetaGeometric):
    """Modified beta-geometric / negative binomial model, with x + 1 occasions to leave in x repeat orders.

    E. P. Batislam, M. Denizel, A. Filiztekin (2007), "Empirical validation and comparison of models for
    customer base analysis", International Journal of Research in Marketing 24(3), 201-209, appendix A; with
    U. Wagner and D. Hoppe (2008), "Erratum on the MBG/NBD model", the same journal 25(3), 225-226.
    """

    LEAVES_AFTER_FIRST_ORDER = True

    def _odds_left_at_last_order(self, x: Floats) -> Floats:
        return self.a / (self.b + x)
