#!/bin/bash
# The ipset action: sets, rules in several chains, networks, both families, and nothing left behind.

. "$(dirname "$0")/lib.sh"

need ipset
lab_new
victim ipset create f2b-probe hash:net timeout 0 2>"$T/ipset.out" ||
	skip "no ip_set in this kernel: $(tail -n 1 "$T/ipset.out")"
victim ipset destroy f2b-probe
: >"$T/denied.log"
jails() {
	server_configure <<-END
		[portscan]
		enabled = true
		action = ipset[name=portscan, type=allports, chain="INPUT,FORWARD"]
		logpath = $T/denied.log
		maxretry = 3
		bantime = 6000
		[single]
		enabled = true
		filter = portscan
		action = iptables-ipset[name=single]
		logpath = $T/denied.log
		maxretry = 1000
	END
}
jails
server_start
listen 22
denied "$A4" 23 3 >>"$T/denied.log"
denied "$A6" 23 3 >>"$T/denied.log"
expect_soon 10 "the attacker is banned" is_banned portscan "$A4"
expect_soon 10 "by both addresses" is_banned portscan "$A6"
expect_soon 5 "and cannot connect" not can_connect attacker "$V4" 22
expect_soon 5 "by the other neither" not can_connect attacker "$V6" 22
expect "a bystander can" can_connect bystander "$V4" 22
expect "there is a rule in each chain" rules_name "-A FORWARD -p tcp -m set --match-set f2b-portscan src"
has_element() { victim ipset save | grep -q "$1"; }
expect "the kernel knows the ban's end" has_element "add f2b-portscan $A4 timeout \(5[0-9]\|60\)[0-9][0-9]"
expect "bans of many and of a network" client set portscan banip 198.51.100.0/24 203.0.113.1 203.0.113.2
expect "are in the set" has_element "add f2b-portscan 198.51.100.0/24 timeout"
expect "all" has_element "add f2b-portscan 203.0.113.2 timeout"
expect "they are lifted" client set portscan unbanip 203.0.113.2
expect "one by one" not has_element 203.0.113.2
verify_single() { client status single --verify | grep -qF -e "$1"; }
expect "a set of addresses takes a network apart" client set single banip 203.0.113.5 198.51.100.0/30
expect "which verify leaves alone" verify_single "1 there, 0 missing, 0 too many; rules complete"
verify() { client status portscan --verify | grep -qF -e "$1"; }
expect "verify finds no difference" verify "4 there, 0 missing, 0 too many; rules complete"
victim ipset del f2b-portscan "$A4"
victim ipset del f2b-portscan 198.51.100.0/24
victim ipset add f2b-portscan 203.0.113.99
victim ipset add f2b-portscan6 2001:db8:9::/48
expect "verify sees what is wrong" verify "2 there, 2 missing, 2 too many; rules complete"
expect "repair mends it" client repair portscan
expect "so that verify is content" verify "4 there, 0 missing, 0 too many; rules complete"
expect "and the ban ends at its time" has_element "add f2b-portscan $A4 timeout \(5[0-9]\|60\)[0-9][0-9]"
expect "the fast path can be turned off" client set fastpath off
expect "it says so" [ "$(client get fastpath)" = False ]
expect "a ban by the shell" client set portscan banip 203.0.113.3
expect "is in the set, too" has_element "add f2b-portscan 203.0.113.3 timeout"
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
expect "nor a set" not has_element f2b-
