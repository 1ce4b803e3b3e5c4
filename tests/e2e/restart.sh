#!/bin/bash
# Bans survive the server: an orderly restart, a restart by the client, and a kill -9.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"
server_configure <<-END
	[portscan]
	enabled = true
	action = iptables[name=portscan]
	         nftables-allports
	logpath = $T/denied.log
	maxretry = 3
END
server_start
listen 22
denied "$A4" 23 3 >>"$T/denied.log"
expect_soon 10 "the attacker is banned" is_banned portscan "$A4"
expect_soon 5 "by both firewalls" rules_name "-A f2b-portscan -s $A4/32"
expect_soon 5 "in the set too" rules_name "elements = { $A4 }"
sleep 0.5 # the reference writes its database after the ban

server_stop
expect "the stop lifted the rules" not rules_name "$A4"
expect "the attacker can connect" can_connect attacker "$V4" 22
server_start
expect_soon 10 "the ban is back after the start" is_banned portscan "$A4"
expect_soon 5 "with its rule" rules_name "-A f2b-portscan -s $A4/32"
expect_soon 5 "and its element" rules_name "elements = { $A4 }"
expect "the log says: Restore Ban" has "Restore Ban $A4" "$LOG"
expect "no line of the log was counted again" jail_is portscan "Total failed" 0
expect "the attacker cannot connect" not can_connect attacker "$V4" 22

kill -9 "$SERVER"
wait "$SERVER" 2>/dev/null
SERVER=
expect "the ban outlives a crash in the kernel" not can_connect attacker "$V4" 22
server_start
expect_soon 10 "and in the server" is_banned portscan "$A4"
expect_soon 5 "with its rule" rules_name "-A f2b-portscan -s $A4/32"
expect "unbanip lifts it" client set portscan unbanip "$A4"
expect_soon 5 "wholly" not rules_name "$A4"
expect_soon 5 "so that the attacker can connect" can_connect attacker "$V4" 22
server_stop
server_start
expect "what was unbanned stays so" not is_banned portscan "$A4"
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
