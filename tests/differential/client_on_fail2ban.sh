#!/bin/bash
# Our client on fail2ban's server prints what fail2ban's client prints.
# Usage: client_on_fail2ban.sh BIN_DIR; F2B_ORACLE is the folder of a fail2ban that is not in PATH.
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_story.sh"

story_server "$top/a" "$oracle_server"
story_server "$top/b" "$oracle_server"
story_tell "$top/a" "$oracle_client" "$top/want" &
teller=$!
story_tell "$top/b" "$bin/f2b-client" "$top/got"
wait "$teller"
story_compare "$top/want" "$top/got"
