"""Lifetime models of customers: how often they order, when they leave, what they spend."""

from models.bg_nbd import BGNBD
from models.gamma_gamma import GammaGamma
from models.lifetime_value import lifetime_value
from models.mbg_nbd import MBGNBD
from models.pareto_nbd import ParetoNBD

__all__ = ["BGNBD", "MBGNBD", "GammaGamma", "ParetoNBD", "lifetime_value"]
