#!/bin/bash
# Connections that a banned address already has: they go on where only new ones are looked at, unless
# they are to be ended.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"
jails() {
	server_configure <<-END
		[portscan]
		enabled = true
		action = iptables-new[name=portscan, port=7777, blocktype=DROP$1]
		logpath = $T/denied.log
	END
}

# Somebody talks to a server of the victim, a number every tenth of a second.
talk() {
	start_process "$T/said.$1" ip netns exec "$VICTIM" nc -4 -l 7777
	soon 5 sh -c "ip netns exec $VICTIM ss -Hltn 'sport = 7777' | grep -q 7777"
	start_process "$T/talk.out" ip netns exec "$ATTACKER" bash -c \
		"exec 3<>/dev/tcp/$V4/7777 || exit 1; i=0; while sleep 0.1; do echo \$((i++)) >&3 || exit; done"
	expect_soon 5 "the attacker talks to the server" test -s "$T/said.$1"
}
lines() { wc -l <"$T/said.$1"; }
goes_on() {
	local before=$(lines "$1")
	soon 3 eval '[ $(lines '"$1"') -ge '$((before + 3))' ]'
}
silent() {
	local before
	before=$(lines "$1")
	sleep 1
	[ "$(lines "$1")" = "$before" ]
}

# Connections are followed from the first rule on that asks for their state.
victim iptables -A OUTPUT -m conntrack --ctstate INVALID -j DROP 2>"$T/ct.out" ||
	skip "this kernel does not follow connections: $(tail -n 1 "$T/ct.out")"
jails ""
server_start
talk without
expect "a ban of new connections" client set portscan banip "$A4"
expect "leaves the connection that is there" goes_on without
expect "until it is lifted" client set portscan unbanip "$A4"
server_stop

for p in "${PIDS[@]}"; do
	end_process "$p"
done
jails ", end_connections=yes"
server_start
talk with
# A connection that was forgotten is not taken up again here.
taken_up="INPUT -p tcp --dport 7777 ! --syn -m conntrack --ctstate NEW -j DROP"
victim iptables -I $taken_up
expect "a look at what a ban would run" victim "$BIN/f2b-client" -c "$ETC" simulate portscan "$A4"
expect "ends no connection" goes_on with
victim iptables -D $taken_up
expect "with end_connections" client set portscan banip "$A4"
expect_soon 5 "the log tells of the end" has "[1-9] connections of banned addresses ended" "$LOG"
expect_soon 5 "nothing comes through any more" silent with
listen 22
expect "a bystander is not touched" can_connect bystander "$V4" 22
server_stop
