#!/bin/bash
# The three ways to ban that a configuration names, nft, ipset and iptables, with each of their options:
# whom a ban keeps out of the victim, and of a guest behind it as containers are, over both families.
# Once with the iptables of nf_tables, and once with the legacy one.

. "$(dirname "$0")/lib.sh"

need ipset
lab_new
victim ipset create f2b-probe hash:net timeout 0 2>"$T/ipset.out" ||
	skip "no ip_set in this kernel: $(tail -n 1 "$T/ipset.out")"
victim ipset destroy f2b-probe

# The bystander is the guest: the victim passes on to it.
victim sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n "$ATTACKER" route add "$B4" via "$V4"
ip -n "$ATTACKER" -6 route add "$B6" via "$V6"
ip -n "$BYSTANDER" route add "$A4" via "$V4"
ip -n "$BYSTANDER" -6 route add "$A6" via "$V6"
listen 22
start_process "$T/nc.out" ip netns exec "$BYSTANDER" nc -4 -k -l 8080
start_process "$T/nc.out" ip netns exec "$BYSTANDER" nc -6 -k -l 8080
expect_soon 10 "the attacker reaches the guest" can_connect attacker "$B4" 8080
expect_soon 10 "also over IPv6" can_connect attacker "$B6" 8080

# Jail, what a ban closes (input, forward), action.
ROWS='
nft-in      input         nft[type=multiport, port="22,8000:8090"]
nft-one     input         nft[type=multiport, port=ssh, blocktype="reject with tcp reset"]
nft-both    input,forward nft[type=allports, chain_hook="input,forward", protocol="tcp,udp", blocktype=drop]
nft-pre     input,forward nft[type=allports, chain_hook=prerouting, chain_priority=-150, blocktype=drop]
nft-all     forward       nft[type=allports, chain_hook=forward, protocol=all]
set-in      input         ipset[type=multiport, port="22,8000:8090"]
set-both    input,forward ipset[type=allports, chain="INPUT,FORWARD", protocol="tcp,udp", blocktype=DROP]
set-docker  forward       ipset[type=multiport, port="22,8000:8090", chain=DOCKER-USER]
set-pre     input,forward ipset[type=allports, chain=PREROUTING, lockingopt="-w -t mangle", blocktype=DROP]
ipt-in      input         iptables[type=new, port=22]
ipt-one     input         iptables[type=oneport, port=22, blocktype=REJECT]
ipt-both    input,forward iptables[type=multiport, port="22,8000:8090", chain="INPUT,FORWARD", protocol="tcp,udp", blocktype=DROP]
ipt-docker  forward       iptables[type=allports, chain=DOCKER-USER]
ipt-pre     input,forward iptables[type=allports, chain=PREROUTING, lockingopt="-w -t mangle", blocktype=DROP]
'

configure() {
	local jail closes action
	{
		printf '%s\n' '[DEFAULT]' 'filter = portscan' "logpath = $T/denied.log" 'bantime = 600'
		while read -r jail closes action; do
			[ -z "$jail" ] || printf '%s\n' "[$jail]" 'enabled = true' "action = $action"
		done <<<"$ROWS"
	} | server_configure
}

# closed CLOSES: exactly these ways to the victim and to its guest are closed to the attacker.
closed() {
	local way address port
	for way in "input $V4 22" "input $V6 22" "forward $B4 8080" "forward $B6 8080"; do
		read -r way address port <<<"$way"
		if [[ ",$1," == *",$way,"* ]]; then
			reaches "$address" "$port" && return 1
		else
			soon 5 reaches "$address" "$port" || return 1
		fi
	done
	return 0
}
reaches() { attacker nc -n -z -w 1 "$1" "$2"; }
no_failure() { not grep -e ERROR -e CRITICAL "$LOG"; }
nothing_left() { [ -z "$(rules | grep -e f2b -e addr-set; victim ipset list -n)" ]; }

# Each jail bans the attacker by his addresses, then by a network that he is in.
try_all() {
	local jail closes action
	while read -r jail closes action; do
		[ -n "$jail" ] || continue
		expect "$jail bans" client set "$jail" banip "$A4" "$A6"
		expect "and closes $closes" closed "$closes"
		expect "it lets go" client set "$jail" unbanip "$A4" "$A6"
		expect "and opens" closed nothing
		expect "it bans a network" client set "$jail" banip 192.0.2.8/30 2001:db8::10/124
		expect "with the same effect" closed "$closes"
		expect "lets go" client set "$jail" unbanip 192.0.2.8/30 2001:db8::10/124
		expect "and opens" closed nothing
	done <<<"$ROWS"
	expect "no command failed" no_failure
}

docker_chains() {
	local tool
	for tool in iptables ip6tables; do
		victim $tool -w -N DOCKER-USER
		victim $tool -w -A DOCKER-USER -j RETURN
		victim $tool -w -I FORWARD -j DOCKER-USER
	done
}
docker_chains_end() {
	local tool
	for tool in iptables ip6tables; do
		victim $tool -w -D FORWARD -j DOCKER-USER
		victim $tool -w -F DOCKER-USER
		victim $tool -w -X DOCKER-USER
	done
}

: >"$T/denied.log"
configure
docker_chains
server_start
try_all
server_stop
expect "nothing of f2b is left" nothing_left
docker_chains_end

legacy=$(command -v xtables-legacy-multi) || { say "note: no legacy iptables here"; exit 0; }
mkdir "$T/bin"
for tool in iptables ip6tables iptables-restore ip6tables-restore iptables-save ip6tables-save; do
	ln -s "$legacy" "$T/bin/$tool"
done
export PATH="$T/bin:$PATH"
victim iptables -w -S >"$T/legacy.out" 2>&1 || { say "note: $(tail -n 1 "$T/legacy.out")"; exit 0; }
ROWS=$(grep -e '^set' -e '^ipt' <<<"$ROWS")
configure
docker_chains
server_start
say "with $(victim iptables -V)"
try_all
server_stop
expect "nothing of f2b is left" nothing_left
