#!/bin/bash
# kill -9 in a storm, in which bans are written to the database by tens of thousands: after the next
# start all of them are in the kernel and in the database, once, as the log has their lines.

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
END
EACH=20000
all=0

storm() { # number of the storm
	python3 - "$1" "$EACH" "$(now_line)" >>"$T/denied.log" <<-'END'
		import sys
		storm, n, now = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
		for i in range(n):
		    i = i * 7919 % n	# addresses in no order
		    print("%s victim kernel: [  123.456789] PORT DENIED: IN=eth0 OUT= SRC=10.%d.%d.%d DST=192.0.2.1 "
		          "LEN=44 PROTO=TCP SPT=5 DPT=23" % (now, storm, i >> 8, i & 255))
	END
	all=$((all + EACH))
}

in_kernel() { victim nft -j list set inet f2b-table addr-set-once | python3 -c '
import json, sys
print(max(len(o["set"].get("elem", [])) for o in json.load(sys.stdin)["nftables"] if "set" in o))'; }
stored() { sqlite3 "$T/f2b.sqlite3" 'SELECT count(*), count(DISTINCT ip) FROM bans' 2>&1; }
all_in_kernel() { [ "$(in_kernel)" = "$all" ]; }
all_stored() { [ "$(stored)" = "$all|$all" ]; }

for after in 0.1 0.4 0.8; do
	server_start
	storm "${after#0.}"
	sleep "$after"
	kill -9 "$SERVER"
	wait "$SERVER" 2>/dev/null || true
	say "killed $after s after $EACH lines; stored of $all: $(stored)"
	server_start
	expect_soon 30 "all $all are in the kernel" all_in_kernel
	expect_soon 30 "and in the database, each once" all_stored
	kill -9 "$SERVER"
	wait "$SERVER" 2>/dev/null || true
done
