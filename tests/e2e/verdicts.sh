#!/bin/bash
# Killed while a name is looked up or ignorecommand is asked: the line is judged after the next start.
# Argument: the programs' folder.

. "$(dirname "$0")/lib.sh"
export TZ=UTC

need sqlite3
: >"$T/slow.log"
: >"$T/quick.log"
# The kernel's log is the whole machine's: a mark makes lines ours.
kernel=
[ -w /dev/kmsg ] && [ -r /dev/kmsg ] && kernel=1 && mark=f2b-$$-$RANDOM
plain_configure <<-END
	[DEFAULT]
	enabled = true
	backend = polling
	filter =
	usedns = no
	ignoreself = false
	maxretry = 1
	failregex = ^ bad <HOST>$
	[slow]
	logpath = $T/slow.log
	ignorecommand = $T/command <ip>
	[quick]
	logpath = $T/quick.log
	${kernel:+[kernel]
	backend = kmsg
	failregex = ^\\s*$mark bad <HOST>$
	ignorecommand = $T/command <ip>}
END
sed -i "s,^dbfile.*,dbfile = $T/db," "$ETC/fail2ban.conf"
# It answers when there is a file "go".
cat >"$T/command" <<-END
	#!/bin/sh
	echo "\$1" >>$T/asked
	while [ ! -e $T/go ]; do [ -d $T ] || exit 1; sleep 0.1; done
	exit 1
END
chmod +x "$T/command"
bad() { echo "$(date '+%Y-%m-%d %H:%M:%S') bad $2" >>"$T/$1.log"; }
bad_to_kernel() { [ -z "$kernel" ] || echo "$mark bad $1" >/dev/kmsg; }
banned() { [ "$(client get "$1" banip | tr ' ' '\n' | sort | xargs)" = "$2" ]; }
kernel_banned() { [ -z "$kernel" ] || banned kernel "$1"; }
asked() { grep -qx "$1" "$T/asked"; }
kernel_asked() { [ -z "$kernel" ] || asked "$1"; }
position_is() { [ "$(sqlite3 "$T/db" "SELECT lastfilepos FROM logs WHERE path LIKE '%/$1.log'")" = "$2" ]; }
at_end() { position_is "$1" "$(stat -c %s "$T/$1.log")"; }
killed() {
	kill -9 "$SERVER"
	wait "$SERVER" 2>/dev/null
	SERVER=
}

server_start
# What was judged is behind the position.
touch "$T/go"
bad slow 192.0.2.1
bad quick 192.0.2.9
bad_to_kernel 192.0.2.21
expect_soon 30 "the first is banned" banned slow 192.0.2.1
expect_soon 30 "the kernel's first, too" kernel_banned 192.0.2.21
expect_soon 30 "its position is stored" at_end slow
rm "$T/go"

bad slow 192.0.2.2
bad slow 192.0.2.3
bad_to_kernel 192.0.2.22
bad_to_kernel "nobody"
expect_soon 30 "the command is asked about the second" asked 192.0.2.2
expect_soon 30 "and the kernel's" kernel_asked 192.0.2.22
# A commit brings the positions of all jails.
bad quick 192.0.2.10
expect_soon 30 "another jail bans" banned quick "192.0.2.10 192.0.2.9"
expect_soon 30 "and that is stored" at_end quick
killed
touch "$T/go"
server_start
expect_soon 30 "who was being judged when it was killed is banned" banned slow "192.0.2.1 192.0.2.2 192.0.2.3"
expect_soon 30 "by a line of the kernel, too" kernel_banned "192.0.2.21 192.0.2.22"
expect_soon 30 "and nobody else" banned quick "192.0.2.10 192.0.2.9"
expect_soon 30 "then the position moves on" at_end slow

# The same for a stop in order.
rm "$T/go"
bad slow 192.0.2.4
bad_to_kernel 192.0.2.24
expect_soon 30 "the command is asked about the fourth" asked 192.0.2.4
expect_soon 30 "and about the kernel's" kernel_asked 192.0.2.24
server_stop
touch "$T/go"
server_start
expect_soon 30 "who was being judged at a stop is banned" banned slow "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4"
expect_soon 30 "by a line of the kernel, too" kernel_banned "192.0.2.21 192.0.2.22 192.0.2.24"
[ -z "$kernel" ] || expect "no line of the kernel was counted once more" \
	test "$(grep -c '\[kernel\] Found 192.0.2.21' "$LOG")" = 1
[ -n "$kernel" ] || say "note: without the kernel's log, which cannot be written here"
