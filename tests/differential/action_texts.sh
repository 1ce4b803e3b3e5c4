#!/bin/bash
# Every stock action of fail2ban: the commands that ours would run, against those that fail2ban's own
# code makes, for a matrix of tickets. Argument: the programs' folder. The action files are those of
# the reference and, where a fail2ban is installed beside it, also that one's.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
python=/usr/bin/python3
[ -x "$python" ] || { echo "SKIP: there is no $python"; exit 77; }
sets=()
for dir in ${F2B_ORACLE:+"$F2B_ORACLE/etc/fail2ban/action.d"} /etc/fail2ban/action.d; do
	[ -e "$dir/iptables.conf" ] && sets+=("$dir")
done
[ ${#sets[@]} -gt 0 ] || { echo "SKIP: no stock actions are here"; exit 77; }
# Names of addresses come from /etc/hosts or not at all.
[ "$(id -u)" = 0 ] && alone=(unshare --net)
exec "${alone[@]}" "$python" "$(dirname "$0")/action_texts.py" "$bin/f2b-client" "${sets[@]}"
