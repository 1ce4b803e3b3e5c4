#!/bin/bash
# What fail2ban-client does without a server: reads a configuration, tests it, prints it, prints
# times. Ours must print the same and end with the same status. Argument: the programs' folder.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
client=$bin/f2b-client
[ -x "$client" ] || { echo "SKIP: there is no $client"; exit 77; }
work=$(mktemp -d /tmp/f2b-options-XXXXXX)
trap 'rm -rf "$work"' EXIT
failed=0 count=0

# new NAME: an empty configuration, to which jails are added.
new()
{
	mkdir -p "$work/$1/filter.d" "$work/$1/action.d"
	printf '[Definition]\nloglevel = INFO\nlogtarget = STDERR\nsyslogsocket = auto\nallowipv6 = auto\nsocket = %s\npidfile = %s\ndbfile = None\ndbpurgeage = 1d\n' \
		"$work/sock" "$work/pid" >"$work/$1/fail2ban.conf"
	printf '[Definition]\nfailregex = ^%%(__prefix)sfail <HOST>$\n            ^it'"'"'s "<HOST>"$\n__prefix = a \n' >"$work/$1/filter.d/f.conf"
	printf '[Definition]\nactionban = echo <ip> \\\\ "é"\nactionunban =\n[Init]\nport = 22\n' >"$work/$1/action.d/a.conf"
	printf '[DEFAULT]\nlogpath = %s\nbackend = polling\n' "$work/log" >"$work/$1/jail.conf"
}

# jail NAME OPTION...: adds an enabled jail to the configuration that was made last.
jail()
{
	local to=$1 option
	printf '[%s]\nenabled = true\n' "$2" >>"$work/$to/jail.conf"
	shift 2
	for option; do
		printf '%s\n' "$option" >>"$work/$to/jail.conf"
	done
}

# What is printed, but for the remedies that our messages have in addition.
plain()
{
	sed 's/^\(ERROR: Invalid log level [^;]*\);.*/\1/' "$1"
}

# both WORD...: runs both with these arguments; what is printed on standard output and the status count.
both()
{
	local theirs ours
	count=$((count + 1))
	"$reference_client" "$@" >"$work/theirs" 2>"$work/theirs.err" </dev/null
	theirs=$?
	"$client" "$@" >"$work/ours" 2>"$work/ours.err" </dev/null
	ours=$?
	[ $theirs = $ours ] && cmp -s "$work/theirs" <(plain "$work/ours") && return
	failed=$((failed + 1))
	echo "FAIL: $*"
	echo "  status $theirs, ours $ours"
	diff "$work/theirs" "$work/ours" | head -8
	head -3 "$work/theirs.err" "$work/ours.err"
}

: >"$work/log"
new good
jail good one 'filter = f' 'action = a'
jail good two 'filter = f' 'action = a[port="1,2"]' '    a[name=x]' 'maxretry = 3'
new idle
new half
jail half one 'filter = nowhere' 'action = a'
jail half two 'filter = f' 'action = a'
new bad
jail bad one 'filter = nowhere'
new broken
jail broken one 'filter = f' 'rubbish'
new reference
jail reference one 'filter = f' 'maxretry = %%(nothing)s'
new nologs
jail nologs one 'filter = f' 'action = a' "logpath = $work/none"
new nologs_skipped
jail nologs_skipped one 'filter = f' 'action = a' "logpath = $work/none" 'skip_if_nologs = true'
new wrong_level
sed -i 's/^loglevel.*/loglevel = LOUD/' "$work/wrong_level/fail2ban.conf"
new empty
: >"$work/empty/fail2ban.conf"

for c in good idle half bad broken reference nologs nologs_skipped wrong_level empty missing; do
	for words in -d --dp '-d --dp' '-dd' -t --test '-t -d' '-d -t' '-t --dp' '-vv -t' '-vvvv -d' '-v --test' '-q -t' '-qd'; do
		# shellcheck disable=SC2086 # several words
		both -c "$work/$c" $words
	done
done
for words in '--loglevel DEBUG -d' '--logtarget /x/y -d' '--syslogsocket /x -d' '-s /x/sock -d' '-p /x/pid -d' '-x -d' '-b -d' '-f -t' \
	'--loglevel NONE -d' '--loglevel LOUD -d' '--loglevel debug -t' '--logtarget= -d' '--timeout 3 -d' '--timeout x -d' '--async -d' \
	'-t x' '-d status' '-t status' '--dump-pretty' '--conf=/nonexistent -d'; do
	# shellcheck disable=SC2086 # several words
	both -c "$work/good" $words
done
both -V
both --version -q
for words in status ping version 'status one' reload 'reload --if-exists one' 'reload --restart one' stop 'get one bantime' 'set one' nonsense 'get' \
	'-vv ping' 'start extra'; do
	# shellcheck disable=SC2086 # several words
	both -c "$work/good" -s "$work/sock" -p "$work/pid" $words
done
for t in 600 10m '1h # an hour' '600#10' '"600"' '1h 30m' 1d12h -1 1.5h 1mo '1year-6mo' '10 20' abc '' '1 2 3' 1,5h 1, ,1 1,2,3 '1h, 30m' '1,,2' '1,x' 2**3 '7/2' '1/0'; do
	both --str2sec "$t"
done
echo "$failed of $count differ"
[ $failed = 0 ]
