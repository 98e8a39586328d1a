"""Survival as the definition has it, customer by customer, and as the lifelines library counts it."""

from datetime import UTC, timedelta

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

DAY = timedelta(days=1)


def first_silence(instants, silence_days, now):
    """The days from the first order to the first silence, or to stream time, and whether it was one."""
    placed = sorted(instant for instant in instants if instant <= now)
    limit = silence_days * DAY
    for order, following in zip(placed, [*placed[1:], now + timedelta.resolution], strict=True):
        if following - order >= limit and order + limit <= now:
            return (order + limit - placed[0]) // DAY, True
    return (now - placed[0]) // DAY, False


def first_silences(orders, silence_days, now):
    """The same of each customer with an order by stream time: {customer: (days, is_silent)}."""
    instants = {}
    for customer, instant in orders:
        # of two instants of one zone Python subtracts what the clocks on its walls show
        instants.setdefault(str(customer), []).append(instant.astimezone(UTC))
    return {
        customer: first_silence(placed, silence_days, now)
        for customer, placed in instants.items()
        if min(placed) <= now
    }


def kaplan_meier(durations, is_event):
    """The lines that function kaplan_meier gives, by lifelines."""
    fitter = KaplanMeierFitter().fit(durations, is_event)
    table = fitter.event_table
    survival = fitter.survival_function_["KM_estimate"].to_numpy()
    at_risk, events = table["at_risk"].to_numpy(float), table["observed"].to_numpy(float)
    with np.errstate(all="ignore"):
        error = survival * np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
    interval = fitter.confidence_interval_.to_numpy()
    counts = table[["at_risk", "observed", "censored"]].to_numpy(int)
    return np.column_stack([table.index, counts, survival, error, interval])


def log_rank(durations, is_event, groups):
    """The statistic and its p-value."""
    test = multivariate_logrank_test(np.asarray(durations), np.asarray(groups), np.asarray(is_event))
    return test.test_statistic, test.p_value
