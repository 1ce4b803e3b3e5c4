#!/bin/bash
# To look at many lines together, for literals and at how they begin, makes no difference: every filter of
# ours, and every one of fail2ban's, on the sample logs of all and on a log as a service writes it.
# Arguments: the programs' folder. Without F2B_ORACLE, a folder with fail2ban's configuration and sample
# logs, there are no logs to read, and the test is skipped.
set -u
. "$(dirname "$0")/lib_programs.sh"
here=$(cd "$(dirname "$0")" && pwd)
oracle=${F2B_ORACLE:-}
ways=$bin/../tests/scan_ways
[ -n "$oracle" ] && [ -d "$oracle/samples" ] || {
	echo "SKIP: F2B_ORACLE names no folder with sample logs"
	exit 77
}
[ -x "$ways" ] || {
	echo "SKIP: $ways was not built"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC

# The samples, with many lines between that nobody wants, which is what most of a log is; the second time
# without those beyond ASCII, for which a block is read line by line.
find -L "$oracle/samples" -type f | sort | while read -r log; do
	grep -hav '^#' "$log"
done >"$work/samples"
fill() {
	awk -v now="$(date +%s)" '{ print }
	NR % 150 == 0 { for (i = 0; i < 3000; i++)
		printf "%s host daemon[%d]: nothing of note\n", strftime("%b %d %H:%M:%S", now + i / 300), i }'
}
fill <"$work/samples" >"$work/log"
LC_ALL=C grep -av '[^ -~]' "$work/samples" | fill >"$work/ascii"
status=0
for config in "$here/../.." "$oracle/etc/fail2ban"; do
	for log in log ascii; do
		"$ways" "$config" "$work/$log" || status=1
	done
done
exit "$status"
