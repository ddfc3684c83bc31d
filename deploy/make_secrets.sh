#!/bin/sh
# Makes each secret of docker-compose.yml that is missing, at random; docs/security.md says what each protects.
# Others on this machine cannot enter the folder. The files themselves can be read by all, since a container's user,
# who is nobody here, reads them where they are mounted.
set -eu
folder=$(dirname "$0")/secrets
characters=64
new=
trap 'rm -f "$new"' EXIT

refuse() {
  echo "$*" >&2
  exit 1
}

length() { wc -c <"$1"; }

make() {  # FILE: under another name first, since a disk that is full keeps the beginning
  new=$(mktemp "$folder/.new.XXXXXX")
  head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n' >"$new" || true
  [ "$(length "$new")" -eq "$characters" ] || refuse "$1 was not made: it could not be written whole"
  chmod 444 "$new"
  mv "$new" "$1"
  echo "made $1" >&2
}

mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres_password ledger_password viewer_password mlflow_database_password mlflow_admin_password \
  mlflow_password mlflow_flask_key dashboard_password ray_token; do
  secret=$folder/$name
  if [ ! -s "$secret" ]; then
    make "$secret"
  elif [ "$(length "$secret")" -lt "$characters" ]; then
    refuse "$secret is shorter than the $characters characters of a secret: docs/security.md says how to change it"
  fi
done
