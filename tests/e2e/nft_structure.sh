#!/bin/bash
# What the start of the nftables action makes is the same without a shell as with one, whatever its
# parameters are, and so is what its stop leaves: with our action files, and with those of fail2bans that are here.
# Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"

lab_new

# Each jail has a table of its own. The commands of the last three are ones that only a shell knows.
actions=(
	'nftables'
	'nftables-multiport[port="ssh,80:90", protocol="tcp"]'
	'nftables-multiport[port="1:65535"]'
	'nftables-multiport[port="22,80,443", protocol="tcp,udp,sctp"]'
	'nftables-allports'
	'nftables-allports[protocol="tcp,udp"]'
	'nftables-allports[blocktype=drop]'
	'nftables-allports[blocktype="counter drop"]'
	'nftables-multiport[port="80-90,85", blocktype="reject with tcp reset"]'
	'nftables-multiport[port="80-90,91,92", blocktype="reject with icmpx admin-prohibited"]'
	'nftables[chain_hook=forward, chain_priority=10]'
	'nftables[chain_hook=prerouting, chain_priority=-300, addr_options=""]'
	'nftables[type=custom, rule_match-custom="tcp dport 22"]'
	'nftables[type=custom, rule_match-custom="udp sport 22"]'
	'nftables[rule_stat="<match> <addr_family> saddr @<addr_set> counter <blocktype>"]'
	'nftables[chain_priority=filter]'
	'nftables-allports[blocktype="limit rate 1/second drop"]'
)
only_shell=3

jails=()
for i in "${!actions[@]}"; do
	jails+=("j$i $(with "${actions[i]}" "name=j$i, table=t$i")")
done

# A ban of each family in each jail, one jail after the other.
ban_in_all() {
	local i
	for i in "${!actions[@]}"; do
		client set j$i banip 192.0.2.77 2001:db8::77 >/dev/null
		soon 2 both_in t$i || fail "no ban with ${actions[i]}"
	done
}
both_in() { [ "$(victim nft list table inet "$1" | grep -c -e 192.0.2.77 -e 2001:db8::77)" = 2 ]; }
done_directly() { [ "$(grep 'done without a shell' "$LOG" | grep -vc 'add element')" = "$1" ]; }

# Jails that share a table, two of them with names that begin alike; one has lost its set.
shared=(
	"ssh $(with nftables 'name=ssh')"
	"ssh2 $(with nftables 'name=ssh2')"
	"lost $(with nftables 'name=lost')"
	"last $(with nftables 'name=last')"
)
one_set=("one $(with nftables 'name=one, addr_set=both')" "two $(with nftables 'name=two, addr_set=both')")
set_has() { [ "$(victim nft list set inet f2b-table both | grep -o '192\.0\.2\.7[0-9]' | wc -l)" = "$1" ]; }
use_files() {
	rm -rf "$ETC"
	plain_jails "$@"
	echo 'loglevel = DEBUG' >>"$ETC/fail2ban.local"
	rm -r "$ETC/action.d" && cp -r "$files" "$ETC/action.d"
}
both_in_f2b() { [ "$(victim nft list table inet f2b-table | grep -c -e 192.0.2.77 -e 2001:db8::77)" = "$1" ]; }
lose_set() {
	victim nft flush chain inet f2b-table f2b-chain
	victim nft delete set inet f2b-table addr-set-lost
	victim nft add rule inet f2b-table f2b-chain ip saddr @addr-set-ssh2 counter drop comment mine
	victim nft add rule inet f2b-table f2b-chain ip6 saddr @addr6-set-last drop
	victim nft add rule inet f2b-table f2b-chain meta mark set 1
}

for files in "$SOURCE/action.d" /etc/fail2ban/action.d ${F2B_ORACLE:+"$F2B_ORACLE/etc/fail2ban/action.d"}; do
	[ -e "$files/nftables.conf" ] || continue
	use_files "${jails[@]}"
	for way in off on; do
		: >"$LOG"
		rm -f "$T/f2b.sqlite3"
		F2B_FASTPATH=$way server_start
		ban_in_all
		victim nft list ruleset >"$T/$way"
		[ $way = on ] && starts=$(((${#actions[@]} - only_shell) * 2)) || starts=0
		expect "$files, fast path $way: $starts starts without a shell" done_directly $starts
		: >"$LOG"
		server_stop
		[ $way = on ] && stops=$((${#actions[@]} * 4)) || stops=0
		expect "$files, fast path $way: $stops flushes and stops without a shell" done_directly $stops
		expect "nothing remains" test -z "$(victim nft list ruleset)"
	done
	expect "$files: the same rules" diff "$T/off" "$T/on"
	expect "$files: a rule is as it is wanted" has 'ip saddr @addr-set-j[0-9]* counter packets 0 bytes 0 reject' "$T/on"

	use_files "${shared[@]}"
	for way in off on; do
		: >"$LOG"
		rm -f "$T/f2b.sqlite3"
		F2B_FASTPATH=$way server_start
		for jail in ssh ssh2 lost last; do client set $jail banip 192.0.2.77 2001:db8::77 >/dev/null; done
		expect_soon 5 "$files, fast path $way: bans in one table" both_in_f2b 8
		client stop ssh >/dev/null
		victim nft list ruleset >"$T/$way.shared"
		lose_set
		for jail in lost ssh2; do
			client stop $jail >/dev/null
			victim nft list ruleset >"$T/$way.$jail"
		done
		expect "that its set was gone is told" has "No such file or directory" "$LOG"
		server_stop
		expect "nothing remains" test -z "$(victim nft list ruleset)"
	done
	for left in shared lost ssh2; do
		expect "$files: the same remains, $left" diff "$T/off.$left" "$T/on.$left"
	done

	use_files "${one_set[@]}"
	for way in off on; do
		rm -f "$T/f2b.sqlite3"
		F2B_FASTPATH=$way server_start
		client set one banip 192.0.2.77 >/dev/null
		client set two banip 192.0.2.78 >/dev/null
		expect_soon 5 "$files, fast path $way: a start leaves others' bans in a set that is no jail's own" set_has 2
		server_stop
	done
done
