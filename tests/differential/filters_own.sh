#!/bin/bash
# fail2ban reads our own filters as f2b does: tests/filters, with its regex tool. usage: filters_own.sh BIN
set -u
export LC_ALL=C.UTF-8
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"

exec bash "$(dirname "$0")/../filters/run.sh" "$(command -v "${reference_client%-client}-regex")"
