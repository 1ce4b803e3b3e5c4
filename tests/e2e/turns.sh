#!/bin/bash
# Commands of several jails take turns: nobody changes what one of them reads and writes anew.
# Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"

lab_new
jails=(a b c d)
plain_jails "${jails[@]/%/ count}"
cat >"$ETC/action.d/count.conf" <<-END
	[Definition]
	actionban = n=\$(cat $T/count); sleep .02; echo \$((n + 1)) >$T/count
	actionunban = n=\$(cat $T/count); sleep .02; echo \$((n - 1)) >$T/count
END
echo 0 >"$T/count"
count_is() { [ "$(cat "$T/count")" = "$1" ]; }

server_start
clients=()
for jail in "${jails[@]}"; do
	client set $jail banip 192.0.2.{1..5} >>"$T/out" 9>&- &
	clients+=($!)
done
wait "${clients[@]}"
expect_soon 20 "all bans are counted" count_is 20
client unban --all >>"$T/out"
expect_soon 20 "and all unbans" count_is 0
server_stop
