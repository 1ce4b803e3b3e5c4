#!/bin/bash
# Python's re against our translation of it, on random regexes. Argument: the programs' folder;
# F2B_SEED makes others, F2B_COUNT says how many pairs of a regex and a line.
set -u
. "$(dirname "$0")/lib_programs.sh"
python=/usr/bin/python3
program=$bin/../tests/test-scan-pattern
here=$(dirname "$0")
[ -x "$program" ] || { echo "SKIP: needs $program"; exit 77; }
# What is translated is the dialect of 3.11; before it refused less, and later versions differ in words.
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || {
	echo "SKIP: $python is not 3.11"
	exit 77
}
exec "$python" "$here/pyre.py" "$program" "$here/../../filter.d" "${F2B_SEED:-5842}" "${F2B_COUNT:-20000}"
