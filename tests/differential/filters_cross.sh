#!/bin/bash
# Every stock filter against the sample logs of all filters, one behind the other: the same failures, of
# the same lines, in both. Argument: the programs' folder. Without F2B_ORACLE, a folder with fail2ban's
# programs, configuration and sample logs, there are none to read, and the test is skipped. F2B_SEED
# chooses others; F2B_COUNT says how many filters, "all" for every one. That takes some minutes, so
# F2B_SLICE=2/5 makes it the second fifth of them.
set -u
. "$(dirname "$0")/lib_programs.sh"
oracle=${F2B_ORACLE:-}
[ -n "$oracle" ] && [ -d "$oracle/samples" ] && [ -x "$bin/f2b-regex" ] || {
	echo "F2B_ORACLE names no folder with sample logs"
	exit 77
}
seed=${F2B_SEED:-1}
count=${F2B_COUNT:-3}
config=$oracle/etc/fail2ban
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
begin=$(date +%s)
echo "seed $seed, $count filters, slice ${F2B_SLICE:-1/1}"
export LC_ALL=C.UTF-8 TZ=UTC

for filter in "$config"/filter.d/*.conf; do
	# what only others include is no filter
	grep -q '^failregex' "$filter" && [[ $filter != *-common.conf ]] || continue
	basename "$filter"
	grep -q '^mdre-aggressive' "$filter" && echo "$(basename "$filter")[mode=aggressive]"
done >"$work/all"
random() { shuf --random-source=<(yes "$seed") "$@"; }
# In a random order, as what came before has a say in which dates are looked for.
find -L "$oracle/samples" -type f | sort | random | while read -r log; do
	grep -hav '^#' "$log"
done >"$work/log"
if [ "$count" = all ]; then
	cat "$work/all"
else
	random -n "$count" "$work/all"
fi | awk -v slice="${F2B_SLICE:-1/1}" 'BEGIN { split(slice, s, "/") } NR % s[2] == s[1] % s[2]' >"$work/filters"

# failures PROGRAM FILTER. Names are taken as they are, so that the network has no say. Whole seconds are
# printed in either way, and a line without a date happens now.
failures() {
	"$1" -c "$config" --usedns raw -o '<fid> <time> <ip> <F-USER> <F-MLFID> <msg>' "$work/log" \
		"$config/filter.d/$2" 2>/dev/null |
		awk -v begin="$begin" '$2 ~ /^[0-9.]+$/ { $2 = $2 >= begin ? "now" : $2 + 0 } { print }'
}

# Says how many failures there were, and shows what differs.
compare() {
	failures "$oracle/bin/fail2ban-regex" "$1" >"$work/$1.theirs"
	failures "$bin/f2b-regex" "$1" >"$work/$1.ours"
	wc -l <"$work/$1.theirs"
	cmp -s "$work/$1.theirs" "$work/$1.ours" && return
	echo "$1:"
	diff "$work/$1.theirs" "$work/$1.ours" | head -n 6
}
export -f compare failures
export oracle bin config work begin
xargs -P "$(nproc)" -n 1 bash -c 'compare "$0"' <"$work/filters" >"$work/out"
hits=$(grep -xE '[0-9]+' "$work/out" | awk '{ n += $1 } END { print n + 0 }')
grep -vxE '[0-9]+' "$work/out" | head -n 60
bad=$(grep -cE '^[a-z0-9-]+\.conf.*:$' "$work/out")
echo "$(wc -l <"$work/filters") filters on $(wc -l <"$work/log") lines, $hits failures, $bad differ"
[ "$bad" = 0 ]
