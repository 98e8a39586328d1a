"""Lifetime models of customers: how often they order, when they leave, what they spend."""

from models.mbg_nbd import MBGNBD

__all__ = ["MBGNBD"]
