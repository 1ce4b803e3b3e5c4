#!/bin/bash
# How failures become bans, and how long those last, held against the real server: random failures,
# random settings of maxretry, findtime, maxmatches and bantime.*, and histories in the database.
# They are the same each time, so that what fails is what was changed; F2B_LIFE_SEED gives others, F2B_LIFE_RUNS says how
# often. usage: jail_life.sh BIN
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
[ -x "$bin/f2b-server" ] || { echo "SKIP: $bin/f2b-server is not built"; exit 77; }
exec python3 "$(dirname "$0")/jail_life.py" "${reference_client%client}server" "$bin/f2b-server" \
	"${F2B_LIFE_SEED:-4752}" "${F2B_LIFE_RUNS:-1}"
