#!/bin/bash
# A reload takes up new settings and jails, and keeps bans, counters and rules.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"
: >"$T/other.log"
configure() {
	server_configure <<-END
		[portscan]
		enabled = true
		action = iptables[name=portscan]
		logpath = $T/denied.log
		maxretry = $1

		[other]
		enabled = $2
		filter = portscan
		banaction = nftables-allports
		action = %(action_)s
		         slow
		logpath = $T/other.log
		maxretry = 1
	END
}
configure 3 false
printf '[Definition]\nactionban = true\nactionstop = sleep 1\n' >"$ETC/action.d/slow.conf"
server_start
listen 22
denied "$A4" 23 3 >>"$T/denied.log"
denied "$B4" 23 1 >>"$T/denied.log"
expect_soon 10 "the attacker is banned" is_banned portscan "$A4"
expect_soon 5 "by a rule" rules_name "-A f2b-portscan -s $A4/32 -j REJECT"
expect_soon 10 "the other's failure is counted" jail_is portscan "Currently failed" 1
rules | grep -v counter >"$T/rules.before"

expect "the jail is told to pause" test "$(client set portscan idle on)" = True
configure 2 true
expect "reload answers OK" has '^OK$' <(client reload)
expect "the attacker is still banned" is_banned portscan "$A4"
same_rules() { rules | grep -v counter | cmp "$T/rules.before" -; }
expect_soon 5 "with the same rules" same_rules
expect "and cannot connect" not can_connect attacker "$V4" 22
expect "the new maxretry counts" test "$(client get portscan maxretry)" = 2
expect "the new jail is there" has other <(client status)

denied "$B4" 23 1 >>"$T/denied.log"
expect_soon 10 "it reads on, and the failure from before counts towards the new maxretry" is_banned portscan "$B4"
denied 192.0.2.99 23 1 >>"$T/other.log"
expect_soon 10 "the new jail bans" is_banned other 192.0.2.99
expect_soon 5 "in its set" rules_name 192.0.2.99

mapped_kb() { sed -n 's/^RssFile:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$SERVER/status"; }
falls() { [ "$(mapped_kb)" -lt "$before" ]; }
reload_and_look() { expect "another reload" has '^OK$' <(client reload) && before=$(mapped_kb); }
reload_and_look
# It may have been so quick that we saw nothing of it.
soon 15 falls || reload_and_look
expect_soon 15 "the code that a reload took is let go afterwards" falls

client stop other >"$T/stop.out" 2>&1 &
stopper=$!
is_stopping() { ! client set other maxretry 1 && client status other; }
expect_soon 5 "a jail that is told to stop takes nothing any more" is_stopping
expect "a reload meanwhile answers OK" has '^OK$' <(client reload)
wait "$stopper"
expect "whoever had it stopped is answered" has '^Jail stopped$' "$T/stop.out"
expect "it is there again" has other <(client status)
denied 192.0.2.98 23 1 >>"$T/other.log"
expect_soon 10 "and bans" is_banned other 192.0.2.98
expect "the one behind it has its regular expressions" has SRC= <(client get portscan failregex)

configure 2 false
expect "reload without it" has '^OK$' <(client reload)
expect "the jail is gone when it answers, however slowly it stops" not has other <(client status)
expect "and its rules" not rules_name addr-set-other
expect "the first one's bans are not" is_banned portscan "$A4"
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
