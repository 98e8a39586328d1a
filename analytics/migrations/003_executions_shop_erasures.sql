-- Which start of the flow wrote a line. A replay after a crash may come to another line than the one before the crash
-- wrote, with an older version: what the latest start writes counts.
CREATE SEQUENCE executions;

ALTER TABLE rfm ADD COLUMN execution bigint NOT NULL DEFAULT 0;

COMMENT ON SEQUENCE executions IS 'Numbers the starts of the table''s writers';
COMMENT ON COLUMN rfm.execution IS 'The start of the flow that wrote this line; an earlier one never overwrites it';
COMMENT ON COLUMN rfm.version IS 'Newest change of the shop''s log in this line';

CREATE TABLE shop (
    one_row   boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    currency  text NOT NULL,
    time_zone text NOT NULL
);

COMMENT ON TABLE shop IS 'What the shop file says of money and days, in one row';
COMMENT ON COLUMN shop.one_row IS 'Always true';
COMMENT ON COLUMN shop.currency IS 'The main currency: other currencies'' amounts are converted to it';
COMMENT ON COLUMN shop.time_zone IS 'Where the shop''s days begin';

CREATE TABLE erasures (
    receipt   text NOT NULL,
    version   bigint NOT NULL,
    erased_at timestamptz,
    PRIMARY KEY (receipt, version)
);

COMMENT ON TABLE erasures IS 'Receipts: customers whose row was deleted in the shop, and of whom nothing is kept here';
COMMENT ON COLUMN erasures.receipt IS 'SHA-256 of the customer''s id, in hex: who knows the id finds the receipt. A short number can be guessed';
COMMENT ON COLUMN erasures.version IS 'The change of the shop''s log that demanded it';
COMMENT ON COLUMN erasures.erased_at IS 'Stream time of the erasure; null before the first heartbeat';
