#!/bin/bash
# Who may talk to the server: root on the control socket, a group on the one for readers; and sockets
# that a service manager hands over. Argument: the programs' folder.
set -u
export LC_ALL=C
bin=$1
client=$bin/f2b-client
[ -x "$client" ] || exit 77
[ "$(id -u)" = 0 ] || { echo "SKIP: needs root"; exit 77; }
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
chmod 755 "$top"
mkdir -p "$top/conf" "$top/read"
chmod 755 "$top/read"
: >"$top/log"
cat >"$top/conf/fail2ban.conf" <<END
[Definition]
loglevel = INFO
logtarget = $top/server.log
syslogsocket = auto
socket = $top/s
pidfile = $top/p
dbfile = None
dbpurgeage = 1d
readsocket = $top/read/s
readgroup = 4321
END
printf '[web]\nenabled = true\nfilter =\nbackend = polling\nfailregex = ^bad <HOST>$\nlogpath = %s/log\n' "$top" >"$top/conf/jail.conf"
chmod -R a+rX "$top/conf"

# as GROUP COMMAND...: somebody of that group asks.
as() {
	local group=$1
	shift
	setpriv --reuid 65534 --regid 1234 --groups "$group" "$client" -c "$top/conf" "$@" 2>&1
}
# awaits a server.
await() {
	for _ in $(seq 100); do "$client" -c "$top/conf" ping >/dev/null 2>&1 && return; sleep 0.1; done
	fail "no server"
	cat "$top/server.log" "$top/out"
}

# The socket of a server that was killed is in the way of neither.
python3 - "$top/read/s" <<-'END'
	import socket, sys
	socket.socket(socket.AF_UNIX).bind(sys.argv[1])
END
"$bin/f2b-server" -c "$top/conf" -f start >"$top/out" 2>&1 &
server=$!
await
[ "$(stat -c %a "$top/s")" = 700 ] || fail "the control socket has mode $(stat -c %a "$top/s")"
[ "$(stat -c %a:%g "$top/read/s")" = 660:4321 ] || fail "the readers' socket is $(stat -c %a:%g "$top/read/s")"
as 4321 status web | grep -q "Currently banned" || fail "a reader cannot ask"
as 4321 ping >/dev/null || fail "a reader's ping"
as 4321 set web banip 192.0.2.1 | grep -q "not for readers" || fail "a reader may ban"
as 4321 stop >/dev/null && fail "a reader may stop the server"
as 1234 status | grep -q "Permission denied" || fail "a stranger may ask"
"$client" -c "$top/conf" set web banip 192.0.2.1 >/dev/null || fail "root may not ban"
grep -q "ERROR.*not for readers" "$top/server.log" && fail "readers can fill the log"
stop_server
[ ! -e "$top/s" ] && [ ! -e "$top/read/s" ] || fail "a socket stayed behind"

# A group that does not exist keeps nobody from being banned.
sed -i 's/^readgroup.*/readgroup = no-such-group/' "$top/conf/fail2ban.conf"
"$bin/f2b-server" -c "$top/conf" -f start >"$top/out" 2>&1 &
server=$!
await
grep -q "there is no group 'no-such-group'" "$top/server.log" || fail "the missing group is not named"
[ ! -e "$top/read/s" ] || fail "a socket for nobody"
stop_server
sed -i 's/^readgroup.*/readgroup = 4321/' "$top/conf/fail2ban.conf"

# Sockets of a service manager; it is told when the server is ready, and that it lives.
cat >"$top/manager.py" <<-'END'
	import os, socket, sys
	top, server = sys.argv[1:3]
	fds = []
	for path in (top + "/s", top + "/read/s"):
	    s = socket.socket(socket.AF_UNIX)
	    s.bind(path)
	    s.listen(16)
	    fds.append(s)
	note = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	note.bind(top + "/notify")
	note.settimeout(20)
	pid = os.fork()
	if pid == 0:
	    for n, s in enumerate(fds):
	        os.dup2(s.fileno(), 20 + n)
	    for n in range(2):
	        os.dup2(20 + n, 3 + n, inheritable=True)
	    os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="fail2ban:fail2ban-read",
	                      NOTIFY_SOCKET=top + "/notify", WATCHDOG_USEC="400000", WATCHDOG_PID=str(os.getpid()))
	    os.execv(server, [server, "-c", top + "/conf", "-f", "start"])
	seen = []
	while not {"READY=1", "WATCHDOG=1"} <= set(seen):
	    seen += note.recv(1000).decode().split("\n")
	print(pid, flush=True)
	os.waitpid(pid, 0)
	seen = note.recv(1000).decode()
	while "STOPPING=1" not in seen:
	    seen += note.recv(1000).decode()
	print("stopped", flush=True)
END
if ldd "$bin/f2b-server" | grep -q libsystemd; then
	python3 "$top/manager.py" "$top" "$bin/f2b-server" >"$top/manager.out" 2>&1 &
	manager=$!
	await
	as 1234 status >/dev/null && fail "a stranger may ask on a socket that was handed over"
	for _ in $(seq 100); do grep -qx '[0-9]*' "$top/manager.out" && break; sleep 0.1; done
	"$client" -c "$top/conf" stop >/dev/null || fail "no stop by a socket that was handed over"
	wait $manager
	grep -q stopped "$top/manager.out" || { fail "the manager was not told"; cat "$top/manager.out"; }
	[ -S "$top/s" ] && [ -S "$top/read/s" ] || fail "a socket that was handed over was removed"
fi

# The same with systemd's own tool: the first client starts the server.
if command -v systemd-socket-activate >/dev/null && ldd "$bin/f2b-server" | grep -q libsystemd; then
	rm -f "$top/s" "$top/read/s"
	timeout 60 systemd-socket-activate -l "$top/s" --fdname=fail2ban \
		"$bin/f2b-server" -c "$top/conf" -f start >"$top/out" 2>&1 &
	manager=$!
	for _ in $(seq 100); do [ -S "$top/s" ] && break; sleep 0.1; done
	"$client" -c "$top/conf" status | grep -q "Jail list:.*web" || fail "a client does not start the server"
	"$client" -c "$top/conf" stop >/dev/null
	wait $manager
fi

# A manager that goes on listening, as systemd does: "restart" leaves the start of the server to it.
cat >"$top/listener.py" <<-'END'
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
if ldd "$bin/f2b-server" | grep -q libsystemd; then
	rm -f "$top/s" "$top/read/s"
	python3 "$top/listener.py" "$top/s" "$bin/f2b-server" "$top/conf" >"$top/listener.out" 2>"$top/out" &
	manager=$!
	for _ in $(seq 100); do [ -S "$top/s" ] && break; sleep 0.1; done
	await
	"$client" -c "$top/conf" set web banip 192.0.2.1 >/dev/null
	"$client" -c "$top/conf" restart >"$top/restart" 2>&1 || fail "restart ends with $?: $(cat "$top/restart")"
	"$client" -c "$top/conf" ping >/dev/null || fail "nobody answers after a restart"
	[ "$(grep -c '^[0-9]*$' "$top/listener.out")" = 2 ] || fail "the manager started other than two servers: $(xargs <"$top/listener.out")"
	[ "$(cat "$top/p")" = "$(grep '^[0-9]*$' "$top/listener.out" | tail -n 1)" ] || fail "the server is not the manager's"
	"$client" -c "$top/conf" stop >/dev/null
	kill $manager
	wait $manager
fi
exit $failed
