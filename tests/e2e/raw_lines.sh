#!/bin/bash
# Lines with NUL, a megabyte without a newline, and broken UTF-8: what is to be found in them is
# found, and what comes behind them too. Argument: the programs' folder.

. "$(dirname "$0")/lib.sh"
export TZ=UTC

need python3
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

lines >"$T/regex.log"
[ "$("$BIN/f2b-regex" -o ip "$T/regex.log" "$regex" | tr -d '\r')" = "$want" ] ||
	fail "f2b-regex finds $("$BIN/f2b-regex" -o ip "$T/regex.log" "$regex" | head -c 2000)"
for options in --explain --json -v '-v -v --print-all-matched' '--print-all-missed -D'; do
	# shellcheck disable=SC2086
	"$BIN/f2b-regex" $options "$T/regex.log" "$regex" >"$T/out" 2>&1 || fail "f2b-regex $options ends with $?"
done
"$BIN/f2b-regex" --json "$T/regex.log" "$regex" | python3 -c 'import json, sys
r = json.load(sys.stdin)
sys.exit(r["lines"]["matched"] != 9 or r["lines"]["total"] != 12)' || fail "f2b-regex --json"

plain_configure <<-END
	[web]
	enabled = true
	backend = polling
	filter =
	logpath = $T/log
	maxretry = 1
	ignoreself = false
	usedns = no
	failregex = $regex
END
sed -i "s,^dbfile.*,dbfile = $T/db," "$ETC/fail2ban.conf"
: >"$T/log"
server_start
banned_are() { [ "$(client get web banip | tr ' ' '\n' | sort)" = "$1" ]; }

lines >>"$T/log"
expect_soon 30 "bans of what is in the lines" banned_are "$want"
# The last line has only now an end. Of one that is longer than 2 MiB the beginning would have another address.
{
	printf '\n%s' "$(date '+%Y-%m-%d %H:%M:%S')"
	head -c $((2 * 1048576 - 19 - 16)) /dev/zero | tr '\0' z
	printf ' bad 203.0.113.99 bad 203.0.113.98\n'
	printf '%s bad 198.51.100.10\n' "$(date '+%Y-%m-%d %H:%M:%S')"
} >>"$T/log"
expect_soon 30 "a ban behind a line that was long without its end" banned_are "$(printf '%s\n198.51.100.10' "$want" | sort)"
# Started again, it goes on behind them.
server_stop
server_start
printf '%s bad 198.51.100.11\n' "$(date '+%Y-%m-%d %H:%M:%S')" >>"$T/log"
expect_soon 30 "a ban after another start" banned_are "$(printf '%s\n198.51.100.10\n198.51.100.11' "$want" | sort)"
[ "$(grep -c ' Found ' "$LOG")" = 11 ] || fail "found other than once each: $(grep ' Found ' "$LOG")"
