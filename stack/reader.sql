-- The role that may only read the analytics database, made by the superuser: the flow's role, whose migrations let it in,
-- may create no roles.
SELECT 'CREATE ROLE retentioncast_bi NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'retentioncast_bi')
\gexec
