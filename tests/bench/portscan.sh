#!/bin/bash
# How long it takes from the first packet of a port scan to the ban in the kernel, by where the lines come from:
# a file that rsyslogd writes, the kernel's log, or NFLOG. Usage: portscan.sh [BIN_DIR [ROUNDS]]; needs root.

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib-portscan.sh"
rounds=${2:-10}

# Prints when the first packet to a closed port is seen.
first_packet() {
	victim python3 - "$ATTACKED" <<-'END'
		import socket, sys, time
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
		s.bind((sys.argv[1], 0))
		print("ready", flush=True)
		while True:
		    p = s.recv(200)
		    now = time.time()
		    if p[23] == 6 and p[47] & 0x3f == 2 and p[36:38] != b"\x00\x16":
		        print("%.6f" % now, flush=True)
		        break
	END
}

# one_round: milliseconds from the first packet to the ban.
one_round() {
	: >"$T/first"
	first_packet >"$T/first" 9>&- &
	local pid=$!
	PIDS+=("$pid")
	soon 5 grep -q ready "$T/first"
	: >"$MONITOR"
	scan "$V4" >"$T/nmap.out" 2>&1
	soon 15 ban_moment_is_known || fail "no ban" >&2
	wait "$pid" 2>/dev/null
	echo "$(ms "$(tail -n 1 "$T/first")" "$(ban_moment "$A4")")"
	client set portscan unbanip "$A4" >/dev/null
	soon 5 not rules_name "$A4"
}

ban_moment_is_known() { [ -n "$(ban_moment "$A4")" ]; }

measure() {
	# The kernel's log is the whole machine's: only our interface counts.
	filter_file portscan <<-END
		[Definition]
		failregex = PORT DENIED: IN=$ATTACKED .* SRC=<HOST>
	END
	server_configure <<-END
		[portscan]
		enabled = true
		$2
		action = nft[type=allports]
		maxretry = 3
		findtime = 3
	END
	# The kernel's log still has the lines of the rounds before.
	sleep 4
	server_start
	: >"$T/times"
	for ((round = 0; round < rounds; round++)); do
		one_round >>"$T/times"
	done
	sort -n "$T/times" >"$T/ms"
	awk -v name="$1" '{ v[NR] = $1 } END {
		printf "%-28s median %6.1f ms, least %6.1f, most %6.1f (%d rounds)\n",
			name, v[int((NR + 1) / 2)], v[1], v[NR], NR }' "$T/ms"
	server_stop
}

need nmap python3
lab_new
firewall_up
victim iptables -w -I INPUT 4 -p tcp -j NFLOG --nflog-group 5 --nflog-prefix "PORT DENIED: "
kernel_log_up
rsyslog_up
listen 22
server_configure </dev/null
mkfifo "$T/monitor" && start_process "$T/monitor" ip netns exec "$VICTIM" nft monitor
while IFS= read -r change; do
	printf '%s %s\n' "$EPOCHREALTIME" "$change" >>"$MONITOR"
done <"$T/monitor" 9>&- &
PIDS+=($!)
measure "file, by rsyslogd" "logpath = $DENIED"
measure "kmsg" "backend = kmsg"
measure "nflog" "backend = nflog[group=5]"
