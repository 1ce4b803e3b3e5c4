#!/bin/bash
# A database goes from fail2ban to f2b and back: both restore the bans of the other, with counts,
# times and matches. usage: database_both_ways.sh BIN
# F2B_ORACLE names a folder with the bin/fail2ban-* to hold against; else those on PATH.
set -u
export LC_ALL=C.UTF-8

. "$(dirname "$0")/lib_programs.sh"
oracle=${F2B_ORACLE:+$F2B_ORACLE/bin/}
. "$(dirname "$0")/lib_moved.sh"
command -v "${oracle}fail2ban-server" >/dev/null || { echo "SKIP: fail2ban is not installed"; exit 77; }
failed=0
cat >"$dir/etc/jail.conf" <<END
[DEFAULT]
bantime = 3600
findtime = 600
maxretry = 2
backend = polling
[seen]
enabled = true
filter = seen
logpath = $dir/log
action = tell
END
cat >"$dir/etc/action.d/tell.conf" <<END
[Definition]
actionban = echo '<ip> <bancount> <restored> <failures>' >>$dir/told
END

# expect WHAT WANTED COMMAND...: its output must become what is wanted, within 200 seconds
expect()
{
	local what=$1 wanted=$2 got
	shift 2
	for _ in $(seq 2000); do
		got=$("$@" 2>&1)
		[ "$got" = "$wanted" ] && { echo "ok: $what"; return; }
		sleep 0.1
	done
	echo "FAIL: $what"
	printf 'wanted:\n%s\ngot:\n%s\n' "$wanted" "$got"
	failed=1
}

banned()
{
	ask get seen banip $'\n' | sed '/^$/d; s/ *$//' | sort
}

rows()
{
	sqlite3 "$dir/db.sqlite3" "SELECT $1 FROM bips ORDER BY ip"
}

# The address, failures and restored flag of each ban that an action was run for.
told()
{
	sort "$dir/told"
}

schema()
{
	sqlite3 "$dir/db.sqlite3" .schema
}

# both_ways FIRST SECOND: bans made by FIRST come back in SECOND, and then those of both in FIRST
both_ways()
{
	local now made
	rm -f "$dir"/db.sqlite3* "$dir/log"
	now=$(date '+%Y-%m-%d %H:%M:%S')
	for i in 1 2; do
		echo "$now refused us$(printf '\303\251')r$i from 192.0.2.1"
		echo "$now refused root from 2001:db8::1"
	done >"$dir/log"

	: >"$dir/told"
	start "$1" 1
	expect "$1 bans what it reads" $'192.0.2.1\n2001:db8::1' banned
	ask set seen banip 198.51.100.0/24 'a name' >/dev/null
	expect "$1 bans by command" $'192.0.2.1\n198.51.100.0/24\n2001:db8::1\na name' banned
	ask set seen bantime -1 >/dev/null
	ask set seen banip 203.0.113.1 >/dev/null
	made=$'192.0.2.1\n198.51.100.0/24\n2001:db8::1\n203.0.113.1\na name'
	expect "$1 bans for ever" "$made" banned
	sleep 1
	stop
	expect "$1 stores its bans" $'192.0.2.1|3600|1|2\n198.51.100.0/24|3600|1|0
2001:db8::1|3600|1|2\n203.0.113.1|-1|1|0\na name|3600|1|0' \
	    rows "ip, bantime, bancount, json_extract(CAST(data AS TEXT), '\$.failures')"
	schema >"$dir/schema.${1##*/}"

	: >"$dir/told"
	start "$2" 1
	expect "$2 restores them" "$made" banned
	expect "$2 runs actions for them" $'192.0.2.1 2 1 2\n198.51.100.0/24 2 1 0
2001:db8::1 2 1 2\n203.0.113.1 2 1 0\na name 2 1 0' told
	ask set seen unbanip 'a name' >/dev/null
	ask set seen banip 192.0.2.77 >/dev/null
	made=$'192.0.2.1\n192.0.2.77\n198.51.100.0/24\n2001:db8::1\n203.0.113.1'
	expect "$2 changes them" "$made" banned
	sleep 1
	stop

	: >"$dir/told"
	start "$1" 1
	expect "$1 restores what $2 left" "$made" banned
	sleep 1
	expect "$1 reads no line again" 0 \
	    sh -c "grep -c ' Found ' $dir/server.log"
	stop
}

both_ways "${oracle}fail2ban" "$bin/f2b"
both_ways "$bin/f2b" "${oracle}fail2ban"
expect "the tables are the same" "" diff "$dir/schema.fail2ban" "$dir/schema.f2b"
exit $failed
