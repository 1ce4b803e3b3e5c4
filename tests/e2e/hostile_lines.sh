#!/bin/bash
# What lines that were built to make a filter backtrack cost. Argument: the programs' folder. F2B_SEED
# repeats a run, F2B_COUNT says how many lines a filter, F2B_ORACLE names a folder with fail2ban's
# filters and sample logs, which are taken then instead of our own filters.
set -u
bin=$1
here=$(dirname "$0")
config=$here/../..
samples=-
if [ -n "${F2B_ORACLE:-}" ] && [ -d "$F2B_ORACLE/samples" ]; then
	config=$F2B_ORACLE/etc/fail2ban
	samples=$F2B_ORACLE/samples
fi
exec python3 "$here/hostile_lines.py" "$bin/f2b-regex" "$config" "$samples" "${F2B_SEED:-1}" "${F2B_COUNT:-10}"
