#!/bin/bash
# A port scan ends in a ban with no syslog daemon and no log file: the server reads the kernel's log itself.

. "$(dirname "$0")/lib-portscan.sh"

need nmap
lab_new
firewall_up
kernel_log_up
[ -r /dev/kmsg ] || skip "/dev/kmsg cannot be read here"
listen 22
# The kernel's log is the whole machine's, and goes back to the tests before: only our interface counts.
server_configure <<-END
	[portscan]
	enabled = true
	backend = kmsg
	action = nft[type=allports]
	maxretry = 3
	ignoreregex = ^(?!.*IN=$ATTACKED )
END
recipe_filter
server_start
monitor_up
expect "the log says what is read" has "\[portscan\] Reading from kmsg" "$LOG"
expect "the attacker can connect before" can_connect attacker "$V4" 22
started=$EPOCHREALTIME
scan "$V4" >"$T/nmap.out" 2>&1
expect_soon 15 "the attacker is banned" is_banned portscan "$A4"
say "from the start of nmap to the ban: $(ms "$started" "$(ban_moment "$A4")") ms"
expect "it cannot connect any more" not can_connect attacker "$V4" 22
expect "a bystander can" can_connect bystander "$V4" 22

# What was read is not read again, and the ban is still there.
other_logged "$V6" "$A6"
failed=$(grep -c "\[portscan\] Found" "$LOG")
server_stop
server_start
expect "the ban is back after a restart" is_banned portscan "$A4"
other_logged "$V6" "$A6"
expect "no line was counted twice" test "$(grep -c "\[portscan\] Found" "$LOG")" = $((failed + 1))
server_stop
expect "nothing of f2b is left in the firewall" not rules_name f2b-
