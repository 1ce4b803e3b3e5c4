#!/bin/bash
# Random configurations, read by fail2ban-client and by ours. Argument: the programs' folder. The same ones each time, so
# that what fails is what was changed; F2B_SEED gives others, F2B_COUNT says how many. F2B_ORACLE is the folder of a fail2ban
# that is not the installed one.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
python=/usr/bin/python3
[ -x "$python" ] || { echo "SKIP: there is no $python"; exit 77; }
[ -x "$bin/f2b-client" ] || { echo "SKIP: there is no $bin/f2b-client"; exit 77; }
exec "$python" "$(dirname "$0")/config_random.py" "$bin/f2b-client" \
	"${F2B_SEED:-20261127}" "${F2B_COUNT:-400}"
