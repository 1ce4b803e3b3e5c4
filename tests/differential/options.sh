#!/bin/bash
# The table of options and the arithmetic of durations, held against the modules of fail2ban.
# Argument: the programs' folder; F2B_SEED repeats a run, F2B_COUNT says how many durations.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
python=/usr/bin/python3
[ -x "$python" ] || { echo "SKIP: there is no $python"; exit 77; }
[ -x "$bin/f2b-client" ] || { echo "SKIP: there is no $bin/f2b-client"; exit 77; }
exec "$python" "$(dirname "$0")/options.py" "$bin/f2b-client" "${F2B_SEED:-1}" "${F2B_COUNT:-300}"
