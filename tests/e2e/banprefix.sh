#!/bin/bash
# Networks that count and are banned in place of addresses.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"
server_configure <<-END
	[portscan]
	enabled = true
	action = nft[name=portscan, type=allports]
	logpath = $T/denied.log
	maxretry = 3
	banprefix = inet6/64
	ignoreip = 2001:db8:bad:1::77
END
server_start
for i in 1 2 3; do
	denied "2001:db8:bad::$i"
	denied "2001:db8:bad:1::$i"
	denied "198.51.100.$i"
done >>"$T/denied.log"
expect_soon 10 "three addresses of a network are one offender" is_banned portscan 2001:db8:bad::/64
expect_soon 5 "the kernel has the network" rules_name "elements = { 2001:db8:bad::/64"
expect "the log has the addresses as they were" has "Found 2001:db8:bad::2 - " "$LOG"
expect "addresses of the other family count for themselves" not has "Ban 198.51.100" "$LOG"
expect "a network with somebody to ignore is not banned" not has "Ban 2001:db8:bad:1:" "$LOG"
denied 2001:db8:bad:1::1 23 2 >>"$T/denied.log"
expect_soon 10 "but its addresses are" is_banned portscan 2001:db8:bad:1::1
denied 2001:db8:bad:1::77 23 5 >>"$T/denied.log"
expect_soon 10 "he is ignored" has "Ignore 2001:db8:bad:1::77 by ip" "$LOG"
expect "it can be asked for" [ "$(client get portscan banprefix)" = inet6/64 ]
sleep 0.3
server_stop
server_start
expect_soon 10 "the network is restored" has "Restore Ban 2001:db8:bad::/64" "$LOG"
expect_soon 5 "in the kernel" rules_name "elements = { 2001:db8:bad::/64"
expect "one of its addresses lifts it" client set portscan unbanip 2001:db8:bad::2
expect_soon 5 "wholly" not rules_name 2001:db8:bad::/64
expect "a wrong length is refused" not client set portscan banprefix inet6/300
expect "and changes nothing" [ "$(client get portscan banprefix)" = inet6/64 ]
server_stop
