#!/bin/bash
# Reloads while the log grows touch nothing that has not changed: no line is passed over, none comes
# twice, no ban is lifted or made again, and actions run nothing.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"
: >"$T/other.log"
configure() {
	server_configure <<-END
		[DEFAULT]
		filter = portscan
		maxretry = 3
		[portscan]
		enabled = true
		action = nftables-allports
		         told
		logpath = $T/denied.log
		[other]
		enabled = true
		action = told[name=other]
		logpath = $T/other.log
		findtime = $1
	END
}
configure 600
cat >"$ETC/action.d/told.conf" <<-END
	[Definition]
	actionstart = echo start <name> >>$T/told
	actionstop = echo stop <name> >>$T/told
	actionban = echo ban <ip> >>$T/told
	actionunban = echo unban <ip> >>$T/told
END
server_start
# Three lines of each of two hundred addresses, which come mixed.
writer() {
	local round i
	for round in 1 2 3; do
		for i in $(seq 200); do
			denied "10.0.0.$i" 23 1
			[ $((i % 20)) != 0 ] || sleep 0.05
		done
	done >>"$T/denied.log"
}
writer &
writer=$!
PIDS+=($writer)
reloads=0
while kill -0 $writer 2>/dev/null; do
	configure $((600 + reloads))
	[ "$(client reload)" = OK ] || fail "a reload failed"
	reloads=$((reloads + 1))
done
expect_soon 10 "$reloads reloads later every line was counted, once" jail_is portscan "Total failed" 600
expect_soon 10 "everybody is banned" jail_is portscan "Currently banned" 200
# Asked each time anew: the commands of the shell come one after the other.
told_all() { [ "$(grep -c '^ban ' "$T/told")" = 200 ]; }
expect_soon 60 "and each was told once" told_all
expect "nobody was let off" not has '^unban' "$T/told"
expect "no action was stopped" not has '^stop' "$T/told"
expect "nor one started again" test "$(grep -c '^start portscan' "$T/told")" = 1
expect "the jail that changed did" test "$(client get other findtime)" = $((599 + reloads))
expect "all are in the set" test "$(victim nft list set inet f2b-table addr-set-portscan | grep -o '10\.0\.0\.[0-9]*' | sort -u | wc -l)" = 200
server_stop
