#!/bin/sh
# Puts the secrets that this service was given where libraries look for them, readable to its user alone, then runs it.
set -eu
umask 077
secrets=/run/secrets

secret() {  # NAME: its text, or nothing where this service does not have it
  [ -r "$secrets/$1" ] && cat "$secrets/$1"
}

if password=$(secret ledger_password); then  # libpq's password file
  echo "postgres:5432:sweep:sweep:$password" >>"$HOME/.pgpass"
fi
if password=$(secret viewer_password); then
  echo "postgres:5432:sweep:viewer:$password" >>"$HOME/.pgpass"
fi
if password=$(secret mlflow_database_password); then
  echo "postgres:5432:*:mlflow:$password" >>"$HOME/.pgpass"
fi
export PGPASSFILE="$HOME/.pgpass"
if key=$(secret mlflow_flask_key); then  # this is MLflow's server
  export MLFLOW_FLASK_SERVER_SECRET_KEY="$key" MLFLOW_AUTH_CONFIG_PATH="$HOME/mlflow_auth.ini"
  cat >"$MLFLOW_AUTH_CONFIG_PATH" <<END
[mlflow]
default_permission = NO_PERMISSIONS
database_uri = postgresql+psycopg://mlflow@postgres/mlflow_auth
admin_username = admin
auth_cache_ttl_seconds = 60
END
  case "$*" in "mlflow server"*) python /opt/sweep/mlflow_accounts.py ;; esac
elif password=$(secret mlflow_password); then
  mkdir -p "$HOME/.mlflow"
  cat >"$HOME/.mlflow/credentials" <<END
[mlflow]
mlflow_tracking_username = sweep
mlflow_tracking_password = $password
END
fi
exec "$@"
