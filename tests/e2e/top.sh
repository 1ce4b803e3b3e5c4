#!/bin/bash
# Tables for people: "status --table", and "top" on a terminal.

. "$(dirname "$0")/lib.sh"
export TZ=UTC

need python3
web_configure "" web mail
echo "bantime = -1" >>"$ETC/jail.conf"
server_start
ask() { timeout 200 "$BIN/f2b-client" -c "$ETC" "$@" 2>&1; }

ask set web banip 192.0.2.1 $'a\e[31m \t2026-01-01 00:00:00 + 5 = 2026-01-01 00:00:05' >/dev/null
ask set mail banip 2001:db8::1 192.0.2.2 192.0.2.3 >/dev/null

# columns N...: these columns of a table, without its title.
columns() { tail -n +2 "$T/table" | awk -v which="$*" '{ n = split(which, w, " "); for (i = 1; i <= n; i++) printf "%s%s", $w[i], i < n ? " " : "\n" }'; }
ask status --table >"$T/table"
[ "$(columns 1 2 6 7)" = $'mail polling 3 3\nweb polling 2 2' ] || fail "the table of jails"
ask status --table --sort=jail >"$T/table"
[ "$(columns 1)" = $'mail\nweb' ] || fail "sorted by name"
ask status --sort=banned --table >"$T/table"
[ "$(columns 1)" = $'mail\nweb' ] || fail "sorted by bans"
ask status --table mail >"$T/table"
grep -q '^192.0.2.2 .* for ever$' "$T/table" || fail "the table of bans"
ask status --table web >"$T/table"
grep -q '^192.0.2.1 .* \(10m\|[1-9]m\( .*s\)\?\)$' "$T/table" || fail "what is left of a ban"
grep -q $'\e' "$T/table" && fail "raw bytes of an id"
[ "$(grep -c . "$T/table")" = 3 ] || fail "an id that looks like a ban"
ask status --table --sort=nothing | grep -q "one of the columns: Jail" || fail "no such column"
ask status --table nojail | grep -q "Sorry but the jail 'nojail' does not exist" || fail "no such jail"
ask status | grep -q '^`- Jail list:' || fail "the old form has changed"

ask top --once | grep -q '^mail ' || fail "top --once"
ask top --once | grep -q $'\e' && fail "top --once draws"
ask top --nonsense | grep -q -- --once || fail "top --nonsense"
ask top </dev/null | grep -q "needs a terminal" || fail "top without a terminal"

cat >"$T/terminal.py" <<-'END'
	import fcntl, os, pty, select, signal, struct, subprocess, sys, termios, time
	client, conf, server = sys.argv[1:4]
	def start():
	    global pid, fd, out
	    pid, fd = pty.fork()
	    if pid == 0:
	        os.execv(client, [client, "-c", conf, "top", "--interval=1"])
	    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
	    out = b""
	    until(b"Latest bans")
	def until(text, seconds=200):
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
	def ends(status):
	    os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == status or sys.exit("another status")
	    os.close(fd)
	start()
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
	ends(0)
	# ^C ends it while the server does not answer.
	start()
	os.kill(int(server), signal.SIGSTOP)
	try:
	    time.sleep(2)
	    os.write(fd, b"\x03")
	    until(b"\x1b[?1049l", 20)
	finally:
	    os.kill(int(server), signal.SIGCONT)
	ends(0)
	# Why it ends is said where it can be read: behind the screen.
	start()
	os.kill(int(server), signal.SIGKILL)
	until(b"ERROR")
	if out.find(b"\x1b[?1049l") < 0 or out.find(b"\x1b[?1049l") > out.find(b"ERROR"):
	    sys.exit("said on the screen that is gone")
	ends(255)
END
python3 "$T/terminal.py" "$BIN/f2b-client" "$ETC" "$SERVER" || fail "top on a terminal"
say "ok: tables, and top on a terminal"
