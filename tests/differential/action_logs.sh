#!/bin/bash
# What is logged of commands and how they end: a server of ours against fail2ban's own code. Argument:
# the programs' folder.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
python=/usr/bin/python3
[ -x "$python" ] || { echo "SKIP: there is no $python"; exit 77; }
exec "$python" "$(dirname "$0")/action_logs.py" "$bin"
