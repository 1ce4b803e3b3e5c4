#!/bin/bash
# kill -9 in a storm, after one of its logs was truncated, as by logrotate's copytruncate: bans whose
# lines were in it are in the database, though those of a storm are written late.

. "$(dirname "$0")/lib.sh"

need python3 sqlite3
lab_new
need_programs
: >"$T/denied.log"
: >"$T/other.log"
server_configure <<-END
	[DEFAULT]
	filter = portscan
	banaction = nftables-allports
	findtime = 10m
	bantime = 1d
	[once]
	enabled = true
	maxretry = 1
	logpath = $T/denied.log
	    $T/other.log
END
echo "loglevel = MSG" >>"$ETC/fail2ban.local"	# so that a truncation is told
EACH=3000

# What is in the log that is truncated was read before, and its truncation is noticed, while lines come
# in the other one; then the server is killed.
storm() {
	python3 - "$T" "$LOG" "$SERVER" "$EACH" "$(now_line)" <<-'END'
		import os, sys, time
		folder, log, server, n, now = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
		def lines(net, first, count):
		    return "".join("%s victim kernel: [  123.456789] PORT DENIED: IN=eth0 OUT= SRC=10.%d.%d.%d DST=192.0.2.1 "
		                   "LEN=44 PROTO=TCP SPT=5 DPT=23\n" % (now, net, i >> 8, i & 255) for i in range(first, first + count))
		def told(what):
		    with open(log) as f:
		        return what in f.read()
		sent, until = 0, time.monotonic() + 200
		other = open(folder + "/other.log", "a", buffering=1 << 20)
		def more(done, least=0):
		    global sent
		    start = time.monotonic()
		    while time.monotonic() < until:
		        other.write(lines(60 + (sent >> 16), sent & 65535, 600))
		        other.flush()
		        sent += 600
		        time.sleep(0.01)
		        if time.monotonic() - start >= least and done():
		            return
		    sys.exit("the server was too slow")
		with open(folder + "/denied.log", "a") as f:
		    f.write(lines(9, 0, n))
		more(lambda: told("Ban 10.9.%d.%d" % ((n - 1) >> 8, (n - 1) & 255)))
		os.truncate(folder + "/denied.log", 0)
		with open(folder + "/denied.log", "a") as f:
		    f.write(now + " victim kernel: nothing\n")
		more(lambda: told("rotation detected"))
		# F2B_STORM_S=0.3 is less than the second that a storm may wait; a slow machine cannot store so soon.
		more(lambda: True, float(os.environ.get("F2B_STORM_S", "3")))
		os.kill(server, 9)
	END
	[ "$?" = 0 ] || fail "the storm did not come to its end"
	wait "$SERVER" 2>/dev/null || true
}

stored() { sqlite3 "$T/f2b.sqlite3" "SELECT count(DISTINCT ip) FROM bans WHERE ip LIKE '10.9.%'" 2>&1; }

server_start
storm
expect "all bans of the log that was truncated are stored" test "$(stored)" = "$EACH"
