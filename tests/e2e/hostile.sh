#!/bin/bash
# Hostile text in matches, users, host names and names of jails, through every stock action and one
# with all tags, with a shell that only records how it is called. Argument: the programs' folder;
# F2B_COUNT says how many texts (2000), F2B_SEED makes others. The stock actions are our own, and
# those of F2B_ORACLE or of an installed fail2ban.
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
[ "$(id -u)" = 0 ] || { echo "SKIP: a shell of our own needs a mount namespace, and that root"; exit 77; }
command -v cc >/dev/null || { echo "SKIP: there is no compiler for the recorder"; exit 77; }
unshare --mount --net true 2>/dev/null || { echo "SKIP: no namespaces here"; exit 77; }
theirs=
for dir in /etc/fail2ban/action.d ${F2B_ORACLE:+"$F2B_ORACLE/etc/fail2ban/action.d"}; do
	[ -e "$dir/iptables.conf" ] && theirs=$dir
done
T=$(mktemp -d /tmp/f2b-hostile.XXXXXX)
trap 'rm -rf "$T"' EXIT
cc -O1 -o "$T/sh" "$here/shell_recorder.c" || exit 1
for actions in "$here/../../action.d" ${theirs:+"$theirs"}; do
	mkdir "$T/run"
	cp "$T/sh" "$T/run"
	unshare --mount --net /usr/bin/python3 "$here/hostile.py" "$bin" "$actions" "$T/run" "${F2B_COUNT:-2000}" \
		"${F2B_SEED:-1}" || exit 1
	rm -r "$T/run"
done
