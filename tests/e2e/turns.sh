#!/bin/bash
# Commands of several jails take turns: nobody changes what one of them reads and writes anew.
# Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"

lab_new
jails=(a b c d)
{
	printf '%s\n' '[DEFAULT]' 'filter = plain' "logpath = $T/log" 'backend = polling' 'action = count'
	for jail in "${jails[@]}"; do
		printf '[%s]\nenabled = true\n' $jail
	done
} | server_configure
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <HOST>$
END
cat >"$ETC/action.d/count.conf" <<-END
	[Definition]
	actionban = n=\$(cat $T/count); sleep .02; echo \$((n + 1)) >$T/count
	actionunban = n=\$(cat $T/count); sleep .02; echo \$((n - 1)) >$T/count
END
: >"$T/log"
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
