-- Precise decimals cannot say NaN: the connector writes null, and fails where the column may not be null.
ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;
ALTER TABLE orders ALTER COLUMN refunded DROP NOT NULL;
