#!/bin/bash
# Where the log goes, and how its lines look there: a file, the standard streams, syslog; and back.

. "$(dirname "$0")/lib.sh"

need python3
lab_new
portscan_configure 1
server_start
n=0
# ban: somebody new is banned; $who is his address.
ban() {
	n=$((n + 1))
	who=198.51.100.$n
	denied "$who" >>"$T/denied.log"
	soon 10 is_banned portscan "$who" || fail "$who is not banned"
}
stamp='[0-9-]\{10\} [0-9:]\{8\},[0-9]\{3\}'

ban
expect "a file has the date, and columns" \
	has "^$stamp fail2ban.actions        \[$SERVER\]: NOTICE  \[portscan\] Ban $who\$" "$LOG"
expect "it is readable by its owner only" test "$(stat -c %a "$LOG")" = 600

for target in STDOUT STDERR; do
	expect "set logtarget $target" has "^Current logging target is:" <(client set logtarget $target)
	ban
	expect "$target has the same lines" \
		has "^$stamp fail2ban.actions        \[$SERVER\]: NOTICE  \[portscan\] Ban $who\$" "$T/server.out"
done
expect "flushlogs has nothing to open anew" test "$(client flushlogs)" = "logs: flushed"
client set logtarget SYSOUT >/dev/null
ban
expect "SYSOUT has them without the date" \
	has "^fail2ban.actions        \[$SERVER\]: NOTICE  \[portscan\] Ban $who\$" "$T/server.out"

cat >"$T/syslog.py" <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	while True:
	    print(s.recv(65536).decode(), flush=True)
END
start_process "$T/syslog.out" python3 "$T/syslog.py" "$T/syslog"
soon 5 test -S "$T/syslog" || fail "no syslog"
if [ ! -e /dev/log ]; then
	mkdir "$T/bare"
	printf '[Definition]\nsocket = %s/other.sock\npidfile = None\ndbfile = None\nlogtarget = SYSLOG\nsyslogsocket = %s/syslog\n' \
		"$T" "$T" >"$T/bare/fail2ban.conf"
	printf '[DEFAULT]\n' >"$T/bare/jail.conf"
	start_process "$T/other.out" "$BIN/f2b-server" -c "$T/bare" -f start
	expect_soon 10 "a server starts on a socket of syslog that is not /dev/log" test -S "$T/other.sock"
	end_process "${PIDS[-1]}"
fi
if [ ! -e /run/systemd/journal/socket ]; then
	mkdir "$T/nojournal"
	printf '[Definition]\nsocket = %s/nojournal.sock\npidfile = None\ndbfile = None\nlogtarget = SYSTEMD-JOURNAL\n' \
		"$T" >"$T/nojournal/fail2ban.conf"
	printf '[DEFAULT]\n' >"$T/nojournal/jail.conf"
	start_process "$T/nojournal.out" "$BIN/f2b-server" -c "$T/nojournal" -f start
	expect_soon 10 "a server starts where there is no journal" "$BIN/f2b-client" -c "$T/nojournal" ping
	expect "and says what becomes of its log" \
		has "cannot log to 'SYSTEMD-JOURNAL'.* what is logged is lost" "$T/nojournal.out"
	end_process "${PIDS[-1]}"
fi
# A daemon that is down leaves the file of its socket.
mkdir "$T/down"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' "$T/stale"
printf '[Definition]\nsocket = %s/down.sock\npidfile = None\ndbfile = None\nlogtarget = SYSLOG\nsyslogsocket = %s/stale\n' \
	"$T" "$T" >"$T/down/fail2ban.conf"
printf '[DEFAULT]\n' >"$T/down/jail.conf"
start_process "$T/down.out" "$BIN/f2b-server" -c "$T/down" -f start
down=${PIDS[-1]}
expect_soon 10 "a server starts while syslog is down" "$BIN/f2b-client" -c "$T/down" ping
expect "and says so, once" test "$(grep -c 'Connection refused' "$T/down.out")" = 1
rm "$T/stale"
start_process "$T/back.out" python3 "$T/syslog.py" "$T/stale"
soon 5 test -S "$T/stale" || fail "no syslog"
"$BIN/f2b-client" -c "$T/down" set loglevel INFO >/dev/null
"$BIN/f2b-client" -c "$T/down" status nojail >/dev/null 2>&1
expect_soon 5 "when it is back it is told what it missed" has "WARNING [0-9]* lines were lost: Connection refused" "$T/back.out"
expect_soon 5 "and what follows" has "Command \['status', 'nojail'\]" "$T/back.out"
end_process "$down"
expect "the socket of syslog is set" client set syslogsocket "$T/syslog"
expect "and is the target" client set logtarget SYSLOG
expect_soon 5 "which it is told" has "INFO Changed logging target to SYSLOG ($T/syslog) for" "$T/syslog.out"
ban
expect_soon 5 "syslog has priority, name and level, and no columns" \
	has "^<29>fail2ban.actions\[$SERVER\]: NOTICE \[portscan\] Ban $who\$" "$T/syslog.out"
client set logtarget 'SYSLOG[facility=AUTH]' >/dev/null
ban
expect_soon 5 "of another facility, if asked" has "^<37>fail2ban.actions.* Ban $who\$" "$T/syslog.out"

expect "a target that cannot be is refused" not client set logtarget /nowhere/at/all
expect "and the old one stays, which is told without its options" has '^`- SYSLOG$' <(client get logtarget)
expect "as it is when it is set" has "^\`- $LOG\$" <(client set logtarget "$LOG[padding=off]")
expect "and in the log" has "INFO Changed logging target to $LOG for" "$LOG"
expect "an option that nobody knows is passed over" client set logtarget "$LOG[formatter=long]"
expect "with a warning" has "WARNING logtarget: unknown option in the brackets: formatter; known are format," "$LOG"
client set logtarget "$LOG[format='F2B %(levelname)s, %(message)s']" >/dev/null
ban
expect "a format is what the line is" has "^F2B NOTICE, \[portscan\] Ban $who\$" "$LOG"
expect "one that is none is refused" not client set logtarget "$LOG.2[format='%(bogus)s']"
expect "and told" has "^F2B ERROR, logtarget: format: '%(bogus)s': no such field; known are asctime" "$LOG"
ban
expect "and the old one stays" has "^F2B NOTICE, \[portscan\] Ban $who\$" "$LOG"
expect "of which other options are another one" client set logtarget "$LOG"
ban
expect "and count" has "NOTICE  \[portscan\] Ban $who" "$LOG"
client set loglevel ERROR >/dev/null
ban
expect "beneath its level nothing is logged" not has "Ban $who" "$LOG"
client set loglevel NOTICE >/dev/null
ban
expect "from its level on all is" has "NOTICE  \[portscan\] Ban $who" "$LOG"
expect "but not what is beneath" not has "Found $who" "$LOG"
server_stop
