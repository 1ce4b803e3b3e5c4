#!/bin/bash
# Files that nobody would write in good faith, in a configuration that is good otherwise.
# Usage: hostile_files.sh BIN_DIR
exec python3 "$(dirname "$0")/hostile_files.py" "$1/f2b-client"
