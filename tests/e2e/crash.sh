#!/bin/bash
# kill -9 at random moments under load, again and again: afterwards every ban but the youngest is in
# the database, and after the next start every address that failed often enough is banned, in the
# kernel and in the database, once; no line of the log is passed over, none counted twice.
# F2B_CRASH_ROUNDS says how many times, F2B_CRASH_SEED repeats a run, and F2B_CRASH_YOUNG_MS is the
# age up to which a ban need not be stored.

. "$(dirname "$0")/lib.sh"

need python3 sqlite3
lab_new
need_programs
: >"$T/denied.log"
server_configure <<-END
	[DEFAULT]
	filter = portscan
	banaction = nftables-allports
	logpath = $T/denied.log
	findtime = 10m
	bantime = 1d
	[once]
	enabled = true
	maxretry = 1
	[often]
	enabled = true
	maxretry = 3
END
python3 "$(dirname "$0")/crash.py" "$T" "$VICTIM" "$BIN" "${F2B_CRASH_ROUNDS:-8}" \
	"${F2B_CRASH_SEED:-501}" || fail "a crash lost or doubled something"
