#!/bin/bash
# fail2ban's date detection against ours, on random lines. Argument: the programs' folder; F2B_SEED
# makes others, F2B_COUNT says how many.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
python=/usr/bin/python3
program=$bin/../tests/test-scan-date
[ -x "$program" ] && [ -x "$python" ] || { echo "SKIP: needs $program and $python"; exit 77; }
seed=${F2B_SEED:-815}
exec "$python" "$(dirname "$0")/dates.py" "$program" "$seed" "${F2B_COUNT:-4000}"
