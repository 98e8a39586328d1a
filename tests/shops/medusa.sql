-- The tables of Medusa that its preset reads, and some columns that must stay unread.
-- After the models and migrations of packages/modules/order and packages/modules/customer of
-- github.com/medusajs/medusa, version 2.0 (commit 59e6747); as of July 2026 (commit 07d5f97) they are the same.
CREATE TABLE customer (
    id          text PRIMARY KEY,
    email       text,
    has_account boolean NOT NULL DEFAULT false,
    deleted_at  timestamptz
);

CREATE TABLE "order" (
    id             text PRIMARY KEY,
    display_id     serial,
    customer_id    text, -- no reference: modules know each other's ids only
    status         text NOT NULL DEFAULT 'pending' CHECK (
        status IN ('pending', 'completed', 'draft', 'archived', 'canceled', 'requires_action')
    ),
    is_draft_order boolean NOT NULL DEFAULT false,
    email          text,
    currency_code  text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,
    canceled_at    timestamptz
);

CREATE TABLE order_transaction (
    id            text PRIMARY KEY,
    order_id      text NOT NULL REFERENCES "order" (id) ON UPDATE CASCADE ON DELETE CASCADE,
    amount        numeric NOT NULL,
    raw_amount    jsonb NOT NULL,
    currency_code text NOT NULL,
    reference     text,
    reference_id  text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz
);
