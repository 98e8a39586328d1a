"""The SQL for forecasts and versions of the model: tables `forecast_scores`, `forecast_bins` and `models`."""

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from operators.forecast import Forecast, Reliability
from operators.risk import Risk
from operators.version import Version

Item = Forecast | Reliability | Version

# A replay may bring the forecast as it was made once more: what has matured stays so.
_FORECAST = """
    INSERT INTO forecast_scores AS known (
        made_at, horizon_days, method, model_version, customers, expected, ordered, brier, auc
    )
    VALUES (
        instant(%(made_at_us)s::bigint), %(horizon_days)s, %(method)s, %(model_version)s, %(customers)s,
        %(expected)s, %(ordered)s, %(brier)s, %(auc)s
    )
    ON CONFLICT (made_at, horizon_days, method) DO UPDATE SET
        model_version = excluded.model_version, customers = excluded.customers, expected = excluded.expected,
        ordered = excluded.ordered, brier = excluded.brier, auc = excluded.auc
    WHERE excluded.ordered IS NOT NULL OR known.ordered IS NULL
"""

_RELIABILITY = """
    INSERT INTO forecast_bins (made_at, horizon_days, bin, customers, expected, ordered)
    VALUES (
        instant(%(made_at_us)s::bigint), %(horizon_days)s, %(bin)s, %(customers)s, %(expected)s, %(ordered)s
    )
    ON CONFLICT (made_at, horizon_days, bin) DO UPDATE SET
        customers = excluded.customers, expected = excluded.expected, ordered = excluded.ordered
"""

# A version never changes; the rules are the settings', and may.
_VERSION = """
    INSERT INTO models (
        version, family, r, alpha_days, a, b, threshold, quantile, lapse_days,
        fitted_at, effective_from, adopted, reason, customers, repeat_customers, log_likelihood,
        r_standard_error, alpha_days_standard_error, a_standard_error, b_standard_error,
        holdout_days, holdout_customers, holdout_expected, holdout_ordered, holdout_brier, holdout_auc,
        holdout_bins, previous_version, previous_brier, previous_auc
    )
    VALUES (
        %(version)s, %(family)s, %(r)s, %(alpha_days)s, %(a)s, %(b)s,
        %(threshold)s, %(quantile)s, %(lapse_days)s,
        instant(%(fitted_at_us)s::bigint),
        CASE WHEN %(adopted)s THEN instant(%(effective_from_us)s::bigint) END,
        %(adopted)s, %(reason)s, %(customers)s, %(repeat_customers)s, %(log_likelihood)s,
        %(error_r)s, %(error_alpha_days)s, %(error_a)s, %(error_b)s,
        %(holdout_horizon_days)s, %(holdout_customers)s, %(holdout_expected)s, %(holdout_ordered)s,
        %(holdout_brier)s, %(holdout_auc)s, %(holdout_bins)s,
        %(previous_version)s, %(previous_brier)s, %(previous_auc)s
    )
    ON CONFLICT (version) DO UPDATE SET
        threshold = excluded.threshold, quantile = excluded.quantile, lapse_days = excluded.lapse_days
"""


def write(cursor: psycopg.Cursor, items: Sequence[object], rules: Risk) -> None:
    """Write the versions, forecasts and bins among the items; `rules` are those of every version."""
    versions = [_columns(item, rules) for item in items if isinstance(item, Version)]
    forecasts = [msgspec.structs.asdict(item) for item in items if isinstance(item, Forecast)]
    bins = [msgspec.structs.asdict(item) for item in items if isinstance(item, Reliability)]
    for statement, lines in ((_VERSION, versions), (_FORECAST, forecasts), (_RELIABILITY, bins)):
        if lines:
            cursor.executemany(statement, lines)


def latest_fit_s(connection: psycopg.Connection) -> float:
    """Return the Unix time of the latest fit's census, 0 where there was none."""
    query = "SELECT coalesce(extract(epoch FROM max(fitted_at)), 0)::double precision FROM models"
    [latest_s] = connection.execute(query).fetchone() or (0.0,)
    return float(latest_s)


def _columns(version: Version, rules: Risk) -> dict[str, Any]:
    columns = msgspec.structs.asdict(version)
    holdout, previous = columns.pop("holdout"), columns.pop("previous")
    errors = columns.pop("standard_errors")
    columns |= {"threshold": rules.threshold, "quantile": rules.quantile, "lapse_days": rules.lapse_days}
    for name in ("r", "alpha_days", "a", "b"):
        columns[f"error_{name}"] = errors.get(name) if errors else None
    for name in ("horizon_days", "customers", "expected", "ordered", "brier", "auc"):
        columns[f"holdout_{name}"] = getattr(holdout, name, None)
    columns["holdout_bins"] = Jsonb(msgspec.to_builtins(holdout.bins)) if holdout else None
    for name in ("version", "brier", "auc"):
        columns[f"previous_{name}"] = getattr(previous, name, None)
    return columns
