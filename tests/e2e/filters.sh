#!/bin/bash
# Our own filters find whom they must, and nobody else: tests/filters. And they read the zone that is told.
# usage: filters.sh BIN

here=$(cd "$(dirname "$0")" && pwd)
bash "$here/../filters/run.sh" "$1/f2b-regex" || exit

line='28-11-2025 10:00:00 +0200 PROXY.3128 00004 - 192.0.2.1:4242 0.0.0.0:0 0 0 0 GET http://x.org/ HTTP/1.1'
time=$(TZ=America/New_York "$1/f2b-regex" -c "$here/../.." -o '<time>' "$line" 3proxy)
[ "${time%.*}" = 1764316800 ] || { echo "FAIL: 3proxy: the time is $time"; exit 1; }
