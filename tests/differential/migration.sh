#!/bin/bash
# An administrator moves from fail2ban to f2b and back: the same configuration, the same database.
# Fifty addresses that one has banned in several jails are banned by the other, for the same time; so
# are those that it bans, when the first comes back. F2B_ORACLE names a folder with bin/fail2ban-*; with
# F2B_MIGRATION_ALL=1, those on PATH have their turn as well.
# usage: migration.sh BIN
set -u
export LC_ALL=C.UTF-8

. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_moved.sh"
references=()
for prefix in "${F2B_ORACLE:+$F2B_ORACLE/bin/fail2ban}" "$(command -v fail2ban-server | sed 's/-server$//')"; do
	[ -n "$prefix" ] && [ -x "$prefix-server" ] && references+=("$prefix")
done
[ -n "${F2B_MIGRATION_ALL:-}" ] || references=("${references[@]:0:1}")
[ ${#references[@]} -gt 0 ] || { echo "SKIP: fail2ban is not installed"; exit 77; }

jails=(short long ever grows)
cat >"$dir/etc/jail.conf" <<-END
	[DEFAULT]
	enabled = true
	findtime = 600
	maxretry = 2
	ignoreself = false
	backend = polling
	filter = seen
	action = none
	[short]
	bantime = 1h
	logpath = $dir/short.log
	[long]
	bantime = 3d
	maxretry = 1
	logpath = $dir/long.log
	[ever]
	bantime = -1
	logpath = $dir/ever.log
	[grows]
	bantime = 30m
	bantime.increment = true
	logpath = $dir/grows.log
END
printf '[Definition]\nactionban =\nactionunban =\n' >"$dir/etc/action.d/none.conf"

# Each ban of each jail: since when, for how long, until when.
bans() {
	local jail
	for jail in "${jails[@]}"; do
		ask get "$jail" banip --with-time | sed -n "s/^\(.*\S\)\s*$/$jail \1/p"
	done | sort
}

# refuse JAIL COUNT ADDRESS...: so many lines of each.
refuse() {
	local jail=$1 count=$2 address
	shift 2
	for address; do
		for _ in $(seq "$count"); do
			echo "$(date '+%Y-%m-%d %H:%M:%S') refused user-$address from $address"
		done
	done >"$dir/lines"
	# At once: a reader that comes between is not what is tried here.
	cat "$dir/lines" >>"$dir/$jail.log"
}

# Fifty bans, in all jails, by log lines and by command.
make_bans() {
	refuse short 2 192.0.2.{1..12}
	refuse long 1 198.51.100.{1..10} 2001:db8::{1..5}
	refuse ever 2 203.0.113.{1..8}
	refuse grows 2 192.0.2.{100..109}
	ask set short banip 10.0.0.0/8 'a name' >/dev/null
	ask set grows banip 10.1.0.{1..3} >/dev/null
}

# await COUNT: so many bans are stored.
await() {
	local stored
	for _ in $(seq 1000); do
		stored=$(sqlite3 -cmd ".timeout 30000" "$dir/db.sqlite3" "SELECT count(*) FROM bips WHERE bantime < 0 OR timeofban + bantime > unixepoch()")
		[ "$stored" -ge "$1" ] && { sleep 1; return; }
		sleep 0.1
	done
	fail "$stored bans instead of $1"
}

# same A B: what B has is what A had. A ban by command begins with a fraction of a second, and the
# database has whole ones: so much they may be apart.
same() {
	python3 - "$dir/before" "$dir/after" <<-'END' || fail "$2 has not what $1 had"
		import re, sys, time
		def bans(path):
		    out = {}
		    for line in open(path):
		        who, start, seconds = re.match(r"(.*\S)\s+(\S+ \S+) \+ (-?\d+) = ", line).groups()
		        out[who] = time.mktime(time.strptime(start, "%Y-%m-%d %H:%M:%S")), int(seconds)
		    return out
		before, after = map(bans, sys.argv[1:])
		wrong = [(w, before.get(w), after.get(w)) for w in {*before, *after} if w not in before or w not in after
		    or before[w][1] != after[w][1] or abs(before[w][0] - after[w][0]) > 1]
		sys.exit("\n".join("%s: before %s, after %s" % w for w in sorted(wrong)) or None)
	END
	echo "ok: $2 has the $(wc -l <"$dir/after") bans of $1, for the same time"
}

# move FROM TO: and back.
move() {
	local jail
	rm -f "$dir"/db.sqlite3* "$dir"/*.log*
	for jail in "${jails[@]}"; do
		echo "$(date '+%Y-%m-%d %H:%M:%S') this is no failure" >"$dir/$jail.log"
	done
	start "$1" ${#jails[@]}
	make_bans
	await 50
	bans >"$dir/before"
	stop
	start "$2" ${#jails[@]}
	await 50
	bans >"$dir/after"
	same "$1" "$2"
	refuse short 2 192.0.2.{201..205}
	refuse grows 2 192.0.2.{211..215}
	ask set short unbanip 192.0.2.1 'a name' >/dev/null
	ask set long banip 10.2.0.{1..5} >/dev/null
	await 63
	bans >"$dir/before"
	grep -q ' 192.0.2.1 ' "$dir/before" && fail "$2 did not unban"
	stop
	start "$1" ${#jails[@]}
	await 63
	bans >"$dir/after"
	same "$2" "$1"
	[ "$(grep -c '\] Ban ' "$dir/server.log")" = 0 ] || fail "$1 bans anew what $2 had banned"
	[ "$(grep -c '\] Found ' "$dir/server.log")" = 0 ] || fail "$1 reads lines again"
	stop
}

for reference in "${references[@]}"; do
	echo "with $("$reference-client" --version | head -n 1)"
	move "$reference" "$bin/f2b"
	move "$bin/f2b" "$reference"
done
