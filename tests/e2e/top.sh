#!/bin/bash
# Tables for people: "status --table", and "top" on a terminal. Argument: the programs' folder.
set -u
export LC_ALL=C TZ=UTC
bin=$1
client=$bin/f2b-client
[ -x "$client" ] || exit 77
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
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
mkdir -p "$top/conf"
: >"$top/log"
printf '[Definition]\nloglevel = WARNING\nlogtarget = %s/server.log\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\ndbfile = None\ndbpurgeage = 1d\n' \
	"$top" "$top" "$top" >"$top/conf/fail2ban.conf"
printf '[DEFAULT]\nfilter =\nbackend = polling\nfailregex = ^bad <HOST>$\nlogpath = %s/log\n[web]\nenabled = true\n[mail]\nenabled = true\nbantime = -1\n' \
	"$top" >"$top/conf/jail.conf"
"$bin/f2b-server" -c "$top/conf" -f start >"$top/out" 2>&1 &
server=$!
for _ in $(seq 100); do "$client" -c "$top/conf" ping >/dev/null 2>&1 && break; sleep 0.1; done
ask() { timeout 60 "$client" -c "$top/conf" "$@" 2>&1; }

ask set web banip 192.0.2.1 $'a\e[31m \t2026-01-01 00:00:00 + 5 = 2026-01-01 00:00:05' >/dev/null
ask set mail banip 2001:db8::1 192.0.2.2 192.0.2.3 >/dev/null

# columns N...: these columns of a table, without its title.
columns() { tail -n +2 "$top/table" | awk -v which="$*" '{ n = split(which, w, " "); for (i = 1; i <= n; i++) printf "%s%s", $w[i], i < n ? " " : "\n" }'; }
ask status --table >"$top/table"
[ "$(columns 1 2 6 7)" = $'mail polling 3 3\nweb polling 2 2' ] || { fail "the table of jails"; cat "$top/table"; }
ask status --table --sort=jail >"$top/table"
[ "$(columns 1)" = $'mail\nweb' ] || fail "sorted by name"
ask status --sort=banned --table >"$top/table"
[ "$(columns 1)" = $'mail\nweb' ] || fail "sorted by bans"
ask status --table mail >"$top/table"
grep -q '^192.0.2.2 .* for ever$' "$top/table" || { fail "the table of bans"; cat "$top/table"; }
ask status --table web >"$top/table"
grep -q '^192.0.2.1 .* \(10m\|9m .*s\)$' "$top/table" || { fail "what is left of a ban"; cat "$top/table"; }
grep -q $'\e' "$top/table" && fail "raw bytes of an id"
[ "$(grep -c . "$top/table")" = 3 ] || fail "an id that looks like a ban"
ask status --table --sort=nothing | grep -q "one of the columns: Jail" || fail "no such column"
ask status --table nojail | grep -q "Sorry but the jail 'nojail' does not exist" || fail "no such jail"
ask status | grep -q '^`- Jail list:' || fail "the old form has changed"

ask top --once | grep -q '^mail ' || fail "top --once"
ask top --once | grep -q $'\e' && fail "top --once draws"
ask top --nonsense | grep -q -- --once || fail "top --nonsense"
ask top </dev/null | grep -q "needs a terminal" || fail "top without a terminal"

cat >"$top/terminal.py" <<-'END'
	import fcntl, os, pty, select, struct, subprocess, sys, termios, time
	client, conf = sys.argv[1:3]
	pid, fd = pty.fork()
	if pid == 0:
	    os.execv(client, [client, "-c", conf, "top", "--interval=1"])
	fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
	before = termios.tcgetattr(fd)
	out = b""
	def until(text, seconds=20):
	    global out
	    end = time.time() + seconds
	    while text not in out:
	        if time.time() > end:
	            sys.exit("not shown: %r" % text)
	        if select.select([fd], [], [], 0.1)[0]:
	            try:
	                out += os.read(fd, 65536)
	            except OSError:
	                sys.exit("top has ended")
	until(b"Latest bans")
	subprocess.run([client, "-c", conf, "set", "web", "banip", "198.51.100.77", "b\x1b]0;title\x07"], stdout=subprocess.DEVNULL)
	until(b"[web] ban 198.51.100.77 for 10m")
	until(b"b\\x1b]0;title\\x07")
	until(b"banned: 7")
	os.write(fd, b"s")
	until(b"now Jail")
	os.write(fd, b"q")
	until(b"\x1b[?1049l")
	if b"\x1b]" in out or b"\x07" in out:
	    sys.exit("raw bytes of an id")
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
python3 "$top/terminal.py" "$client" "$top/conf" || fail "top on a terminal"
exit $failed
