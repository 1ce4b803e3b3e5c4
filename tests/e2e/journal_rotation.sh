#!/bin/bash
# Thirty jails read the journal of a real systemd-journald, which is rotated and cleared meanwhile: they
# have one reader, so that each file of the journal is open once; no entry is missed, none counted twice.

. "$(dirname "$0")/lib.sh"

JOURNALD=/lib/systemd/systemd-journald
JAILS=30
[ -x $JOURNALD ] || skip "systemd-journald is not installed"
[ -s /etc/machine-id ] || skip "the machine has no /etc/machine-id, which journald needs"
need logger journalctl
grep -q "libsystemd\.so" "$BIN/f2b-server" || skip "f2b was built without libsystemd"

lab_new
SPACE=f2b$$
UNDO+=("rm -rf /run/systemd/journal.$SPACE /run/log/journal/*.$SPACE /var/log/journal/*.$SPACE")
start_process "$T/journald.out" $JOURNALD "$SPACE"
expect_soon 10 "journald listens" test -S "/run/systemd/journal.$SPACE/dev-log"

# refused ADDRESS [LEVEL [PROCESS]]: one line, as sshd would send it.
refused() {
	logger -u "/run/systemd/journal.$SPACE/dev-log" -t sshd -p "auth.${2:-info}" --id="${3:-1234}" \
		"Failed password for root from $1 port 4242 ssh2"
}
in_space() { journalctl --namespace="$SPACE" -q "$@"; }
stored() { [ "$(in_space -o cat -t "$1" | wc -l)" = "$2" ]; }
journal_descriptors() { find "/proc/$SERVER/fd" -lname '*.journal' -printf '%l\n' 2>/dev/null; }
each_once() { [ -n "$(journal_descriptors)" ] && [ -z "$(journal_descriptors | sort | uniq -d)" ]; }
# The seventh has more: see below.
all_found() {
	local i
	for ((i = 1; i <= JAILS; i++)); do
		[ "$i" = 7 ] || [ "$(counter "jail$i" "Total failed")" = "$1" ] || return 1
	done
}
counter() { client status "$1" | sed -n "s/.*$2:[ \t]*//p"; }

{
	printf '%s\n' '[DEFAULT]' 'filter = sshd[mode=normal]' "backend = systemd[namespace=$SPACE]" \
		'banaction = nft' 'maxretry = 100' 'findtime = 1h'
	for ((i = 1; i <= JAILS; i++)); do
		printf '%s\n' "[jail$i]" 'enabled = true' \
			"journalmatch = SYSLOG_IDENTIFIER=sshd PRIORITY=6 + SYSLOG_PID=$i"
	done
} | server_configure
refused "$A4"
expect_soon 10 "the first entry is in the journal" stored sshd 1
server_start
expect_soon 20 "every jail has the entry from before its start" all_found 1
expect "each file of the journal is open once" each_once

for round in 1 2 3; do
	refused "$B4"
	expect "rotation $round" in_space --rotate
	refused "$B4"
	expect_soon 20 "nothing is missed" all_found $((1 + 2 * round))
	expect "old files go" in_space --vacuum-files=1
	refused "$A4" warning 7
	expect_soon 10 "each file is open once" each_once
done
seven() { [ "$(counter jail7 "Total failed")" = 10 ]; }
expect_soon 20 "what only one jail asks for is its own" seven
expect "and nobody else's" test "$(counter jail8 "Total failed")" = 7
expect "files that are gone are let go" not has '(deleted)' <(journal_descriptors)
say "descriptors of the journal for $JAILS jails: $(journal_descriptors | wc -l)"

expect "reload answers OK" has '^OK$' <(client reload)
refused "$B4"
counts_on() { [ "$(counter jail3 "Total failed")" = 8 ] && [ "$(counter jail7 "Total failed")" = 11 ]; }
expect_soon 20 "a reload reads on where it was" counts_on
server_stop
