#!/bin/bash
# -v names the files that are read, definition by definition, as fail2ban does: on standard error, and in
# the order in which they count. usage: files_named.sh BIN
set -u
export LC_ALL=C.UTF-8
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"

top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mkdir -p "$top/etc/jail.d"
own_configuration "$top/etc"
: >"$top/log"
cat >"$top/etc/jail.local" <<-END
	[INCLUDES]
	before = own.conf
	[sshd]
	enabled = true
	logpath = $top/log
	[nginx-http-auth]
	enabled = true
	logpath = $top/log
	banaction = iptables-ipset
END
printf '[DEFAULT]\nbackend = polling\n' >"$top/etc/own.conf"
printf '[INCLUDES]\nbefore = ../own.conf\nafter = late.conf\n' >"$top/etc/jail.d/b.conf"
printf '[DEFAULT]\nfindtime = 1m\n' >"$top/etc/jail.d/late.conf"
printf '[DEFAULT]\nfindtime = 2m\n' >"$top/etc/jail.d/late.local"
printf '[Definition]\n' >"$top/etc/filter.d/sshd.local"

# files COMMAND: of each definition the last list of files, which is the whole. fail2ban reads a
# definition again for each jail, from its memory.
files() {
	"$@" -v -c "$top/etc" -d 2>&1 >"$top/out" |
		sed -nE 's/^[-0-9]+ [0-9:,]+ (fail2ban\.config[a-z]+) *\[[0-9]+\]: /\1 /p' |
		awk '/ Loading configs /{ if (name != "") print name "\n" list; name = $0 } / Loading files: /{ list = $0 }
			END { print name "\n" list }' | awk 'NR % 2 { name = $0; next } !seen[name]++ { print name "\n" $0 }'
}
files "$reference_client" >"$top/wanted"
files "$bin/f2b-client" >"$top/got"
[ "$(wc -l <"$top/wanted")" -gt 8 ] || { echo "FAIL: fail2ban names nothing"; exit 1; }
diff "$top/wanted" "$top/got" || { echo "FAIL: other files are named"; exit 1; }
[ -z "$("$bin/f2b-client" -c "$top/etc" -d 2>&1 >"$top/out" | grep Loading)" ] || { echo "FAIL: without -v"; exit 1; }
echo "ok: $(($(wc -l <"$top/got") / 2)) definitions consist of the same files"
