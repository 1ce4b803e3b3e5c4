#!/bin/bash
# Our whole configuration set loads: every jail, every path file, every action.

. "$(dirname "$0")/lib.sh"

need_programs
: >"$T/log"
jails=$(sed -n 's/^\[\(.*\)\]$/\1/p' "$SOURCE/jail.conf" | grep -vxE 'INCLUDES|DEFAULT')

configure() {
	for jail in $jails; do
		printf '[%s]\nenabled = true\nbackend = auto\nlogpath = %s\n' "$jail" "$T/log"
	done
	printf '[actions]\nenabled = true\nfilter = portscan\nlogpath = %s\naction =' "$T/log"
	for action in "$SOURCE"/action.d/*.conf; do
		printf ' %s[name=x]\n' "$(basename "$action" .conf)"
	done
}
configure | server_configure

for paths in "$SOURCE"/paths-*.conf; do
	paths=$(basename "$paths")
	sed -i "s/^before = paths-.*/before = $paths/" "$ETC/jail.conf"
	expect "all jails and actions load with $paths" client -t
done
expect "and can be dumped" client -d
for mode in normal ddos extra aggressive; do
	printf '[sshd]\nenabled = true\nbackend = auto\nmode = %s\nlogpath = %s\n' $mode "$T/log" |
		server_configure
	expect "sshd with mode=$mode" client -t
done

# Services that log to a file or to syslog: the file that the administrator names is read, else the journal.
sed -i 's/^before = paths-.*/before = paths-debian.conf/' "$ETC/jail.conf"
for jail in cockpit dante immich openvpn solid-pop3d; do
	printf '[DEFAULT]\nsyslog_authpriv = %s\nsyslog_daemon = %s\nsyslog_local0 = %s\n[%s]\nenabled = true\n' \
		"$T/none" "$T/none" "$T/none" $jail |
		server_configure
	expect "$jail without a file" has "\['add', '$jail', 'systemd'\]" <(client -d)
	printf '[%s]\nenabled = true\nlogpath = %s\n' $jail "$T/log" | server_configure
	expect "$jail reads a file of its own" has "'$jail', 'addlogpath', '$T/log'" <(client -d)
done

# Each jail that reads the journal says which entries; only Drupal's name is not known beforehand.
for jail in $jails; do
	printf '[%s]\nenabled = true\n' "$jail"
done | server_configure
client -d >"$T/commands" 2>"$T/commands.err"
missing=$(sed -n "s/^\['add', '\(.*\)', 'systemd'\]$/\1/p" "$T/commands" | while read -r jail; do
	grep -q "'$jail', 'addjournalmatch'" "$T/commands" || echo "$jail"
done)
expect "every jail has its part of the journal" [ "$missing" = drupal-auth ]

printf '[softethervpn]\nenabled = true\nlogpath = %s\n' "$T/log" | server_configure
for proto in tcp udp; do
	expect "softethervpn bans from $proto" has "'softethervpn', 'action', .*\['protocol', '$proto'\]" <(client -d)
done
