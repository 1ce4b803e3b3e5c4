#!/bin/bash
# "watch" tells clients what happens. Argument: the programs' folder.
set -u
export LC_ALL=C
bin=$1
client=$bin/f2b-client
[ -x "$client" ] || exit 77
top=$(mktemp -d)
failed=0
server=
stop_server() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
	server=
}
trap 'stop_server; rm -rf "$top"' EXIT
fail() {
	echo "FAIL: $*"
	failed=1
}
mkdir -p "$top/conf/action.d"
: >"$top/log"
printf '[Definition]\nloglevel = WARNING\nlogtarget = %s/server.log\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\ndbfile = None\ndbpurgeage = 1d\n' \
	"$top" "$top" "$top" >"$top/conf/fail2ban.conf"
printf '[DEFAULT]\nfilter =\nbackend = polling\nfailregex = ^bad <HOST>$\nmaxretry = 2\nusedns = no\ndatepattern = {NONE}\n[web]\nenabled = true\nlogpath = %s/log\n[mail]\nenabled = true\nlogpath = %s/log\n' \
	"$top" "$top" >"$top/conf/jail.conf"
"$bin/f2b-server" -c "$top/conf" -f start >"$top/out" 2>&1 &
server=$!
for _ in $(seq 100); do "$client" -c "$top/conf" ping >/dev/null 2>&1 && break; sleep 0.1; done
ask() { timeout 60 "$client" -c "$top/conf" "$@"; }

# begun FILE: waits until a watcher that prints JSON has begun.
begun() {
	for _ in $(seq 100); do grep -q watching "$1" 2>/dev/null && return; sleep 0.1; done
	fail "no watcher began"
}

ask --json watch >"$top/all" &
ask watch --json --events=ban web >"$top/web" &
ask --yaml watch --count=1 --events=unban >"$top/yaml" &
yaml=$!
begun "$top/all"
begun "$top/web"
for _ in $(seq 100); do grep -q watching "$top/yaml" && break; sleep 0.1; done
ask watch --count=1 --events=ban mail >"$top/lines" &
lines=$!
sleep 0.5
echo "bad 198.51.100.1" >>"$top/log"
echo "bad 198.51.100.1" >>"$top/log"
wait $lines || fail "--count=1 ended with $?"
ask set web attempt 198.51.100.2 >/dev/null
ask set web banip '<F2B_END_COMMAND>' $'\e[31m' >/dev/null
ask unban 198.51.100.1 >/dev/null
wait $yaml || fail "--yaml --count=1 ended with $?"
grep -q '^event: unban' "$top/yaml" || fail "no unban in YAML"
grep -q ' \[mail\] ban 198.51.100.1 for 10m$' "$top/lines" || fail "no line of the ban"
for event in '"found".*"mail".*198.51.100.1' '"ban".*"web".*198.51.100.1' '"attempt".*198.51.100.2' '"unban".*"mail"'; do
	for _ in $(seq 50); do grep -q "$event" "$top/all" && break; sleep 0.1; done
	grep -q "$event" "$top/all" || fail "not told: $event"
done
grep -q mail "$top/web" && fail "events of another jail"
grep -q found "$top/web" && fail "events that were not asked for"
grep -q $'\e' "$top"/{all,web,lines} && fail "raw bytes of an id"
ask watch --events=nonsense 2>/dev/null && fail "nonsense is an event"

# A hundred that come and go leave room for others.
for _ in $(seq 10); do
	for _ in $(seq 10); do timeout 5 "$client" -c "$top/conf" watch --events=ban nobody & done
	sleep 0.1
	kill $(jobs -p | tail -10) 2>/dev/null
done 2>/dev/null
sleep 0.5

ask get loglevel >/dev/null || fail "the server is gone"
ask --json watch >"$top/stop" &
last=$!
begun "$top/stop"
stop_server
wait $last || fail "a watcher ended with $? when the server stopped"
tail -1 "$top/stop" | grep -q stopping || fail "watchers are not told of the end"
exit $failed
