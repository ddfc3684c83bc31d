#!/bin/sh
# The role `viewer`, which can read the ledger and nothing else. Runs after databases.sh when PostgreSQL's volume is new;
# for an older volume, or another password, as often as wanted: docker compose exec postgres /docker-entrypoint-initdb.d/viewer.sh
set -eu
secret() { cat "/run/secrets/$1"; }

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$(secret viewer_password)" \
  --username postgres --dbname sweep <<'SQL'
SELECT 'CREATE ROLE viewer LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'viewer') \gexec
ALTER ROLE viewer PASSWORD :'password';
ALTER ROLE viewer SET default_transaction_read_only = on;
REVOKE TEMPORARY ON DATABASE sweep FROM PUBLIC;
GRANT CONNECT ON DATABASE sweep TO viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO viewer;
ALTER DEFAULT PRIVILEGES FOR ROLE sweep IN SCHEMA public GRANT SELECT ON TABLES TO viewer;
SQL
