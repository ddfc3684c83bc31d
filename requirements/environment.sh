#!/bin/sh
# Makes a virtual environment that holds what a lock lists and nothing else, unless it is there already:
#   environment.sh FOLDER LOCK         of the Python that PYTHON names, or else of the first that suits
#   environment.sh FOLDER LOCK BASE    on top of environment BASE: with its Python, and with its packages without a copy
# The file FOLDER/installed says that it is complete, and of what. Without it, everything is made anew.
set -eu
folder=$1 lock=$2 base=${3:-}

refuse() {
  printf '%s\n' "$@" "This project needs Python 3.11, 3.12 or 3.13 with venv. Name one: make PYTHON=/path/to/python3.12 ..." >&2
  exit 1
}

suits() {  # PYTHON: its version and the file of the Python behind it, or else what is wrong with it
  command -v "$1" >/dev/null || { echo "is not there."; return 1; }
  "$1" -c 'import sys
version = ".".join(map(str, sys.version_info[:3]))
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("is Python " + version + ".")
try:
    import ensurepip, os, venv
except ImportError:
    sys.exit("is Python " + version + " without venv; on Debian, install python3-venv.")
print(version + " " + os.path.realpath(sys._base_executable))' 2>&1
}

packages() {  # ENVIRONMENT: the folder of its packages
  "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

if [ -n "$base" ]; then
  found=$(suits "$base/bin/python") || refuse "$base/bin/python $found"
elif [ -n "${PYTHON:-}" ]; then
  found=$(suits "$PYTHON") || refuse "PYTHON=$PYTHON $found"
else
  for python in "$folder/bin/python" python3.11 python3.12 python3.13 python3 python; do
    found=$(suits "$python") && break
    found=
  done
  [ -n "$found" ] || refuse "No python3.11, python3.12, python3.13, python3 or python here suits."
fi

complete="$found
$(cksum <"$lock")"
[ -z "$base" ] || complete="$complete
$(cat "$base/installed")"

if [ "$(cat "$folder/installed" 2>/dev/null)" != "$complete" ]; then
  echo "Setting up $folder with Python ${found%% *}, as $lock says"
  rm -f "$folder/installed"
  "${found#* }" -m venv --clear "$folder"
  [ -z "$base" ] || echo "import site; site.addsitedir('$(packages "$base")')" >"$(packages "$folder")/base.pth"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
  "$folder/bin/python" -m pip check --quiet --disable-pip-version-check
fi

here=$(cd "$folder" && pwd)/bin
there=${base:+$(cd "$base" && pwd)/bin}
for script in ${base:+"$there"/*}; do  # the commands of BASE, which must run with this environment's Python
  own=$here/${script##*/}
  if head -n 2 "$script" | grep -aqF "$there/python"; then
    [ "$own" -nt "$script" ] || { sed "1,2s|$there/python|$here/python|" "$script" >"$own" && chmod +x "$own"; }
  elif [ ! -e "$own" ]; then
    ln -s "$script" "$own"
  fi
done

newest() {  # whether FOLDER/installed is newer than each of these
  for file; do [ "$folder/installed" -nt "$file" ] || return 1; done
}
newest "$lock" ${base:+"$base/ready"} || printf '%s\n' "$complete" >"$folder/installed"
