#!/bin/bash
# As a daemon: the client starts it, the pid file names it, a second one is refused, stop ends it.

. "$(dirname "$0")/lib.sh"

lab_new
need_programs
portscan_configure 3
pid_file=$T/run/f2b.pid
ends_daemon() { [ ! -s "$pid_file" ] || kill "$(cat "$pid_file")"; }
UNDO+=(ends_daemon)

expect "no server answers before" not client ping
not_started() {
	not victim "$BIN/f2b-client" -c "$ETC" "$@" start >"$T/start.out" 2>&1 && has "^f2b-server: .*$reason" "$T/start.out"
}
reason="cannot bind the control socket" expect "why it does not start is told where there is no log: a socket" \
	not_started -s "$T/none/at/all/f2b.sock"
reason="nowhere/syslog" expect "or syslog" not_started --logtarget SYSLOG --syslogsocket "$T/nowhere/syslog"
# A descriptor of the starter's, which must not live on in the daemon.
exec 7>"$T/inherited"
expect "start returns" victim "$BIN/fail2ban-client" -c "$ETC" start
exec 7>&-
expect_soon 10 "the server answers" alive
expect "the pid file is there" test -s "$pid_file"
pid=$(cat "$pid_file")
expect "it names a process" kill -0 "$pid"
expect "that is not ours" test "$(ps -o ppid= -p "$pid" | tr -d ' ')" != $$
expect "it has the name that is looked for" test "$(cat "/proc/$pid/comm")" = fail2ban-server
expect "also in the list of processes" has '/fail2ban-server$' <(tr '\0' '\n' <"/proc/$pid/cmdline")
expect "it leads no session, so that no terminal becomes its own" \
	test "$(ps -o sid= -p "$pid" | tr -d ' ')" != "$pid"
expect "it is in no folder" test "$(readlink "/proc/$pid/cwd")" = /
expect "its standard descriptors lead nowhere" \
	test "$(readlink "/proc/$pid/fd/"[012] | sort -u)" = /dev/null
expect "it has nothing open of who started it" not has inherited <(ls -l "/proc/$pid/fd")
expect "its files are its own" test "$(stat -c %a "$LOG" "$pid_file" "$T/f2b.sqlite3" | sort -u)" = 600
expect "and so is its socket" test "$(stat -c %A "$T/run/f2b.sock")" = srwx------
kill -HUP "$pid"
mv "$LOG" "$LOG.1"
kill -USR1 "$pid"
expect_soon 5 "SIGUSR1 lets it open its log anew" has "INFO    rollover performed on $LOG" "$LOG"
expect "SIGHUP did nothing" alive
mv "$LOG" "$LOG.2"
expect "so does flushlogs" test "$(client flushlogs)" = "logs: rolled over"
expect "at once" test -s "$LOG"
expect "a second start is refused" not victim "$BIN/f2b-client" -c "$ETC" start
expect "and the first one goes on" alive
expect "as the same process" test "$(cat "$pid_file")" = "$pid"
denied "$A4" 23 3 >>"$T/denied.log"
expect_soon 10 "it bans" is_banned portscan "$A4"
expect_soon 5 "in the firewall" rules_name "$A4"
expect "stop returns" client stop
expect "the pid file is gone" test ! -e "$pid_file"
expect "the socket is gone" test ! -e "$T/run/f2b.sock"
expect_soon 10 "the process has ended" not kill -0 "$pid"
expect "so are the rules" not rules_name f2b-

victim "$BIN/f2b-client" -c "$ETC" start >"$T/start.out" 2>&1
expect_soon 10 "it starts again" alive
kill -TERM "$(cat "$pid_file")"
expect_soon 10 "SIGTERM ends it as well" test ! -e "$pid_file"
expect_soon 5 "without traces in the firewall" not rules_name f2b-

# Who starts as soon as the socket is gone finds nothing of the one before in its way.
victim "$BIN/f2b-client" -c "$ETC" start >"$T/start.out" 2>&1
for _ in $(seq 8); do
	victim "$BIN/f2b-client" -c "$ETC" restart >"$T/start.out" 2>&1 || fail "restart: $(cat "$T/start.out")"
done
expect "eight restarts at once leave a pid file" alive
expect "and each got its own" not has "PID file" "$LOG"
expect "stop returns" client stop
expect_soon 10 "it is gone" test ! -e "$pid_file"

# The child of a server that was killed has its socket for a moment, and its lock.
python3 - "$T/run/f2b.sock" "$pid_file" <<-'END' &
	import fcntl, socket, sys, time
	s = socket.socket(socket.AF_UNIX)
	s.bind(sys.argv[1])
	s.listen()
	f = open(sys.argv[2], "w")
	fcntl.flock(f, fcntl.LOCK_EX)
	time.sleep(0.25)
END
PIDS+=($!)
soon 5 test -e "$pid_file" || fail "no lock"
expect "it starts when these are gone" victim "$BIN/f2b-client" -c "$ETC" -x start
expect "with a pid file" kill -0 "$(cat "$pid_file")"
expect "and stops" client stop
expect_soon 10 "without a trace" test ! -e "$pid_file"
