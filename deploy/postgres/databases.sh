#!/bin/sh
# Runs once, when PostgreSQL's volume is new: a database for the ledger and two for MLflow, each with an owner of its own.
set -eu
secret() { cat "/run/secrets/$1"; }

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set ledger="$(secret ledger_password)" \
  --set mlflow="$(secret mlflow_database_password)" --username postgres --dbname postgres <<'SQL'
CREATE ROLE sweep LOGIN PASSWORD :'ledger';
CREATE ROLE mlflow LOGIN PASSWORD :'mlflow';
CREATE DATABASE sweep OWNER sweep;
CREATE DATABASE mlflow OWNER mlflow;
CREATE DATABASE mlflow_auth OWNER mlflow;
REVOKE CONNECT ON DATABASE sweep, mlflow, mlflow_auth, postgres FROM PUBLIC;
SQL
