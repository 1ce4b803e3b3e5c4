#!/bin/bash
# Firewall actions of our action.d other than the two families that have tests of their own: rules and
# sets are there while somebody is banned, and gone after the stop. Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"
lab_new
need ipset
victim ipset create probe hash:ip 2>"$T/probe" || skip "no ipset in this kernel: $(cat "$T/probe")"
victim ipset destroy probe

server_configure <<-END
	[DEFAULT]
	filter = plain
	logpath = $T/log
	backend = polling
	maxretry = 1
	[set]
	enabled = true
	action = iptables-ipset[port=ssh, protocol="tcp,udp", chain="INPUT,FORWARD"]
	[six]
	enabled = true
	action = iptables-ipset-proto6[port="22,80:90", ipsettype="hash:net"]
	[all]
	enabled = true
	action = iptables-ipset-proto6-allports[blocktype=DROP, ipsettime="<timeout-bantime>"]
	[logs]
	enabled = true
	action = iptables-multiport-log[port="22,443"]
	[route]
	enabled = true
	action = route[blocktype=blackhole]
END
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <HOST>$
END
: >"$T/log"
server_start
[ -z "$(victim iptables -w -S | grep f2b)" ] || fail "there are rules before the first ban"
# As left from a crash.
victim ip route add blackhole 192.0.2.77
victim ip -6 route add blackhole 2001:db8::77
for jail in set six all logs route; do
	expect "a ban of $jail" client set $jail banip 192.0.2.77 2001:db8::77
done
client set six banip 198.51.100.0/24 >"$T/out"

rule() { victim iptables -w -S | grep -qF -e "$1"; }
rule6() { victim ip6tables -w -S | grep -qF -e "$1"; }
in_set() { victim ipset test "$1" "$2"; }
routes() { victim ip route | grep -qF "blackhole 192.0.2.77" && victim ip -6 route | grep -qF "blackhole 2001:db8::77"; }

no_failure() { not grep -e ERROR -e CRITICAL "$LOG"; }
expect "no command failed" no_failure
for chain in INPUT FORWARD; do
	expect "$chain has a rule for each protocol" rule "-A $chain -p tcp -m tcp --dport 22 -m set --match-set f2b-set src"
	expect "and for udp" rule "-A $chain -p udp -m udp --dport 22 -m set --match-set f2b-set src"
done
expect "also for IPv6" rule6 "-A INPUT -p tcp -m tcp --dport 22 -m set --match-set f2b-set6 src"
expect "several ports" rule "-A INPUT -p tcp -m multiport --dports 22,80:90 -m set --match-set f2b-six src"
expect "every port, and its own verdict" rule "-A INPUT -p tcp -m set --match-set f2b-all src -j DROP"
expect "the address is in the set" in_set f2b-set 192.0.2.77
expect "the one of IPv6 in its own" in_set f2b-set6 2001:db8::77
expect "a network is in a set of networks" in_set f2b-six 198.51.100.33
victim ipset list f2b-all | grep -q '^192.0.2.77 timeout [1-9]' || fail "the set's own time is not the ban's"
say "ok: the kernel ends a ban where that is asked for"
client set loglevel DEBUG >"$T/out"
expect "another one" client set all banip 192.0.2.78
expect_soon 5 "is done without a shell" has '\[all\] 1 bans and unbans in one go: done' "$LOG"
client set loglevel INFO >"$T/out"
victim ipset list f2b-all | grep -q '^192.0.2.78 timeout [1-9]' || fail "its time is not the ban's"
expect "what is dropped is logged" rule '-A f2b-logs-log -m limit --limit 6/min --limit-burst 2 -j LOG --log-prefix "f2b-logs:DROP "'
expect "through a chain of its own" rule "-A f2b-logs -s 192.0.2.77/32 -j f2b-logs-log"
expect "routes lead nowhere" routes
for jail in set six all logs route; do
	expect "an unban of $jail" client set $jail unbanip 192.0.2.77 2001:db8::77
done
expect "the set has let go" not in_set f2b-set 192.0.2.77
expect "the chain has let go" not rule "-A f2b-logs -s 192.0.2.77/32"
expect "the routes are gone" not routes
server_stop
expect "no command failed" no_failure
[ -z "$(rules | grep f2b)$(victim ipset list -n)" ] || fail "something remains: $(rules | grep f2b) $(victim ipset list -n)"
say "ok: nothing remains after the stop"
