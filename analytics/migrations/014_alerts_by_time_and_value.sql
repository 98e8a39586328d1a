-- The alerts that were told last, and the open ones by what they are worth: read from the end that is asked for, a page at a time.
CREATE INDEX alerts_told ON alerts (told_at DESC, alert_id) WHERE told_at IS NOT NULL;
CREATE INDEX alerts_open ON alerts (value_at_risk DESC, alert_id) WHERE status = 'open' AND suppressed_by IS NULL;
