#!/bin/bash
# A port scan ends in a ban with no syslog daemon and no log file: the firewall's rule hands its packets to
# the server, and the recipe's filter stays as it is. So does the jail, but for its backend.

. "$(dirname "$0")/lib-portscan.sh"

nflog_up() {
	victim nft -f - 2>"$T/lab.out" <<-'END' || skip "no log group in nft: $(tail -n 1 "$T/lab.out")"
		table inet denied {
			chain input {
				type filter hook input priority 0; policy accept;
				iif "lo" accept
				ct state established,related accept
				tcp dport 22 accept
				meta l4proto { icmp, ipv6-icmp } accept
				log group 5 prefix "PORT DENIED: "
				drop
			}
		}
	END
}

need nmap
lab_new
nflog_up
listen 22
server_configure <<-END
	[portscan]
	enabled = true
	backend = nflog[group=5]
	action = nft[type=allports]
	maxretry = 3

	# Whoever is strict about what a syslog daemon writes behind the date is content, too.
	[twin]
	enabled = true
	filter =
	failregex = ^ \S+ kernel: \[ *\d+\.\d{6}\] PORT DENIED: IN=\S+ OUT= MAC=\S* SRC=<HOST> DST=
	backend = nflog[group=5]
	action =
	maxretry = 1000000
END
recipe_filter
server_start
monitor_up
expect "the log says what is read" has "\[portscan\] Reading from nflog\[group=5\]" "$LOG"
started=$EPOCHREALTIME
for there in "$V4 $A4" "$V6 $A6"; do
	read -r to from <<<"$there"
	expect "the attacker can connect before" can_connect attacker "$to" 22
	scan "$to" >"$T/nmap.out" 2>&1
	expect_soon 15 "the attacker $from is banned" is_banned portscan "$from"
	expect "it cannot connect any more" not can_connect attacker "$to" 22
	expect "a bystander can" can_connect bystander "$to" 22
done
say "from the start of nmap to the ban: $(ms "$started" "$(ban_moment "$A4")") ms"
expect "two jails share the group" not jail_is twin "Total failed" 0
expect "status names what is read" jail_is portscan "File list" "nflog[group=5]"

# Two seconds of packets as fast as they can be made: nothing breaks, the next scanner is banned.
expect "unbanip" client unban --all
cat >"$T/flood.py" <<-END
	import socket, sys, time
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	end = time.monotonic() + 2
	n = 0
	while time.monotonic() < end:
	    for port in range(1000, 1200):
	        s.sendto(b"x", ("$V4", port))
	        n += 1
	print(n)
END
before=$(status_value twin "Total failed")
attacker python3 "$T/flood.py" >"$T/flood.out"
expect_soon 15 "the flooder is banned" is_banned portscan "$A4"
say "$(cat "$T/flood.out") packets sent, $(($(status_value twin "Total failed") - before)) counted"
expect "the server lives" alive
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
