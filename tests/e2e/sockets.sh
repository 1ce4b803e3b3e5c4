#!/bin/bash
# Who may talk to the server: root on the control socket, a group on the one for readers; and sockets
# that a service manager hands over.

. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip "this needs root"
need python3 setpriv
web_configure ""
cat >>"$ETC/fail2ban.conf" <<-END
	readsocket = $T/read/s
	readgroup = 4321
END
mkdir "$T/read"
chmod 755 "$T" "$T/run" "$T/read"
chmod -R a+rX "$ETC"

# as GROUP COMMAND...: somebody of that group asks.
as() {
	local group=$1
	shift
	setpriv --reuid 65534 --regid 1234 --groups "$group" "$BIN/f2b-client" -c "$ETC" "$@" 2>&1
}
# await: a server that was not started by server_start answers.
await() { soon 20 alive || fail "no server: $(cat "$T/server.out")"; }

# The socket of a server that was killed is in the way of neither.
python3 - "$T/read/s" <<-'END'
	import socket, sys
	socket.socket(socket.AF_UNIX).bind(sys.argv[1])
END
server_start
[ "$(stat -c %a "$T/run/f2b.sock")" = 700 ] || fail "the control socket has mode $(stat -c %a "$T/run/f2b.sock")"
[ "$(stat -c %a:%g "$T/read/s")" = 660:4321 ] || fail "the readers' socket is $(stat -c %a:%g "$T/read/s")"
as 4321 status web | grep -q "Currently banned" || fail "a reader cannot ask"
as 4321 ping >/dev/null || fail "a reader's ping"
as 4321 set web banip 192.0.2.1 | grep -q "not for readers" || fail "a reader may ban"
as 4321 status web --verify | grep -q "not for readers" || fail "a reader may have programs run"
as 4321 stop >/dev/null && fail "a reader may stop the server"
as 1234 status | grep -q "Permission denied" || fail "a stranger may ask"
client set web banip 192.0.2.1 >/dev/null || fail "root may not ban"
grep -q "ERROR.*not for readers" "$LOG" && fail "readers can fill the log"
forged='2001-02-03 10:00:00,000 fail2ban.actions [1]: NOTICE  [web] Ban 203.0.113.9'
as 4321 status web $'x\n'"$forged" >/dev/null
grep -q "203.0.113.9" "$LOG" && fail "a reader writes into the log"
client status web $'x\n'"$forged" >/dev/null
grep -q "^2001.*203.0.113.9" "$LOG" && fail "a flavor becomes a line of the log"
server_stop
[ ! -e "$T/run/f2b.sock" ] && [ ! -e "$T/read/s" ] || fail "a socket stayed behind"

# A group that does not exist keeps nobody from being banned.
sed -i 's/^readgroup.*/readgroup = no-such-group/' "$ETC/fail2ban.conf"
server_start
grep -q "there is no group 'no-such-group'" "$LOG" || fail "the missing group is not named"
[ ! -e "$T/read/s" ] || fail "a socket for nobody"
server_stop
sed -i 's/^readgroup.*/readgroup = 4321/' "$ETC/fail2ban.conf"

# Sockets of a service manager; it is told when the server is ready, and that it lives.
cat >"$T/manager.py" <<-'END'
	import os, socket, sys, time
	top, server = sys.argv[1:3]
	fds = []
	for path in (top + "/run/f2b.sock", top + "/read/s"):
	    s = socket.socket(socket.AF_UNIX)
	    s.bind(path)
	    s.listen(16)
	    fds.append(s)
	note = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	note.bind(top + "/notify")
	note.settimeout(200)
	pid = os.fork()
	if pid == 0:
	    for n, s in enumerate(fds):
	        os.dup2(s.fileno(), 20 + n)
	    for n in range(2):
	        os.dup2(20 + n, 3 + n, inheritable=True)
	    os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="fail2ban:fail2ban-read",
	                      NOTIFY_SOCKET=top + "/notify", WATCHDOG_USEC="400000", WATCHDOG_PID=str(os.getpid()))
	    os.execv(server, [server, "-c", top + "/etc", "-f", "start"])
	seen = []
	while not {"READY=1", "WATCHDOG=1"} <= set(seen):
	    seen += note.recv(1000).decode().split("\n")
	print(pid, flush=True)
	while not os.path.exists(top + "/read-on"):
	    time.sleep(0.1)
	while "STOPPING=1" not in seen:
	    seen.append(note.recv(1000).decode())
	os.waitpid(pid, 0)
	print("stopped", flush=True)
END
python3 "$T/manager.py" "$T" "$BIN/f2b-server" >"$T/manager.out" 2>&1 &
manager=$!
await
as 1234 status >/dev/null && fail "a stranger may ask on a socket that was handed over"
soon 20 grep -qx '[0-9]*' "$T/manager.out" || fail "the manager was not told: $(cat "$T/manager.out")"
# It reads nothing now, and has soon been told more often than there is room for.
sleep 3
timeout 200 "$BIN/f2b-client" -c "$ETC" ping >/dev/null || fail "a manager that does not read holds up the server"
touch "$T/read-on"
client stop >/dev/null || fail "no stop by a socket that was handed over"
wait $manager
grep -q stopped "$T/manager.out" || fail "the manager was not told: $(cat "$T/manager.out")"
[ -S "$T/run/f2b.sock" ] && [ -S "$T/read/s" ] || fail "a socket that was handed over was removed"

# The same with systemd's own tool: the first client starts the server.
if command -v systemd-socket-activate >/dev/null; then
	rm -f "$T/run/f2b.sock" "$T/read/s"
	timeout 250 systemd-socket-activate -l "$T/run/f2b.sock" --fdname=fail2ban \
		"$BIN/f2b-server" -c "$ETC" -f start >"$T/server.out" 2>&1 &
	manager=$!
	soon 20 test -S "$T/run/f2b.sock" || fail "systemd-socket-activate does not listen"
	client status | grep -q "Jail list:.*web" || fail "a client does not start the server"
	client stop >/dev/null
	wait $manager
fi

# A manager that goes on listening, as systemd does: "restart" leaves the start of the server to it.
cat >"$T/listener.py" <<-'END'
	import os, select, signal, socket, sys
	path, server, conf = sys.argv[1:]
	s = socket.socket(socket.AF_UNIX)
	s.bind(path)
	s.listen(16)
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
	while True:
	    select.select([s], [], [])
	    pid = os.fork()
	    if pid == 0:
	        os.dup2(s.fileno(), 20)
	        os.dup2(20, 3, inheritable=True)
	        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="fail2ban")
	        os.execv(server, [server, "-c", conf, "-xf", "start"])
	    print(pid, flush=True)
	    os.waitpid(pid, 0)
END
rm -f "$T/run/f2b.sock" "$T/read/s"
python3 "$T/listener.py" "$T/run/f2b.sock" "$BIN/f2b-server" "$ETC" >"$T/listener.out" 2>"$T/server.out" &
manager=$!
soon 20 test -S "$T/run/f2b.sock" || fail "the manager does not listen"
await
client set web banip 192.0.2.1 >/dev/null
client restart >"$T/restart" 2>&1 || fail "restart ends with $?: $(cat "$T/restart")"
client ping >/dev/null || fail "nobody answers after a restart"
started() { [ "$(grep -c '^[0-9]*$' "$T/listener.out")" = "$1" ]; }
soon 20 started 2 || fail "the manager started other than two servers: $(xargs <"$T/listener.out")"
[ "$(cat "$T/run/f2b.pid")" = "$(grep '^[0-9]*$' "$T/listener.out" | tail -n 1)" ] || fail "the server is not the manager's"
client stop >/dev/null
kill $manager
wait $manager
say "ok: sockets for root, for readers, and handed over"
