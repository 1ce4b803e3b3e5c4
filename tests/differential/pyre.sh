#!/bin/bash
# Python's re against our translation of it, on random regexes. Argument: the programs' folder;
# F2B_SEED repeats a run.
set -u
python=/usr/bin/python3
program=$1/../tests/test-scan-pattern
[ -x "$program" ] || exit 77
# What is translated is the dialect of 3.11; before it refused less, and later versions differ in words.
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || exit 77
exec "$python" "$(dirname "$0")/pyre.py" "$program" ${F2B_SEED:-} 
