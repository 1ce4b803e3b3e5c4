#!/bin/bash
# What somebody changes in a chain of iptables behind the server's back: verify sees it, repair mends it.

. "$(dirname "$0")/lib.sh"

need iptables
lab_new
victim iptables -w -S >/dev/null 2>"$T/lab.out" || skip "no iptables in this kernel: $(tail -n 1 "$T/lab.out")"
: >"$T/denied.log"
server_configure <<-END
	[portscan]
	enabled = true
	action = iptables[name=portscan, type=allports, protocol=all]
	logpath = $T/denied.log
	maxretry = 1000
	bantime = 600
END
server_start
verify() { client status portscan --verify | grep -qF -e "$1"; }
rule() { victim "$1" -w -C f2b-portscan -s "$2" -j REJECT; }
# count ADDRESS N: its rules are N.
count() { [ "$(victim iptables -w -S f2b-portscan | grep -c -e "-s $1/32 ")" = "$2" ]; }
listen 22
expect "bans of addresses of both families and of a network" client set portscan banip \
	"$A4" 192.0.2.1 192.0.2.2 198.51.100.0/24 "$A6" 2001:db8:9::1
expect_soon 5 "are in the chain" rule iptables 198.51.100.0/24
expect_soon 5 "of each family" rule ip6tables 2001:db8:9::1
expect "verify finds no difference" verify "6 there, 0 missing, 0 too many; rules complete"
expect "repair does nothing then" client repair portscan
expect "as verify agrees" verify "6 there, 0 missing, 0 too many; rules complete"

victim iptables -w -D f2b-portscan -s "$A4" -j REJECT
victim ip6tables -w -D f2b-portscan -s 2001:db8:9::1 -j REJECT
victim iptables -w -I f2b-portscan -s 203.0.113.9 -j REJECT --reject-with tcp-reset -p tcp
victim iptables -w -I f2b-portscan -s 203.0.113.8 -j REJECT --reject-with icmp-host-unreachable
victim iptables -w -I f2b-portscan -s 192.0.2.1 -j REJECT
expect "whoever lost his rule can connect" can_connect attacker "$V4" 22
expect "verify sees what is wrong" verify "4 there, 2 missing, 2 too many; rules complete"
expect "repair mends it" client repair portscan
expect "so that verify is content" verify "6 there, 0 missing, 0 too many; rules complete"
expect "the attacker is out again" not can_connect attacker "$V4" 22
expect "what stood twice stands once" count 192.0.2.1 1
expect "what nobody is banned by is gone" count 203.0.113.8 0
expect "what is no ban's rule stays" count 203.0.113.9 1
expect "an unban leaves nothing behind" client set portscan unbanip "$A4"
expect_soon 5 "of what was mended" count "$A4" 0

# The rule that leads into the chain is checked by actioncheck, which has all put up again.
victim iptables -w -D INPUT -p all -j f2b-portscan
expect "repair puts the rules up again" client repair portscan
expect "with every ban, each once" verify "5 there, 0 missing, 0 too many; rules complete"
expect "and the way into the chain" rules_name "-A INPUT -j f2b-portscan"

victim iptables -w -F INPUT
victim iptables -w -F f2b-portscan
victim iptables -w -X f2b-portscan
expect "verify sees that the chain is gone" verify "2 there, 3 missing, 0 too many; rules damaged"
expect "repair brings it back" client repair portscan
expect "with all bans" verify "5 there, 0 missing, 0 too many; rules complete"
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
