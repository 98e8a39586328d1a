-- The flow forecasts how many customers order, and scores its forecasts once they have matured. By the same census it
-- fits the model anew; what became of the fit is a line of models.
ALTER TABLE models
    ALTER COLUMN r DROP NOT NULL,
    ALTER COLUMN alpha_days DROP NOT NULL,
    ALTER COLUMN a DROP NOT NULL,
    ALTER COLUMN b DROP NOT NULL,
    ADD COLUMN effective_from            timestamptz,
    ADD COLUMN adopted                   boolean NOT NULL DEFAULT true,
    ADD COLUMN reason                    text NOT NULL DEFAULT '',
    ADD COLUMN customers                 bigint CHECK (customers >= 0),
    ADD COLUMN repeat_customers          bigint CHECK (repeat_customers >= 0),
    ADD COLUMN log_likelihood            double precision,
    ADD COLUMN r_standard_error          double precision,
    ADD COLUMN alpha_days_standard_error double precision,
    ADD COLUMN a_standard_error          double precision,
    ADD COLUMN b_standard_error          double precision,
    ADD COLUMN holdout_days              integer,
    ADD COLUMN holdout_customers         bigint,
    ADD COLUMN holdout_expected          double precision,
    ADD COLUMN holdout_ordered           bigint,
    ADD COLUMN holdout_brier             double precision CHECK (holdout_brier BETWEEN 0 AND 1),
    ADD COLUMN holdout_auc               double precision CHECK (holdout_auc BETWEEN 0 AND 1),
    ADD COLUMN holdout_bins              jsonb,
    ADD COLUMN previous_version          text,
    ADD COLUMN previous_brier            double precision CHECK (previous_brier BETWEEN 0 AND 1),
    ADD COLUMN previous_auc              double precision CHECK (previous_auc BETWEEN 0 AND 1),
    ADD CONSTRAINT models_parameters_check CHECK (num_nulls(r, alpha_days, a, b) IN (0, 4) AND (r IS NOT NULL OR NOT adopted));

COMMENT ON TABLE models IS 'The versions of the lifetime model, also those that were not adopted: rfm.model_version names one';
COMMENT ON COLUMN models.r IS 'Shape of the gamma distribution of order rates; null where nothing could be fitted';
COMMENT ON COLUMN models.alpha_days IS 'Rate of the gamma distribution of order rates, in days; null where nothing could be fitted';
COMMENT ON COLUMN models.a IS 'First parameter of the beta distribution of the probability to leave after an order; null where nothing could be fitted';
COMMENT ON COLUMN models.b IS 'Second parameter of the beta distribution of the probability to leave after an order; null where nothing could be fitted';
COMMENT ON COLUMN models.fitted_at IS 'The census that the parameters were fitted to; null: they were given';
COMMENT ON COLUMN models.recorded_at IS 'When a flow first knew the version';
COMMENT ON COLUMN models.effective_from IS 'Stream time from which the version is in force; null: from the start if adopted, else never';
COMMENT ON COLUMN models.adopted IS 'Whether the version is, was or will be in force';
COMMENT ON COLUMN models.reason IS 'Why the version was not adopted';
COMMENT ON COLUMN models.customers IS 'Customers in the census';
COMMENT ON COLUMN models.repeat_customers IS 'Customers in the census with a repeat order';
COMMENT ON COLUMN models.log_likelihood IS 'Logarithm of the likelihood of the census, at the parameters';
COMMENT ON COLUMN models.r_standard_error IS 'Standard error of r; null where the likelihood has no clear maximum';
COMMENT ON COLUMN models.alpha_days_standard_error IS 'Standard error of alpha_days; null where the likelihood has no clear maximum';
COMMENT ON COLUMN models.a_standard_error IS 'Standard error of a; null where the likelihood has no clear maximum';
COMMENT ON COLUMN models.b_standard_error IS 'Standard error of b; null where the likelihood has no clear maximum';
COMMENT ON COLUMN models.holdout_days IS 'Days before the census that a fit to the histories before them was judged by; null: there were too few customers';
COMMENT ON COLUMN models.holdout_customers IS 'Customers whom that fit was asked of';
COMMENT ON COLUMN models.holdout_expected IS 'How many of them that fit expected to order in these days';
COMMENT ON COLUMN models.holdout_ordered IS 'How many of them did';
COMMENT ON COLUMN models.holdout_brier IS 'Brier score of that fit: mean squared error of the probabilities, lower is better';
COMMENT ON COLUMN models.holdout_auc IS 'Chance that of two customers, that fit gave the one who ordered the higher probability';
COMMENT ON COLUMN models.holdout_bins IS 'Customers, expected and ordered by tenth of that fit''s probability, from 0 up';
COMMENT ON COLUMN models.previous_version IS 'The version in force at the census';
COMMENT ON COLUMN models.previous_brier IS 'Brier score of previous_version on the same customers and days';
COMMENT ON COLUMN models.previous_auc IS 'AUC of previous_version on the same customers and days';

CREATE TABLE forecast_scores (
    made_at       timestamptz NOT NULL,
    horizon_days  integer NOT NULL CHECK (horizon_days > 0),
    method        text NOT NULL CHECK (method IN ('model', 'base_rate', 'recency', 'silent_30', 'silent_60', 'silent_90')),
    model_version text,
    customers     bigint NOT NULL CHECK (customers >= 0),
    expected      double precision CHECK (expected >= 0),
    ordered       bigint CHECK (ordered BETWEEN 0 AND customers),
    brier         double precision CHECK (brier BETWEEN 0 AND 1),
    auc           double precision CHECK (auc BETWEEN 0 AND 1),
    PRIMARY KEY (made_at, horizon_days, method),
    CHECK ((method = 'model') = (model_version IS NOT NULL)),
    CHECK (ordered IS NOT NULL OR num_nonnulls(brier, auc) = 0)
);

COMMENT ON TABLE forecast_scores IS 'Forecasts of which customers order within a horizon, beside what happened: the model''s, and of simpler methods';
COMMENT ON COLUMN forecast_scores.made_at IS 'The census whose customers it is of; nothing later was known';
COMMENT ON COLUMN forecast_scores.horizon_days IS 'Days after made_at within which they would order';
COMMENT ON COLUMN forecast_scores.method IS 'model; base_rate: for all alike, the share of the same number of days before; recency: whoever has been silent for less ranks higher; silent_N: whoever has been silent for less than N days orders, the others do not';
COMMENT ON COLUMN forecast_scores.model_version IS 'The version of the model then in force; null for the other methods';
COMMENT ON COLUMN forecast_scores.customers IS 'Customers at made_at';
COMMENT ON COLUMN forecast_scores.expected IS 'How many of them were expected to order: the sum of the probabilities; null for recency, which gives none';
COMMENT ON COLUMN forecast_scores.ordered IS 'How many of them did; null until the horizon is over';
COMMENT ON COLUMN forecast_scores.brier IS 'Mean squared error of the probabilities, lower is better; null where there are none or the horizon is not over';
COMMENT ON COLUMN forecast_scores.auc IS 'Chance that of two customers, the one who ordered had the higher probability; one half is no better than chance';

CREATE TABLE forecast_bins (
    made_at      timestamptz NOT NULL,
    horizon_days integer NOT NULL CHECK (horizon_days > 0),
    bin          integer NOT NULL CHECK (bin BETWEEN 0 AND 9),
    customers    bigint NOT NULL CHECK (customers >= 0),
    expected     double precision NOT NULL CHECK (expected >= 0),
    ordered      bigint NOT NULL CHECK (ordered BETWEEN 0 AND customers),
    PRIMARY KEY (made_at, horizon_days, bin)
);

COMMENT ON TABLE forecast_bins IS 'The model''s matured forecasts by tenth of the probability: in each, as many should have ordered as were expected to';
COMMENT ON COLUMN forecast_bins.made_at IS 'The census whose customers it is of';
COMMENT ON COLUMN forecast_bins.horizon_days IS 'Days after made_at within which they would order';
COMMENT ON COLUMN forecast_bins.bin IS 'The probability lies between bin / 10 and (bin + 1) / 10';
COMMENT ON COLUMN forecast_bins.customers IS 'Customers with such a probability';
COMMENT ON COLUMN forecast_bins.expected IS 'How many of them were expected to order: the sum of the probabilities';
COMMENT ON COLUMN forecast_bins.ordered IS 'How many of them did';

CREATE VIEW forecast_quality AS
SELECT
    made_at,
    horizon_days,
    -- In hours: a day of the session's time zone need not have 24.
    made_at + make_interval(hours => 24 * horizon_days) AS matured_at,
    model.model_version,
    model.customers,
    model.expected,
    model.ordered,
    model.brier,
    base_rate_brier,
    silent_30_brier,
    silent_60_brier,
    silent_90_brier,
    best_baseline,
    1 - model.brier / nullif(best_baseline_brier, 0) AS skill,
    model.auc,
    recency_auc,
    calibration_error
FROM forecast_scores AS model
CROSS JOIN LATERAL (
    SELECT
        min(brier) FILTER (WHERE method = 'base_rate') AS base_rate_brier,
        min(brier) FILTER (WHERE method = 'silent_30') AS silent_30_brier,
        min(brier) FILTER (WHERE method = 'silent_60') AS silent_60_brier,
        min(brier) FILTER (WHERE method = 'silent_90') AS silent_90_brier,
        min(auc) FILTER (WHERE method = 'recency') AS recency_auc,
        (array_agg(method ORDER BY brier, method) FILTER (WHERE brier IS NOT NULL))[1] AS best_baseline,
        min(brier) AS best_baseline_brier
    FROM forecast_scores AS baseline
    WHERE baseline.made_at = model.made_at
        AND baseline.horizon_days = model.horizon_days
        AND baseline.method <> 'model'
) AS baselines
CROSS JOIN LATERAL (
    SELECT sum(abs(bins.expected - bins.ordered)) / nullif(sum(bins.customers), 0) AS calibration_error
    FROM forecast_bins AS bins
    WHERE bins.made_at = model.made_at AND bins.horizon_days = model.horizon_days
) AS calibration
WHERE model.method = 'model' AND model.ordered IS NOT NULL;

COMMENT ON VIEW forecast_quality IS 'The model''s matured forecasts beside what happened and beside simpler methods on the same customers';
COMMENT ON COLUMN forecast_quality.made_at IS 'The census whose customers it is of; nothing later was known';
COMMENT ON COLUMN forecast_quality.horizon_days IS 'Days after made_at within which they would order';
COMMENT ON COLUMN forecast_quality.matured_at IS 'When the horizon was over';
COMMENT ON COLUMN forecast_quality.model_version IS 'The version of the model in force at made_at';
COMMENT ON COLUMN forecast_quality.customers IS 'Customers at made_at';
COMMENT ON COLUMN forecast_quality.expected IS 'How many of them were expected to order';
COMMENT ON COLUMN forecast_quality.ordered IS 'How many of them did';
COMMENT ON COLUMN forecast_quality.brier IS 'Brier score of the model: mean squared error of the probabilities, lower is better';
COMMENT ON COLUMN forecast_quality.base_rate_brier IS 'Brier score of one probability for all: the share of the same number of days before made_at';
COMMENT ON COLUMN forecast_quality.silent_30_brier IS 'Brier score of the rule that whoever has been silent for 30 days does not order, and all others do';
COMMENT ON COLUMN forecast_quality.silent_60_brier IS 'Brier score of the rule of 60 days';
COMMENT ON COLUMN forecast_quality.silent_90_brier IS 'Brier score of the rule of 90 days';
COMMENT ON COLUMN forecast_quality.best_baseline IS 'The simpler method with the lowest Brier score';
COMMENT ON COLUMN forecast_quality.skill IS 'By which part the model''s Brier score is lower than that of best_baseline; below 0 the model is worse; null where best_baseline was never wrong';
COMMENT ON COLUMN forecast_quality.auc IS 'Chance that of two customers, the model gave the one who ordered the higher probability';
COMMENT ON COLUMN forecast_quality.recency_auc IS 'The same for ranking by days of silence alone';
COMMENT ON COLUMN forecast_quality.calibration_error IS 'Mean distance of the share expected from the share who ordered, over the tenths of probability';
