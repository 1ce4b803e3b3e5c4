#!/bin/bash
# Jails whose actions have one name keep their bans in one chain or set, as recipes that are copied for
# several jails have it: none of them empties it, when it starts, is repaired or stops.
# Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"

lab_new

# All that is in force, also in sets of ipset.
in_force() { { rules; victim ipset list; } 2>/dev/null | grep -qF -e "$1"; }

actions=(iptables iptables-multiport iptables-allports nftables nftables-allports nft)
modules=$(victim ipset list -n >/dev/null 2>&1 && echo "ipset iptables-ipset")
for action in "${actions[@]}" $modules iptables-multiport-log; do
	plain_jails "a $action[name=SSH]" "b $action[name=SSH]" "c $action[name=other]"
	for fast in on off; do
		F2B_FASTPATH=$fast server_start
		client set a banip 192.0.2.1 2001:db8::1 >/dev/null
		client set b banip 192.0.2.2 2001:db8::2 >/dev/null
		client set c banip 192.0.2.3 2001:db8::3 >/dev/null
		for who in 192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2 2001:db8::3; do
			expect_soon 10 "$action, fast path $fast: $who is shut out" in_force $who
		done
		client repair a >"$T/repaired"
		expect "bans of others are not too many" not grep -q '[1-9] too many' "$T/repaired"
		expect "and a repair leaves them" in_force 192.0.2.2
		expect "in both families" in_force 2001:db8::2
		client stop a >/dev/null
		expect_soon 10 "with a jail go its bans" not in_force 192.0.2.1
		expect "and no other's" in_force 192.0.2.2
		expect "of both families" in_force 2001:db8::2
		client unban --all >/dev/null
		client set b banip 192.0.2.4 >/dev/null
		expect_soon 10 "who stayed goes on" in_force 192.0.2.4
		server_stop
		expect "nothing remains" not in_force f2b-
		expect "no command failed" not grep -e ERROR -e CRITICAL "$LOG"
		rm -f "$T/f2b.sqlite3"
	done
done

# What a crash left is still known: who is free meanwhile does not stay shut out.
plain_jails "a iptables[name=SSH, bantime=3]" "b iptables[name=SSH]"
sed -i '/^\[a\]/a bantime = 3' "$ETC/jail.local"
server_start
client set a banip 192.0.2.1 >/dev/null
client set b banip 192.0.2.2 >/dev/null
expect_soon 10 "two are shut out" in_force 192.0.2.2
kill -9 "$SERVER"
wait "$SERVER" 2>/dev/null
sleep 4
expect "the rules stay after a crash" in_force 192.0.2.1
server_start
expect_soon 10 "whose time is over is free" not in_force 192.0.2.1
expect_soon 10 "the other is not" in_force 192.0.2.2
server_stop
expect "nothing remains of it" not in_force f2b-

# Nor does one hinder the other whose start fails.
tried_twice() { [ "$(grep -c "Failed to execute ban jail 'a'" "$LOG")" -ge 2 ]; }
plain_jails "a iptables[name=SSH, port=nosuch]" "b iptables[name=SSH]"
rm -f "$T/f2b.sqlite3"
server_start
client set a banip 192.0.2.1 >/dev/null
expect_soon 10 "a start fails" has "Failed to execute ban jail 'a'" "$LOG"
client set b banip 192.0.2.2 >/dev/null
expect_soon 10 "another one does not" in_force 192.0.2.2
client set a banip 192.0.2.3 >/dev/null
expect_soon 10 "though that one is tried again" tried_twice
expect "it takes nobody out" in_force 192.0.2.2
server_stop
