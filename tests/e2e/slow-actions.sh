#!/bin/bash
# Actions that take long, hang, or lose their rules: nobody else waits for them, and no ban is lost.
# Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"
need unshare
[ "$(id -u)" = 0 ] || skip "this needs root"
need_programs
mark=86400.$$			# what only our sleepers sleep

act() { printf '[Definition]\n%s\n' "$2" >"$ETC/action.d/$1.conf"; }

server_configure <<-END
	[DEFAULT]
	backend = polling
	filter = plain
	maxretry = 1
	bantime = 1h
	ignoreself = false
	[slow]
	enabled = true
	logpath = $T/slow.log
	action = mail
	         quick[file=slow]
	[fast]
	enabled = true
	logpath = $T/fast.log
	action = quick[file=fast]
	[hangs]
	enabled = true
	logpath = $T/hangs.log
	action = hangs
	         quick[file=hangs]
	[lost]
	enabled = true
	logpath = $T/lost.log
	action = rules
	         quick[file=lost]
END
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <HOST>$
END
# Slow until there is a file "go".
act mail "actionban = while [ -d $T ] && [ ! -e $T/go ]; do sleep 0.1; done; echo <ip> >>$T/mailed
[Init]
timeout = 3000"
act quick "actionban = echo <ip> >>$T/<file>
actionunban = echo -<ip> >>$T/<file>"
act hangs "actionban = sleep $mark & trap '' TERM; sleep $mark; sleep $mark
[Init]
timeout = 2"
act rules "actionstart = touch $T/rules
actionstop = rm -f $T/rules
actioncheck = test -e $T/rules
actionban = test -e $T/rules && echo <ip> >>$T/rules"
for jail in slow fast hangs lost; do : >"$T/$jail.log"; done

"$BIN/f2b-server" -c "$ETC" -xf start >"$T/server.out" 2>&1 </dev/null 9>&- &
SERVER=$!
soon 20 server_up || fail "the server does not start"

bad() { echo "$(date '+%Y-%m-%d %H:%M:%S') bad $2" >>"$T/$1.log"; }

# The number in the line "LABEL: N" of status JAIL actions, below the action.
depth() { client --json status "$1" actions | python3 -c 'import json, sys; print(json.load(sys.stdin)["All"]["Waiting or running"])'; }
depth_is() { [ "$(depth "$1")" = "$2" ]; }

bad slow 192.0.2.1
bad slow 192.0.2.2
soon 10 has 'Ban 192.0.2.2' "$LOG" || fail "the second ban of the slow jail is not made"
expect "the queue of the slow jail shows how much waits" depth_is slow 4
bad fast 192.0.2.3
expect_soon 20 "another jail bans while a slow mail is on its way" has 192.0.2.3 "$T/fast"
expect "commands are answered meanwhile" client ping
expect "the failures of a later ban are counted meanwhile" jail_is slow "Currently banned" 2
[ ! -e "$T/mailed" ] || fail "the mail did not wait"

bad hangs 192.0.2.4
expect_soon 20 "a command that hangs is ended at its time" has 'timed out after 2 seconds' "$LOG"
sleepers() { pgrep -f "sleep $mark" >/dev/null; }
expect_soon 20 "the next action of the ban is done then" has 192.0.2.4 "$T/hangs"
expect_soon 10 "its children are gone, even those that ignore SIGTERM" not sleepers

bad lost 192.0.2.5
expect_soon 10 "a ban is in the rules" has 192.0.2.5 "$T/rules"
rm "$T/rules"
sleep 4
bad lost 192.0.2.5
expect_soon 10 "somebody banned who gets through has the rules looked at" has 'Invariant check failed' "$LOG"
expect_soon 10 "and is in them again" has 192.0.2.5 "$T/rules"
expect "by the action concerned alone" has "Reban 192.0.2.5, action 'rules'" "$LOG"
[ "$(grep -c 192.0.2.5 "$T/lost")" = 1 ] || fail "the action whose rules were there banned again"
say "ok: the other action did nothing"
touch "$T/go"
client unban --all >/dev/null
expect_soon 20 "the mails are sent in their order in the end" has 192.0.2.2 "$T/mailed"
expect_soon 20 "and what came after them is done" has -192.0.2.2 "$T/slow"
[ "$(tr '\n' ' ' <"$T/mailed")" = "192.0.2.1 192.0.2.2 " ] || fail "the mails are out of order"
server_stop
say "ok: the server stops"
