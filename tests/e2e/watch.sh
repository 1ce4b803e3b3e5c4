#!/bin/bash
# "watch" tells clients what happens.

. "$(dirname "$0")/lib.sh"

web_configure $'maxretry = 2\nusedns = no\ndatepattern = {NONE}' web mail
server_start
ask() { timeout 280 "$BIN/f2b-client" -c "$ETC" "$@"; }

# begun FILE: waits until a watcher that prints JSON or YAML has begun.
begun() {
	soon 10 grep -q watching "$1" || fail "no watcher began"
}

ask --json watch >"$T/all" &
ask watch --json --events=ban web >"$T/web" &
ask --yaml watch --count=1 --events=unban >"$T/yaml" &
yaml=$!
begun "$T/all"
begun "$T/web"
begun "$T/yaml"
ask watch --count=1 --events=ban mail >"$T/lines" &
lines=$!
# This one does not say that it has begun.
while kill -0 $lines 2>/dev/null; do
	ask unban 198.51.100.1 >/dev/null
	echo "bad 198.51.100.1" >>"$T/log"
	echo "bad 198.51.100.1" >>"$T/log"
	sleep 1
done
wait $lines || fail "--count=1 ended with $?"
ask set web attempt 198.51.100.2 >/dev/null
ask set web banip '<F2B_END_COMMAND>' $'\e[31m' >/dev/null
ask set web bantime 99999999999999999999.0d >/dev/null
ask set web banip 198.51.100.3 >/dev/null
ask set web bantime 600 >/dev/null
ask unban 198.51.100.1 >/dev/null
wait $yaml || fail "--yaml --count=1 ended with $?"
grep -q '^event: unban' "$T/yaml" || fail "no unban in YAML"
grep -q ' \[mail\] ban 198.51.100.1 for 10m$' "$T/lines" || fail "no line of the ban"
for event in '"found".*"mail".*198.51.100.1' '"ban".*"web".*198.51.100.1' '"attempt".*198.51.100.2' \
	'"ban".*198.51.100.3.*"bantime": 8900000000000}' '"unban".*"mail"'; do
	soon 5 grep -q "$event" "$T/all" || fail "not told: $event"
done
grep -q mail "$T/web" && fail "events of another jail"
grep -q found "$T/web" && fail "events that were not asked for"
grep -q $'\e' "$T"/{all,web,lines} && fail "raw bytes of an id"
ask watch --events=nonsense 2>/dev/null && fail "nonsense is an event"

# A hundred that come and go leave room for others.
for _ in $(seq 10); do
	for _ in $(seq 10); do timeout 5 "$BIN/f2b-client" -c "$ETC" watch --events=ban nobody & done
	sleep 0.1
	kill $(jobs -p | tail -10) 2>/dev/null
done 2>/dev/null
sleep 0.5

ask get loglevel >/dev/null || fail "the server is gone"
ask --json watch >"$T/stop" &
last=$!
begun "$T/stop"
end_process "$SERVER"
SERVER=
wait $last || fail "a watcher ended with $? when the server stopped"
tail -1 "$T/stop" | grep -q stopping || fail "watchers are not told of the end"
say "ok: watchers are told, and only what they asked for"
