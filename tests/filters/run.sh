#!/bin/bash
# The filters of filter.d find in lines as the services write them whom they must, and nobody else.
# usage: run.sh REGEX-TOOL [NAME...], where the tool is f2b-regex, or fail2ban-regex, which must read our
# filters as we do. Every filter has a file NAME.rows here, that says
#
#	filter NAME[OPTIONS]
#	192.0.2.1	Mar 14 10:00:00 vm sshd[1]: a line whose failure is of that address
#	-	Mar 14 10:00:00 vm sshd[1]: one without
#
# address and line with a tab between them. The lines up to the next "filter" are one log. Their dates
# are past ones: a failure without a date happens now, and so tells that the filter does not see it.
set -u
export LC_ALL=C.UTF-8 TZ=UTC
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
[ -x "$(command -v "${1:-}")" ] || { echo "usage: $0 REGEX-TOOL [NAME...]" >&2; exit 2; }
tool=$1
shift
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mkdir "$top/etc"
ln -s "$source/filter.d" "$top/etc/filter.d"
begin=$(date +%s)
logs=0 bad=0

# search FILTER LOG: the address of each failure, a line each
search() {
	"$tool" -c "$top/etc" --usedns no -o '<ip> <time>' "$2" "$1" 2>"$top/err" |
		awk -v begin="$begin" '{ print $1 ($2 >= begin ? " without its date" : "") }'
	return "${PIPESTATUS[0]}"
}

# Runs the log that was gathered from a file.
finish() {
	[ -n "$filter" ] || return 0
	logs=$((logs + 1))
	search "$filter" "$top/log" >"$top/found" || {
		echo "$filter: $(basename "$tool") fails: $(tail -n 5 "$top/err")"
		bad=$((bad + 1))
		return
	}
	diff "$top/want" "$top/found" >"$top/diff" && return
	echo "$filter (< missed, > found without reason):"
	grep '^[<>]' "$top/diff"
	bad=$((bad + 1))
}

for filter in "$source"/filter.d/*.conf; do
	name=$(basename "$filter" .conf)
	[[ $name == *common ]] || [ -s "$here/$name.rows" ] || { echo "$name: there is no $name.rows"; bad=$((bad + 1)); }
	grep -q "^| \`$name\(\.conf\)\?\` " "$source/docs/filters.md" ||
		{ echo "$name: docs/filters.md does not name it"; bad=$((bad + 1)); }
done
if [ $# = 0 ]; then
	set -- "$here"/*.rows
	set -- "${@##*/}"
fi
for name; do
	filter=
	while IFS= read -r row; do
		case $row in
		'' | '#'*) ;;
		*$'\t'*)
			printf '%s\n' "${row#*$'\t'}" >>"$top/log"
			[ "${row%%$'\t'*}" = - ] || printf '%s\n' "${row%%$'\t'*}" >>"$top/want"
			;;
		'filter '*)
			finish
			filter=${row#filter }
			: >"$top/log"
			: >"$top/want"
			;;
		*) echo "$name: not a row: $row"; bad=$((bad + 1)) ;;
		esac
	done <"$here/${name%.rows}.rows"
	finish
done
echo "$logs logs, $bad complaints"
[ "$logs" -gt 0 ] && [ "$bad" = 0 ]
