#!/bin/bash
# fail2ban's client on our server gets what it gets from fail2ban's server.
# Usage: fail2ban_on_server.sh BIN_DIR; F2B_ORACLE is the folder of a fail2ban that is not in PATH.
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_story.sh"

story_server "$top/a" "$oracle_server"
story_server "$top/b" "$bin/f2b-server"
story_tell "$top/a" "$oracle_client" "$top/want" &
teller=$!
story_tell "$top/b" "$oracle_client" "$top/got"
wait "$teller"
# What the logs tell of dates goes with it.
for i in a b; do
	[ $i = a ] && out=$top/want || out=$top/got
	grep -o 'INFO .* date pattern.*' "$top/$i/server.log" >>"$out"
done
story_compare "$top/want" "$top/got"
