import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an archived library on a newer pandas
    import lifetimes
    from lifetimes import datasets

CALIBRATION_END = pd.Timestamp("1997-09-30")


class Customers(NamedTuple):
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    m: np.ndarray


@pytest.fixture(scope="session")
def cdnow():
    """The 2,357 customers of CDNOW's sample, 39 weeks; m is the mean of the repeat orders."""
    table = datasets.load_cdnow_summary_data_with_monetary_value()
    return Customers(*(table[c].to_numpy(float) for c in ("frequency", "recency", "T", "monetary_value")))


@pytest.fixture(scope="session")
def cdnow_master():
    """All 23,570 customers of CDNOW, in days."""
    path = Path(datasets.__file__).parent / "CDNOW_master.txt"
    orders = pd.read_csv(path, sep=r"\s+", header=0, names=["id", "date", "cds", "amount"])
    orders["date"] = pd.to_datetime(orders["date"].astype(str), format="%Y%m%d")
    orders = orders[orders["date"] <= CALIBRATION_END].drop_duplicates(["id", "date"])
    days = orders.groupby("id")["date"].agg(["count", "min", "max"])
    t_x = (days["max"] - days["min"]).dt.days.to_numpy(float)
    age = (CALIBRATION_END - days["min"]).dt.days.to_numpy(float)
    return Customers(days["count"].to_numpy(float) - 1, t_x, age, np.full(t_x.shape, np.nan))


@pytest.fixture(scope="session")
def shop():
    """x, t_x and T of customers drawn from an MBG/NBD model, aged up to two years of days."""

    def draw(model, customers):
        generator = np.random.default_rng(7)
        rate = generator.gamma(model.r, 1 / model.alpha, customers)
        leaves = generator.beta(model.a, model.b, customers)
        age = np.ceil(generator.uniform(1, 730, customers))
        x, t_x = np.zeros(customers), np.zeros(customers)
        alive = generator.random(customers) >= leaves
        while alive.any():
            order = t_x + generator.exponential(1 / np.maximum(rate, 1e-12))
            alive &= order <= age
            x += alive
            t_x = np.where(alive, order, t_x)
            alive &= generator.random(customers) >= leaves
        return x, t_x, age

    return draw


@pytest.fixture(scope="session")
def of_lifetimes():
    """A fitter of the lifetimes library with the parameters of one of our models."""

    names = {
        "BGNBD": "BetaGeoFitter",
        "MBGNBD": "ModifiedBetaGeoFitter",
        "ParetoNBD": "ParetoNBDFitter",
        "GammaGamma": "GammaGammaFitter",
    }

    def build(model):
        fitter = getattr(lifetimes, names[type(model).__name__])()
        fitter.params_ = pd.Series(model.parameters)
        if hasattr(fitter, "conditional_expected_number_of_purchases_up_to_time"):
            fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
        return fitter

    return build
