#!/bin/bash
# Log rotation, by renaming and by truncating, loses no line and counts none twice.

. "$(dirname "$0")/lib.sh"

lab_new
log=$T/denied.log
: >"$log"
server_configure <<-END
	[portscan]
	enabled = true
	action = nftables-allports
	logpath = $log
	maxretry = 5
END
server_start

denied "$A4" 23 2 >>"$log"
expect_soon 10 "two lines before the rotation" jail_is portscan "Total failed" 2

mv "$log" "$log.1"
denied "$A4" 24 1 >"$log"
expect_soon 20 "one more in the new file" jail_is portscan "Total failed" 3

denied "$A4" 25 1 >>"$log"
expect_soon 10 "and its next one" jail_is portscan "Total failed" 4
expect "four are not enough" not is_banned portscan "$A4"

cp "$log" "$log.2"
: >"$log"
denied "$A4" 26 1 >>"$log"
expect_soon 20 "the first after truncation is the fifth" is_banned portscan "$A4"
expect "no line was counted twice" jail_is portscan "Total failed" 5
expect "the file is still watched" has "$log" <(client status portscan)
server_stop
