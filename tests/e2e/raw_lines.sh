#!/bin/bash
# Lines with NUL, a megabyte without a newline, and broken UTF-8: what is to be found in them is
# found, and what comes behind them too. Argument: the programs' folder.
set -u
export LC_ALL=C TZ=UTC
bin=$1
client=$bin/f2b-client
[ -x "$client" ] || exit 77
top=$(mktemp -d)
failed=0
server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null; rm -rf "$top"' EXIT
fail() {
	echo "FAIL: $*"
	failed=1
}

megabyte() { head -c 1048576 /dev/zero | tr '\0' "$1"; }
# Regexes look for " bad " anywhere. The addresses are numbered in their order.
lines() {
	local now
	now=$(date '+%Y-%m-%d %H:%M:%S')
	printf '%s bad 198.51.100.1\0 x\n' "$now"
	printf '%s \0\0 bad 198.51.100.2 \0\n' "$now"
	printf '\0\0%s bad 198.51.100.3 y\n' "$now"
	printf '%s \377\376\303( bad 198.51.100.4 \342\202\n' "$now"
	printf '%s \355\240\200\300\200 bad 198.51.100.5 \360\237\n' "$now"
	printf '%s bad 198.51.100.6 %s\n' "$now" "$(megabyte x)"
	printf '%s bad 198.51.100.7 ' "$now"
	megabyte '\377'
	printf '\n%s bad 198.51.100.8 ' "$now"
	head -c 1048576 /dev/zero
	printf '\n%s bad 198.51.100.9\r\n' "$now"
	printf '%s bad \300\256198.51.100.99\n%s bad 198.51.100\0.98 \n' "$now" "$now"
	printf '%s' "$now"
	megabyte y
}
regex='^.* bad <ADDR>(?![.\d])'
want=$(printf '198.51.100.%d\n' 1 2 3 4 5 6 7 8 9)

lines >"$top/regex.log"
[ "$("$bin/f2b-regex" -o ip "$top/regex.log" "$regex" | tr -d '\r')" = "$want" ] ||
	fail "f2b-regex finds $("$bin/f2b-regex" -o ip "$top/regex.log" "$regex" | head -c 2000)"
for options in --explain --json -v '-v -v --print-all-matched' '--print-all-missed -D'; do
	# shellcheck disable=SC2086
	"$bin/f2b-regex" $options "$top/regex.log" "$regex" >"$top/out" 2>&1 || fail "f2b-regex $options ends with $?"
done
"$bin/f2b-regex" --json "$top/regex.log" "$regex" | python3 -c 'import json, sys
r = json.load(sys.stdin)
sys.exit(r["lines"]["matched"] != 9 or r["lines"]["total"] != 12)' || fail "f2b-regex --json"

mkdir -p "$top/conf"
: >"$top/log"
printf '[Definition]\nloglevel = INFO\nlogtarget = %s/server.log\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\ndbfile = %s/db\ndbpurgeage = 1d\n' \
	"$top" "$top" "$top" "$top" >"$top/conf/fail2ban.conf"
printf '[web]\nenabled = true\nbackend = polling\nfilter =\nlogpath = %s/log\nmaxretry = 1\nignoreself = false\nusedns = no\nfailregex = %s\n' \
	"$top" "$regex" >"$top/conf/jail.conf"
"$bin/f2b-server" -c "$top/conf" -f start >"$top/out" 2>&1 &
server=$!
ask() { timeout 60 "$client" -c "$top/conf" "$@" 2>&1; }
# soon WHAT COMMAND...
soon() {
	local what=$1
	shift
	for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
	fail "$what"
}
soon "the server starts" ask ping
banned_are() { [ "$(ask get web banip | tr ' ' '\n' | sort)" = "$1" ]; }

lines >>"$top/log"
soon "bans of what is in the lines" banned_are "$want"
# The last line has only now an end.
printf '\n%s bad 198.51.100.10\n' "$(date '+%Y-%m-%d %H:%M:%S')" >>"$top/log"
soon "a ban behind a line that was long without its end" banned_are "$(printf '%s\n198.51.100.10' "$want" | sort)"
# Started again, it goes on behind them.
ask stop >/dev/null
wait "$server"
"$bin/f2b-server" -c "$top/conf" -f start >>"$top/out" 2>&1 &
server=$!
soon "the server starts again" ask ping
printf '%s bad 198.51.100.11\n' "$(date '+%Y-%m-%d %H:%M:%S')" >>"$top/log"
soon "a ban after another start" banned_are "$(printf '%s\n198.51.100.10\n198.51.100.11' "$want" | sort)"
[ "$(grep -c ' Found ' "$top/server.log")" = 11 ] || fail "found other than once each: $(grep ' Found ' "$top/server.log")"
exit $failed
