#!/bin/bash
# The recipe as Ubuntu's users have it: UFW's log, an ignoreregex for the open services, all ports.

. "$(dirname "$0")/lib.sh"

lab_new
ufw_log=$T/ufw.log
: >"$ufw_log"
server_configure <<-END
	[portscan]
	enabled = true
	filter = portscan
	action = iptables-allports[name=portscan]
	logpath = $ufw_log
	maxretry = 3
END
filter_file portscan <<-'END'
	[Definition]
	failregex = ^.*SRC=<HOST> DST=.*$
	ignoreregex = ^.*SRC=<HOST>.*DPT=(80|3306|443)\s.*$
END
server_start
listen 22

expect "the attacker can connect before" can_connect attacker "$V4" 22
for port in 80 443 3306 80; do
	denied "$B4" $port 1 '[UFW BLOCK]'
done >>"$ufw_log"
denied "$A4" 23 2 '[UFW BLOCK]' >>"$ufw_log"
expect_soon 10 "two knocks are counted" jail_is portscan "Total failed" 2
expect "and ban nobody" jail_is portscan "Currently banned" 0
denied "$A4" 8080 1 '[UFW BLOCK]' >>"$ufw_log"
expect_soon 10 "the third bans" is_banned portscan "$A4"
expect_soon 5 "the chain stands before all TCP" rules_name "-A INPUT -p tcp -j f2b-portscan"
expect_soon 5 "the rule names the attacker" rules_name "-A f2b-portscan -s $A4/32 -j REJECT"
expect "the attacker cannot connect" not can_connect attacker "$V4" 22
expect "who asked for open services is not banned" not is_banned portscan "$B4"
expect "and can connect" can_connect bystander "$V4" 22
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
