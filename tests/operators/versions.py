"""Versions of the model as the topic tells them."""

from operators.census import LEAD_US
from operators.version import Version


def adopted(census_us, name, r=0.9, alpha_days=45.0, a=0.9, b=2.5):
    return _version(census_us, name, (r, alpha_days, a, b), "")


def refused(census_us, name="refused"):
    return _version(census_us, name, (None,) * 4, "too few customers")


def _version(census_us, name, parameters, reason):
    r, alpha_days, a, b = parameters
    return Version(
        version=name,
        r=r,
        alpha_days=alpha_days,
        a=a,
        b=b,
        effective_from_us=census_us + LEAD_US,
        fitted_at_us=census_us,
        adopted=not reason,
        reason=reason,
        customers=1000,
        repeat_customers=500,
        log_likelihood=None,
        standard_errors=None,
        holdout=None,
        previous=None,
    )
