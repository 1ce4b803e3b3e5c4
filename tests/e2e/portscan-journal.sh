#!/bin/bash
# The recipe against port scans names a log file that this machine does not have, as no syslog daemon runs: its jail
# reads the kernel's lines in the system's journal, also if that comes later.

[ -n "${ALONE:-}" ] || ALONE=1 exec unshare --mount bash "$0" "$@"

. "$(dirname "$0")/lib.sh"

REMOTE=/lib/systemd/systemd-journal-remote
[ -x $REMOTE ] || skip "systemd-journal-remote is not installed"
grep -q "libsystemd\.so" "$BIN/f2b-server" || skip "f2b was built without libsystemd"
[ -s /etc/machine-id ] || skip "there is no /etc/machine-id, which names the folder of the journal"
lab_new
for folder in /var/log /run/log; do
	mkdir -p $folder
	mount -t tmpfs none $folder || skip "no tmpfs here"
done
JOURNAL=/var/log/journal/$(cat /etc/machine-id)

# entry TRANSPORT ADDRESS: what the firewall says of a packet from there, in the export format.
entry() {
	local us=${EPOCHREALTIME/./}
	printf '%s\n' "__REALTIME_TIMESTAMP=$us" "__MONOTONIC_TIMESTAMP=$((us % 1000000000000))" \
		_BOOT_ID=4fd0f7f2c0f14b7f9f0a3d0b8d0e1a2b "_MACHINE_ID=$(cat /etc/machine-id)" \
		_HOSTNAME=h "_TRANSPORT=$1" PRIORITY=5 SYSLOG_IDENTIFIER=kernel \
		"MESSAGE=PORT DENIED: IN=eth0 OUT= MAC= SRC=$2 DST=$V4 LEN=60 PROTO=TCP DPT=23" ''
}

server_configure <<-END
	[portscan]
	enabled = true
	filter = portscan
	action = nftables-allports[name=portscan]
	logpath = /var/log/kern.log
	maxretry = 3
END
cat >"$ETC/filter.d/portscan.conf" <<-'END'
	[Definition]
	failregex = PORT DENIED: .* SRC=<HOST>
	ignoreregex =
END

expect "the test of the configuration says what is read instead" \
	has "jail.local:5:11: Have not found any log file for 'portscan' jail. Jail will monitor systemd journal" <(client -t 2>&1)
server_start
expect "the log says that there is no journal either" has "\[portscan\] .*no journal on this machine.*; trying again" "$LOG"

mkdir -p "$JOURNAL"
mkfifo "$T/entries"
$REMOTE --split-mode=none -o "$JOURNAL/system.journal" - <"$T/entries" >"$T/remote.out" 2>&1 &
PIDS+=($!)
exec 9>"$T/entries"
for _ in 1 2 3; do
	entry kernel "$A4"
	entry syslog "$B4"	# anybody can send these
done >&9
expect_soon 25 "once it comes it is read, and the attacker is banned" is_banned portscan "$A4"
expect "by a rule" rules_name "$A4"
expect "whom other programs name is not" not is_banned portscan "$B4"

: >/var/log/kern.log
expect "the file is there at a reload" client reload
for _ in 1 2 3; do
	printf '%s h kernel: PORT DENIED: IN=eth0 OUT= MAC= SRC=%s DST=%s LEN=60 PROTO=TCP DPT=23\n' "$(date '+%b %e %T')" "$B4" "$V4"
done >>/var/log/kern.log
expect_soon 10 "so it is read" is_banned portscan "$B4"
expect "and the first ban holds" is_banned portscan "$A4"
server_stop
exec 9>&-
