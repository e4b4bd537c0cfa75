#!/bin/sh
# The few system libraries that Qt's wheels expect. Installs them as root on Debian and Ubuntu, else prints the line to type.
# The offscreen platform (tests, screenshots) needs the first list, a panel on an X11 screen the second too.
set -eu
python=$1
offscreen="libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0 fonts-dejavu-core fonts-inter"
screen="libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"

works() {
    QT_QPA_PLATFORM=offscreen "$python" -c 'from PySide6 import QtGui, QtWidgets' >/dev/null 2>&1
}

[ "$(uname -s)" = Linux ] || exit 0
if command -v dpkg >/dev/null 2>&1; then
    missing=""
    for package in $offscreen $screen; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -n "$missing" ] || exit 0
    if [ "$(id -u)" = 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || true
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
    fi
    echo "Qt needs system libraries. Type:" >&2
    echo "  sudo apt-get install --no-install-recommends$missing" >&2
fi
works && exit 0
echo "Qt cannot start here (see above); everything but the panel works." >&2
exit 0
