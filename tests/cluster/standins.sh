#!/usr/bin/env bash
# Base images for trying the cluster where no registry of images can be reached: made from Debian's packages.
#   standins.sh PYTHON_IMAGE POSTGRES_IMAGE     (as root; needs debootstrap, and an engine to import them into)
# They stand in for the official images as far as Dockerfile and docker-compose.yml use them, and for nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

system() {  # SUITE PACKAGE...: a small Debian in $folder/$1, with what this machine needs to reach package indexes
  local suite=$1 root=$folder/$1
  shift
  debootstrap --variant=minbase "$suite" "$root" >"$folder/log" || { tail -5 "$folder/log" >&2; exit 1; }
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"  # start no services
  chmod 755 "$root/usr/sbin/policy-rc.d"
  chroot "$root" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends ca-certificates "$@" >"$folder/log" 2>&1 ||
    { tail -5 "$folder/log" >&2; exit 1; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/doc "$root"/usr/share/man
}

python() {  # IMAGE: like python:3.11-slim-bookworm
  system bookworm python3 python3-venv python3-pip
  local root=$folder/bookworm
  ln -s ../../bin/python3 "$root/usr/local/bin/python"
  rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
  if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
  fi
  tar -C "$root" -c . | docker import --change 'CMD ["python3"]' - "$1" >/dev/null
}

postgres() {  # IMAGE: like postgres:17-trixie
  system trixie postgresql-17
  local root=$folder/trixie
  rm -rf "$root"/var/lib/postgresql "$root"/etc/postgresql
  chroot "$root" sh -c 'usermod -u 999 -d /var/lib/postgresql postgres && groupmod -g 999 postgres
    mkdir -p /var/lib/postgresql/data /docker-entrypoint-initdb.d /var/run/postgresql
    chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
    chmod 3777 /var/run/postgresql'
  install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
  tar -C "$root" -c . | docker import --change 'ENV PATH=/usr/local/bin:/usr/lib/postgresql/17/bin:/usr/bin:/bin' \
    --change 'ENV PGDATA=/var/lib/postgresql/data' --change 'VOLUME /var/lib/postgresql/data' \
    --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["postgres"]' \
    - "$1" >/dev/null
}

command -v debootstrap >/dev/null || { echo "standins.sh: needs debootstrap (apt-get install debootstrap)" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "standins.sh: needs root, since debootstrap does" >&2; exit 1; }
python "$1"
postgres "$2"
