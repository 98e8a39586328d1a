"""The backtest again, slowly: one customer, one silence, one version at a time."""

import math
from statistics import median

DAY_US = 86_400_000_000


def silences(orders):
    """(customer, x, t_x in days, begun, ended) of each silence, from (customer, instant) pairs."""
    end = max(at for _, at in orders)
    for customer in sorted({customer for customer, _ in orders}):
        instants = sorted(at for who, at in orders if who == customer)
        for x, begun in enumerate(instants):
            ended = instants[x + 1] if x + 1 < len(instants) else end
            yield customer, x, (begun - instants[0]) / DAY_US, begun, ended


def model_alert(silence, versions, threshold):
    """The age in days at which the first version alerts that finds P(alive) at the threshold, or infinity."""
    _, x, t_x, begun, ended = silence
    for number, (start, model) in enumerate(versions):
        end = versions[number + 1][0] if number + 1 < len(versions) else math.inf
        odds = (model.b + x) / model.a * (1 - threshold) / threshold
        crossed = max((model.alpha + t_x) * odds ** (1 / (model.r + x)) - model.alpha - t_x, 0.0)
        if number == 0 and begun < start and begun + crossed * DAY_US <= start:
            return math.inf  # due before the flow was there
        raised = max(crossed, (start - begun) / DAY_US)
        if begun + raised * DAY_US < min(end, ended):
            return raised
    return math.inf


def fixed_alert(silence, since, days):
    *_, begun, ended = silence
    due = begun + days * DAY_US
    return float(days) if due < ended and not (begun < since and due <= since) else math.inf


def score(silences_and_ages, since, end, churn_days):
    """(alerts, judged, precision, recall, median lead) of the alerts at these ages."""
    alerts = [age for _, age in silences_and_ages if age < math.inf]
    judged = [
        (ended - begun >= churn_days * DAY_US, age)
        for (*_, begun, ended), age in silences_and_ages
        if since <= begun and begun + churn_days * DAY_US <= end
    ]
    in_time = [churned for churned, age in judged if age < churn_days]
    leads = [max(churn_days - age, 0) for churned, age in judged if churned]
    return (
        len(alerts),
        len(in_time),
        sum(in_time) / len(in_time) if in_time else None,
        sum(lead > 0 for lead in leads) / len(leads) if leads else None,
        median(leads) if leads else None,
    )
