-- The tables of Spree that its preset reads, and some columns that must stay unread.
-- After the migrations in spree/core/db/migrate of github.com/spree/spree, version 5.6.1 (commit 9573936).
CREATE TABLE spree_users (
    id                 bigserial PRIMARY KEY,
    email              varchar,
    encrypted_password varchar(128)
);

CREATE TABLE spree_orders (
    id            bigserial PRIMARY KEY,
    number        varchar(32) UNIQUE,
    state         varchar,
    status        varchar NOT NULL DEFAULT 'draft',
    user_id       bigint, -- no reference: Spree declares none
    email         varchar,
    completed_at  timestamp,
    created_at    timestamp(6) NOT NULL,
    currency      varchar,
    total         numeric(10, 2) NOT NULL DEFAULT 0.0,
    payment_total numeric(10, 2) DEFAULT 0.0
);
