#!/bin/sh
# Makes each secret of docker-compose.yml that is missing, at random; docs/security.md says what each protects.
# Others on this machine cannot enter the folder. The files themselves can be read by all, since a container's user,
# who is nobody here, reads them where they are mounted.
set -eu
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres_password ledger_password mlflow_database_password mlflow_admin_password mlflow_password mlflow_flask_key ray_token; do
  [ -s "$folder/$name" ] && continue
  head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n' >"$folder/$name"
  chmod 444 "$folder/$name"
  echo "made $folder/$name" >&2
done
