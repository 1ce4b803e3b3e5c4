#!/bin/bash
# One jail that is wrong, in whatever way, keeps no other from starting: it is told of with its place, on
# the terminal and in the server's log, and the others ban. The exit status is that of fail2ban, which
# fails where its server refuses a command, and not where a file is missing.

. "$(dirname "$0")/lib.sh"

need_programs
: >"$T/log"

# jails LINE...: three jails, the middle one with these lines in place of its filter.
jails() {
	local jail
	for jail in one two three; do
		printf '[%s]\nenabled = true\nbackend = polling\naction = act\nusedns = no\nignoreself = no\n' "$jail"
		printf 'maxretry = 1\nlogpath = %s\n' "$T/log"
		if [ "$jail" = two ]; then
			printf '%s\n' "$@"
		else
			echo 'filter = web'
		fi
	done | plain_configure
	filter_file web <<-'END'
		[Definition]
		failregex = ^bad <HOST>$
		datepattern = {NONE}
	END
}

guarding() { [ "$(client status | sed -n 's/.*Jail list:[^a-z]*//p')" = "one, three" ]; }

# told PLACE TEXT FILE
told() { [[ $(tr '\n' ' ' <"$3") == *"jail.conf:$1: "*"$2"* ]]; }

n=0
# bad STATUS PLACE TEXT LINE...: a start in the background with these lines.
bad() {
	local status=$1 place=$2 text=$3 got
	shift 3
	local what=$*
	jails "$@"
	rm -f "$LOG"
	client start >"$T/start.out" 2>&1
	got=$?
	UNDO+=("client stop")
	[ "$got" = "$status" ] || fail "$what: a start ends with $got: $(cat "$T/start.out")"
	told "$place" "$text" "$T/start.out" || fail "$what: it is not told: $(cat "$T/start.out")"
	grep -q "Errors in jail 'two'. Skipping" "$T/start.out" || fail "$what: the jail is not named"
	grep -q "ERROR *Jail 'two' skipped, because of wrong configuration: " "$LOG" ||
		fail "$what: the log does not tell"
	expect "$what: the others run" guarding
	n=$((n + 1))
	echo "bad 192.0.2.$n" >>"$T/log"
	expect_soon 10 "and ban" is_banned three "192.0.2.$n"
	sed -i 's/^maxretry = 1/maxretry = 2/' "$ETC/jail.conf"
	client reload >"$T/reload.out" 2>&1 ||
		fail "$what: a reload stops at what was left out before: $(cat "$T/reload.out")"
	told "$place" "$text" "$T/reload.out" || fail "$what: a reload does not tell of it"
	guarding || fail "$what: a reload changes who runs"
	is_banned three "192.0.2.$n" || fail "$what: a reload forgets the ban"
	[ "$(client get three maxretry)" = 2 ] || fail "$what: a reload is without effect"
	[ "$(client get skippedjails)" = "['two']" ] || fail "$what: $(client get skippedjails)"
	if client reload two >"$T/reload.out" 2>&1; then
		fail "$what: a reload of this very jail accepts it"
	fi
	if client -t >"$T/reload.out" 2>&1; then
		fail "$what: a test accepts it"
	fi
	client stop >/dev/null
}

bad 255 18:13 "missing ), unterminated subpattern at '(bad <HOST>$'" 'failregex = ^(bad <HOST>$'
bad 255 18:13 "No failure-id group" 'failregex = bad'
bad 255 19:15 "unterminated" 'filter = web' 'ignoreregex = ('
bad 255 19:13 "unterminated" 'filter = web' 'prefregex = ('
bad 255 19:15 "datepattern" 'filter = web' 'datepattern = %%Q('
bad 255 19:12 "is not a duration" 'filter = web' 'findtime = soon'
bad 255 19:12 "is no number of lines" 'filter = web' 'maxlines = 0'
bad 255 19:15 "time zone" 'filter = web' 'logtimezone = Mars'
bad 0 18:10 "Unable to read the filter 'wbe'" 'filter = wbe'

jails 'failregex = ^(bad <HOST>$'
server_start
expect "in the foreground as well" guarding
expect "and it is told" told 18:13 "unterminated subpattern" "$T/server.out"
server_stop
client restart >"$T/start.out" 2>&1
UNDO+=("client stop")
expect "a restart where no server runs is a start" guarding
client stop >/dev/null

# By and by.
jails 'failregex = ^(bad <HOST>$'
client start >"$T/start.out" 2>&1
client restart >"$T/start.out" 2>&1
expect "a restart goes without it as well" guarding
cp "$ETC/jail.conf" "$T/jail.conf"
sed -i -e 's/^filter = web/failregex = (/' "$ETC/jail.conf"
expect "a reload stops at a jail that runs" not client reload
expect "with the option to start jails anew, too" not client reload --restart
client reload >"$T/reload.out" 2>&1
expect "and says that nothing is changed" grep -q "Nothing is changed" "$T/reload.out"
cp "$T/jail.conf" "$ETC/jail.conf"
printf '[four]\nenabled = true\nfilter = wbe\nlogpath = %s\n' "$T/log" >>"$ETC/jail.conf"
expect "and at one that is new" not client reload
expect "with both nothing changes" guarding
cp "$T/jail.conf" "$ETC/jail.conf"
sed -i 's/^failregex = .*/filter = web/' "$ETC/jail.conf"
expect "put right, it is there after a reload" client reload two
expect "with the others" [ "$(client status | sed -n 's/.*Jail list:[^a-z]*//p')" = "one, three, two" ]
expect "and is left out no more" [ "$(client get skippedjails)" = "[]" ]
sed -i 's/^filter = web/failregex = (/' "$ETC/jail.conf"
expect "from then on it is a mistake like any" not client reload
client stop >/dev/null

# Nothing is left to start, or what is wrong concerns all.
jails 'failregex = ^(bad <HOST>$'
sed -i 's/^filter = web/failregex = (/' "$ETC/jail.conf"
expect "with all jails wrong there is no server" not client start
expect "really none" not alive
jails 'filter = web'
sed -i 's/^dbpurgeage = .*/dbpurgeage = x/' "$ETC/fail2ban.conf"
expect "with the server's own options wrong, neither" not client start
expect "really not" not alive
