#!/bin/bash
# What of the official PostgreSQL image's entrypoint docker-compose.yml relies on, for the stand-in image.
set -euo pipefail
if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile=<(cat "$POSTGRES_PASSWORD_FILE") ${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  export PGUSER=$POSTGRES_USER PGPASSWORD
  PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*; do [ -f "$file" ] && bash "$file"; done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGUSER PGPASSWORD
fi
exec "$@" -c listen_addresses='*'
