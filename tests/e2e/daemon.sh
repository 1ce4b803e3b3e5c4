#!/bin/bash
# As a daemon: the client starts it, the pid file names it, a second one is refused, stop ends it.

. "$(dirname "$0")/lib.sh"

lab_new
need_programs
: >"$T/denied.log"
server_configure <<-END
	[portscan]
	enabled = true
	action = nftables-allports
	logpath = $T/denied.log
	maxretry = 3
END
pid_file=$T/run/f2b.pid
ends_daemon() { [ ! -s "$pid_file" ] || kill "$(cat "$pid_file")"; }
UNDO+=(ends_daemon)

expect "no server answers before" not client ping
expect "start returns" victim "$BIN/f2b-client" -c "$ETC" start
expect_soon 10 "the server answers" alive
expect "the pid file is there" test -s "$pid_file"
pid=$(cat "$pid_file")
expect "it names a process" kill -0 "$pid"
expect "that is not ours" test "$(ps -o ppid= -p "$pid" | tr -d ' ')" != $$
expect "a second start is refused" not victim "$BIN/f2b-client" -c "$ETC" start
expect "and the first one goes on" alive
expect "as the same process" test "$(cat "$pid_file")" = "$pid"
denied "$A4" 23 3 >>"$T/denied.log"
expect_soon 10 "it bans" is_banned portscan "$A4"
expect_soon 5 "in the firewall" rules_name "$A4"
expect "stop returns" client stop
expect_soon 10 "the process has ended" not kill -0 "$pid"
expect "the pid file is gone" test ! -e "$pid_file"
expect "the socket is gone" test ! -e "$T/run/f2b.sock"
expect "so are the rules" not rules_name f2b-

victim "$BIN/f2b-client" -c "$ETC" start >"$T/start.out" 2>&1
expect_soon 10 "it starts again" alive
kill -TERM "$(cat "$pid_file")"
expect_soon 10 "SIGTERM ends it as well" test ! -e "$pid_file"
expect_soon 5 "without traces in the firewall" not rules_name f2b-
