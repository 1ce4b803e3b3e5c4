#!/bin/bash
# fail2ban reads our whole configuration set, with every jail on, as the commands that f2b makes of it.
# usage: config_own.sh BIN
set -u
export LC_ALL=C.UTF-8
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"

top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
own_configuration "$top"
: >"$top/log"
for jail in $(sed -n 's/^\[\(.*\)\]$/\1/p' "$top/jail.conf" | grep -vxE 'INCLUDES|DEFAULT'); do
	printf '[%s]\nenabled = true\nbackend = polling\nlogpath = %s\n' "$jail" "$top/log"
done >"$top/jail.local"

"$reference_client" -c "$top" -d >"$top/wanted" 2>"$top/errors" || { cat "$top/errors"; exit 1; }
"$bin/f2b-client" -c "$top" -d >"$top/got" 2>"$top/errors" || { cat "$top/errors"; exit 1; }
[ "$(wc -l <"$top/wanted")" -gt 1000 ] || { echo "FAIL: fail2ban makes $(wc -l <"$top/wanted") commands"; exit 1; }
diff "$top/wanted" "$top/got" || { echo "FAIL: the commands differ"; exit 1; }
echo "ok: $(grep -c "^\['add'" "$top/got") jails, $(wc -l <"$top/got") commands"

# Where an administrator has edited fail2ban's paths, these stay, and our jail.conf has all its names from them.
cp "${F2B_ORACLE:-}"/etc/fail2ban/paths-*.conf "$top"
rm "$top/jail.local"
"$bin/f2b-client" -c "$top" -t >"$top/errors" 2>&1 || { cat "$top/errors"; exit 1; }
echo "ok: fail2ban's paths go with it"
