#!/bin/bash
# What a log holds never steers the terminal that it is shown on. Argument: the programs' folder.
set -u
export LC_ALL=C.UTF-8 TZ=UTC
here=$(dirname "$0")
[ -x "$1/f2b-client" ] || exit 77
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
top=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$top"' EXIT
python3 "$here/terminal.py" "$1" "$top"
