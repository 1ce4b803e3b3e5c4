#!/bin/bash
# Many jails whose actions share one table of nftables start and stop at once: none takes it from another.
# Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"

lab_new
jails=(a b c d e f g h)
plain_jails "${jails[@]/%/ nftables-allports[name=%(__name__)s]}"

# Each of them makes its sets with the first ban, while others make or remove theirs.
ban_at_once() {
	local jail clients=()
	for jail in "${jails[@]}"; do
		client set $jail banip 192.0.2.77 2001:db8::77 >>"$T/out" 9>&- &
		clients+=($!)
	done
	wait "${clients[@]}"
}
all_in() { [ "$(victim nft list ruleset | grep -c "$1")" = ${#jails[@]} ]; }
no_failure() { not grep -e ERROR -e CRITICAL "$LOG"; }

# The starts are done without a shell, or by shells that run beside each other.
for way in on off on off; do
	F2B_FASTPATH=$way server_start
	ban_at_once
	expect "every jail has its ban" all_in 192.0.2.77
	expect "of both families" all_in 2001:db8::77
	server_stop
	expect "no command failed" no_failure
	expect "nothing remains" not rules_name f2b-
done
