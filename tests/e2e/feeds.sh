#!/bin/bash
# Jails that read what a command prints, and what is sent by the syslog protocol.

. "$(dirname "$0")/lib.sh"

lab_new
server_configure <<-END
	[DEFAULT]
	action =
	maxretry = 2
	filter = portscan

	[command]
	enabled = true
	backend = pipe[command="tail -n 0 -F $T/printed.log"]

	[sent]
	enabled = true
	backend = syslog[listen=udp:127.0.0.1:5514]

	[wrong]
	enabled = true
	backend = nflog[grop=5]
END
filter_file portscan <<-'END'
	[Definition]
	failregex = PORT DENIED: .* SRC=<HOST>
END
need python3
: >"$T/printed.log"
client check >"$T/check.out" 2>&1
expect "check names a wrong option of a backend" has \
	"jail.local:16:11: error: .*unknown option 'grop'.*known are: group" "$T/check.out"
sed -i 's/grop=5/group=77/' "$ETC/jail.local"
server_start
expect "a backend that reads no files needs no logpath" jail_is command "File list" "pipe[command=\"tail -n 0 -F $T/printed.log\"]"
expect_soon 5 "the command runs" pgrep -f "^tail -n 0 -F $T/printed.log"
# It may run and not be at the end of its file yet.
printed_bans() {
	denied "$1" 23 2 >>"$T/printed.log"
	sleep 0.2
	is_banned command "$1"
}
expect_soon 10 "what it prints leads to a ban" printed_bans 198.51.100.1

send() {
	victim python3 - "$1" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.sendto(b"<4>" + sys.argv[1].encode(), ("127.0.0.1", 5514))
	END
}
send "$(denied 198.51.100.2)"
send "$(denied 198.51.100.2)"
expect_soon 10 "what is sent leads to a ban" is_banned sent 198.51.100.2

send "$(denied 198.51.100.5)"
send "$(denied 198.51.100.5)"
expect_soon 10 "the next is banned" is_banned sent 198.51.100.5

client status sent sources >"$T/sources.out"
expect "status tells how the source does" has "Lines:.4$" "$T/sources.out"
expect "and of what was refused" has "Refused:.0$" "$T/sources.out"

# A command that ends is started again, and stops with the jail.
kill "$(pgrep -f "^tail -n 0 -F $T/printed.log")"
expect_soon 5 "the log says so" has "starting it again in 1 s" "$LOG"
expect_soon 5 "the command runs again" pgrep -f "^tail -n 0 -F $T/printed.log"
expect_soon 10 "and is read" printed_bans 198.51.100.6
expect "the jail stops" client stop command
expect_soon 5 "its command ends" not pgrep -f "^tail -n 0 -F $T/printed.log"
server_stop
victim cat /proc/net/udp >"$T/udp"
expect "the port is free again" not has ":$(printf %X 5514)" "$T/udp"
