#!/bin/bash
# Killed while a name is looked up or ignorecommand is asked: the line is judged after the next start.
# Argument: the programs' folder.
set -u
export LC_ALL=C TZ=UTC
bin=$1
client=$bin/f2b-client
[ -x "$client" ] || exit 77
command -v sqlite3 >/dev/null || { echo "SKIP: no sqlite3"; exit 77; }
top=$(mktemp -d)
failed=0
server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null; rm -rf "$top"' EXIT
fail() {
	echo "FAIL: $*"
	failed=1
}
mkdir -p "$top/conf"
: >"$top/slow.log"
: >"$top/quick.log"
printf '[Definition]\nloglevel = INFO\nlogtarget = %s/server.log\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\ndbfile = %s/db\ndbpurgeage = 1d\n' \
	"$top" "$top" "$top" "$top" >"$top/conf/fail2ban.conf"
cat >"$top/conf/jail.conf" <<END
[DEFAULT]
enabled = true
backend = polling
filter =
usedns = no
ignoreself = false
maxretry = 1
failregex = ^ bad <HOST>$
[slow]
logpath = $top/slow.log
ignorecommand = $top/command <ip>
[quick]
logpath = $top/quick.log
END
# It answers when there is a file "go".
printf '#!/bin/sh\necho "$1" >>%s/asked\nwhile [ ! -e %s/go ]; do [ -d %s ] || exit 1; sleep 0.1; done\nexit 1\n' "$top" "$top" "$top" >"$top/command"
chmod +x "$top/command"
start() {
	"$bin/f2b-server" -c "$top/conf" -xf start >>"$top/out" 2>&1 &
	server=$!
	soon "the server starts" ask ping
}
ask() { timeout 60 "$client" -c "$top/conf" "$@" 2>&1; }
# soon WHAT COMMAND...
soon() {
	local what=$1
	shift
	for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
	fail "$what"
}
bad() { echo "$(date '+%Y-%m-%d %H:%M:%S') bad $2" >>"$top/$1.log"; }
banned() { [ "$(ask get "$1" banip | tr ' ' '\n' | sort | xargs)" = "$2" ]; }
position() { sqlite3 "$top/db" "SELECT lastfilepos FROM logs WHERE path LIKE '%/$1.log'"; }
position_is() { [ "$(position "$1")" = "$2" ]; }

start
# What was judged is behind the position.
bad slow 192.0.2.1
bad quick 192.0.2.9
touch "$top/go"
soon "the first is banned" banned slow 192.0.2.1
soon "its position is stored" position_is slow "$(stat -c %s "$top/slow.log")"
rm "$top/go"

bad slow 192.0.2.2
bad slow 192.0.2.3
soon "the command is asked about the second" grep -qx 192.0.2.2 "$top/asked"
# A commit brings the positions of all jails.
bad quick 192.0.2.10
soon "another jail bans" banned quick "192.0.2.10 192.0.2.9"
soon "and that is stored" position_is quick "$(stat -c %s "$top/quick.log")"
kill -9 "$server"
wait "$server" 2>/dev/null
touch "$top/go"
start
soon "who was being judged when it was killed is banned" banned slow "192.0.2.1 192.0.2.2 192.0.2.3"
soon "and nobody else" banned quick "192.0.2.10 192.0.2.9"
soon "then the position moves on" position_is slow "$(stat -c %s "$top/slow.log")"

# The same for a stop in order.
rm "$top/go"
bad slow 192.0.2.4
soon "the command is asked about the fourth" grep -qx 192.0.2.4 "$top/asked"
ask stop >/dev/null
wait "$server"
touch "$top/go"
start
soon "who was being judged at a stop is banned" banned slow "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4"
exit $failed
