-- The databases and roles of the demo, made by the superuser; running it again changes nothing but passwords.
-- Role shop owns the shop's database; role retentioncast ours. Neither can enter the other's.
\getenv shop_password SHOP_PASSWORD
\getenv retentioncast_password RETENTIONCAST_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['shop', 'retentioncast']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE shop PASSWORD :'shop_password';
ALTER ROLE retentioncast PASSWORD :'retentioncast_password';

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('shop', 'shop'), ('analytics', 'retentioncast')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

REVOKE ALL ON DATABASE shop FROM PUBLIC;
REVOKE ALL ON DATABASE analytics FROM PUBLIC;
