#!/bin/bash
# Bans that hold: what is flushed comes back, a restart takes over, verify and repair.

. "$(dirname "$0")/lib.sh"

BANS=${F2B_HOLD_BANS:-10000}
lab_new
: >"$T/denied.log"
server_configure <<-END
	[portscan]
	enabled = true
	action = nft[name=portscan, type=allports]
	logpath = $T/denied.log
	maxretry = 3
	bantime = 3600

	[other]
	enabled = true
	filter = portscan
	action = nftables-allports[name=other]
	logpath = $T/denied.log
	maxretry = 1000
	bantime = 3600
END

elements() { victim nft list set inet f2b-table "$1" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+){3}' | wc -l; }
elements_are() { [ "$(elements "$1")" = "$2" ]; }
verify() { client status "$1" --verify | grep -qF -e "$2"; }
table_handle() { victim nft -a list tables | sed -n 's/.*f2b-table # handle //p'; }

server_start
listen 22
ban_many() {
	local i ips=()
	for ((i = 0; i < BANS; i++)); do
		ips+=("10.$((i >> 16)).$((i >> 8 & 255)).$((i & 255))")
	done
	printf '%s\n' "${ips[@]}" | xargs -n 2000 "$BIN/f2b-client" -c "$ETC" set portscan banip
}
expect "$BANS bans by hand" ban_many
expect "and the attacker's" client set portscan banip "$A4"
expect "are in the set" elements_are addr-set-portscan $((BANS + 1))
expect "the attacker cannot connect" not can_connect attacker "$V4" 22

victim nft flush ruleset
expect_soon 5 "after a flush all bans are back" elements_are addr-set-portscan $((BANS + 1))
expect "the attacker cannot connect" not can_connect attacker "$V4" 22
expect_soon 5 "the log says so" has "somebody took $((BANS + 1)) of $((BANS + 1)) bans out" "$LOG"
say "note: $(grep -o 'put back within .*' "$LOG" | head -n 1), of $BANS bans"

expect "verify finds no difference" verify portscan "$((BANS + 1)) there, 0 missing, 0 too many; rules complete"
expect "in the database neither" verify portscan "Database:	$((BANS + 1)) there, 0 missing, 0 too many"

# The other jail's action is of commands of nft, which nobody puts back unasked.
expect "bans by commands" client set other banip 203.0.113.1 203.0.113.2 203.0.113.3
victim nft delete element inet f2b-table addr-set-other '{ 203.0.113.2 }'
victim nft add element inet f2b-table addr-set-other '{ 203.0.113.9 }'
expect "verify sees what is wrong" verify other "2 there, 1 missing, 1 too many; rules complete"
expect "repair mends it" client repair other
expect "so that verify is content" verify other "3 there, 0 missing, 0 too many; rules complete"
victim nft delete table inet f2b-table
expect_soon 5 "the module's bans are back" elements_are addr-set-portscan $((BANS + 1))
expect "verify sees that the other's are gone" verify other "0 there, 3 missing, 0 too many; rules damaged"
expect "repair makes all anew" client repair other
expect "wholly" verify other "3 there, 0 missing, 0 too many; rules complete"

handle=$(table_handle)
expect "a stop that keeps" client stop --keep
soon 20 not kill -0 "$SERVER" || fail "the server does not stop"
wait "$SERVER" 2>/dev/null
SERVER=
expect "leaves the module's bans" elements_are addr-set-portscan $((BANS + 1))
expect "in force" not can_connect attacker "$V4" 22
victim nft delete element inet f2b-table addr-set-portscan '{ 10.0.0.7 }'
victim nft add element inet f2b-table addr-set-portscan '{ 203.0.113.77 }'
server_start
expect_soon 10 "a start takes over" has "$BANS bans were there, 1 were added, 1 removed" "$LOG"
expect "in the same table" [ "$(table_handle)" = "$handle" ]
expect "and the set is right" verify portscan "$((BANS + 1)) there, 0 missing, 0 too many; rules complete"
server_stop
expect "a plain stop leaves nothing" not rules_name f2b-
