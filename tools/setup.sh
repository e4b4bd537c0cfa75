#!/bin/sh
# Everything a fresh machine needs: virtual environment, pinned packages, Qt's system libraries. Called by make; works alone too.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=${VENV:-.venv}

is_root_on_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

if ! command -v "$python" >/dev/null 2>&1; then
    echo "There is no $python. Potok needs Python 3.11 or newer; on Debian: sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Potok needs Python 3.11 or newer; this is $("$python" --version). Name another one: PYTHON=python3.12 make …" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    if is_root_on_debian; then
        DEBIAN_FRONTEND=noninteractive
        export DEBIAN_FRONTEND
        apt-get update -qq || true
        apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv is missing. Type: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi

"$python" -m venv "$venv"
PIP_CONSTRAINT=constraints.txt
PIP_BUILD_CONSTRAINT=constraints.txt
export PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev]'
sh tools/system_libraries.sh "$venv/bin/python"
touch "$venv/.installed"
