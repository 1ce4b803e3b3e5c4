#!/bin/bash
# A jail that reads the systemd journal: real journal files, written while the server reads them.

. "$(dirname "$0")/lib.sh"

REMOTE=/lib/systemd/systemd-journal-remote
[ -x $REMOTE ] || skip "systemd-journal-remote is not installed"
grep -q "libsystemd\.so" "$BIN/f2b-server" || skip "f2b was built without libsystemd"

# entry SECONDS_AGO UNIT MESSAGE: one entry in the export format, of sshd.
entry() {
	local us=$((${EPOCHREALTIME/./} - $1 * 1000000))
	printf '%s\n' "__REALTIME_TIMESTAMP=$us" "__MONOTONIC_TIMESTAMP=$((us % 1000000000000))" \
		_BOOT_ID=4fd0f7f2c0f14b7f9f0a3d0b8d0e1a2b _MACHINE_ID=11111111111111111111111111111111 \
		_HOSTNAME=h _TRANSPORT=syslog PRIORITY=6 SYSLOG_IDENTIFIER=sshd "_COMM=${COMM:-sshd}" _PID=1234 \
		"_SYSTEMD_UNIT=$2" "MESSAGE=$3" ''
}
refused() { entry "$1" "$2" "Failed password for root from $3 port 4242 ssh2"; }

# jail_sources PATTERN: what the jail says of its source.
jail_sources() { client --json status ssh-journal sources | tr -d '\n' | grep -q "$1"; }

need sqlite3
lab_new
mkdir "$T/journal"
mkfifo "$T/entries"
$REMOTE --split-mode=none -o "$T/journal/test.journal" - <"$T/entries" >"$T/remote.out" 2>&1 &
PIDS+=($!)
exec 9>"$T/entries"
{
	refused 86400 ssh.service "$B4"
	refused 86399 ssh.service "$B4"
	refused 86398 ssh.service "$B4"
	refused 60 ssh.service "$A4"
	refused 59 other.service "$B4"
} >&9
expect_soon 10 "there is a journal" test -s "$T/journal/test.journal"

configure() {
	server_configure <<-END
		[DEFAULT]
		findtime = 1h
		[ssh-journal]
		enabled = true
		filter = sshd[mode=normal]
		backend = systemd[journalpath="$T/journal"]
		journalmatch = _SYSTEMD_UNIT=ssh.service + _COMM=nobody
		banaction = nftables-allports
		maxretry = $1
	END
}
configure 3
server_start
expect_soon 20 "what is younger than findtime is counted, and only that" jail_is ssh-journal "Total failed" 1
expect "the matches are shown" has 'Journal matches:.*_SYSTEMD_UNIT=ssh.service + _COMM=nobody' <(client status ssh-journal)
expect "the filter's pattern of dates is shown, though it is not needed" has 'Default Detectors' \
	<(client get ssh-journal datepattern)
expect "and told in one line" has "\] Added journal match for: '_SYSTEMD_UNIT=ssh.service + _COMM=nobody'" "$LOG"

refused 1 ssh.service "$A4" >&9
refused 0 ssh.service "$A4" >&9
expect_soon 20 "new entries ban" is_banned ssh-journal "$A4"
expect_soon 10 "by a rule" rules_name "$A4"

entry 0 ssh.service "$(printf '%03000000d' 0)" >&9
expect_soon 20 "an entry that is too long is passed over, and counted" jail_sources '"Long lines": 1'
expect "and nothing else is amiss" jail_sources '"Lost": 0.*"Errors": 0'

configure 2
expect "reload answers OK" has '^OK$' <(client reload)
expect "nothing was read twice" jail_is ssh-journal "Total failed" 3
refused 0 ssh.service "$B4" >&9
expect_soon 20 "entries after the reload are read" jail_is ssh-journal "Total failed" 4
server_stop
server_start
expect_soon 20 "the ban is restored" is_banned ssh-journal "$A4"
refused 0 ssh.service 192.0.2.77 >&9
expect_soon 20 "after a restart only what is new is read" jail_is ssh-journal "Total failed" 1

# Where a connection has a unit of its own, only the program's name tells that it is sshd.
for COMM in sshd-session sshd-auth; do
	refused 0 sshd@1-192.0.2.1:22.service "192.0.2.${#COMM}" >&9
done
found() { has "^192.0.2.$1\$" <("$BIN/f2b-regex" -c "$ETC" -o '<ip>' "systemd-journal[journalpath=$T/journal]" sshd); }
expect_soon 10 "the filter knows sshd-session" found 12
expect_soon 10 "and sshd-auth" found 9

# The one failure of .77 is in no database: after a crash it is counted again.
sleep 0.5
kill -9 "$SERVER"
wait "$SERVER" 2>/dev/null
: >"$LOG"
server_start
refused 0 ssh.service 192.0.2.77 >&9
expect_soon 20 "a failure from before a crash counts after it" is_banned ssh-journal 192.0.2.77
expect "nobody else is banned anew" test "$(grep -c '\] Ban ' "$LOG")" = 1
expect "and the first one is restored" has "Restore Ban $A4" "$LOG"
server_stop

# Killed while it asks ignorecommand, which answers when there is a file "go": it asks again.
printf '#!/bin/sh\necho "$1" >>%s/asked\nwhile [ ! -e %s/go ]; do [ -d %s ] || exit 1; sleep 0.1; done\nexit 1\n' \
	"$T" "$T" "$T" >"$T/command"
chmod +x "$T/command"
configure 1
echo "ignorecommand = $T/command <ip>" >>"$ETC/jail.local"
touch "$T/go"
server_start
expect_soon 20 "about restored bans it is asked, too" is_banned ssh-journal 192.0.2.77
rm "$T/go"
refused 0 ssh.service 192.0.2.78 >&9
expect_soon 20 "the command is asked" has '^192.0.2.78$' "$T/asked"
client set ssh-journal banip 198.51.100.9 >/dev/null
stored() { sqlite3 "$T/f2b.sqlite3" "SELECT ip FROM bips" | grep -qx 198.51.100.9; }
expect_soon 10 "something else is stored meanwhile" stored
kill -9 "$SERVER"
wait "$SERVER" 2>/dev/null
touch "$T/go"
server_start
expect_soon 20 "who was being judged at a kill is banned after it" is_banned ssh-journal 192.0.2.78
server_stop

# One that is not there yet.
sed -i "s,journalpath=\"$T/journal\",journalpath=\"$T/later\"," "$ETC/jail.local"
: >"$LOG"
server_start
expect_soon 10 "a journal that is not there is told of" has "journalpath = $T/later: No such file or directory; trying again" "$LOG"
mkdir "$T/later"
refused 1 ssh.service 192.0.2.88 >&9
refused 0 ssh.service 192.0.2.88 >&9
sleep 0.5
cp "$T/journal/test.journal" "$T/later/"
expect_soon 25 "and read once it is" is_banned ssh-journal 192.0.2.88
server_stop
exec 9>&-
