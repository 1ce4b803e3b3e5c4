#!/bin/bash
# f2b.yaml alone is a configuration; beside other files it wins over all but jail.d/*.local; and its
# mistakes are told with their place.

. "$(dirname "$0")/lib.sh"

need_programs
: >"$T/log"
mkdir -p "$ETC" "$T/run"
# single MAXRETRY
single() {
	cat >"$ETC/f2b.yaml" <<-END
		server:
		  loglevel: INFO
		  logtarget: $LOG
		  socket: $T/run/f2b.sock
		  pidfile: $T/run/f2b.pid
		  dbfile: None
		jails:
		  DEFAULT: {backend: polling, usedns: no, ignoreself: no}
		  web:
		    enabled: true
		    maxretry: $1
		    bantime: {time: 1h, increment: true}
		    datepattern: '{NONE}'
		    failregex:
		    - ^bad <HOST>\$
		    - ^worse <HOST>\$
		    logpath: $T/log
	END
}
# refused TEXT COMMAND...: what it says.
refused() {
	local text=$1
	shift
	client "$@" >"$T/told" 2>&1 && return 1
	grep -q "$text" "$T/told" || { cat "$T/told"; return 1; }
}
answers() { [ "$(client get web "$1")" = "$2" ]; }

single 2
server_start
expect "a server runs with this file alone" answers maxretry 2
echo "bad 198.51.100.1" >>"$T/log"
echo "worse 198.51.100.1" >>"$T/log"
expect_soon 10 "both expressions count" is_banned web 198.51.100.1
single 3
expect "it is read again" client reload
expect "with what is new" answers maxretry 3
expect "and the ban stays" is_banned web 198.51.100.1
single 4
sed -i 's/loglevel: INFO/loglevel: LOUD/; s/^jails/jail/' "$ETC/f2b.yaml"
expect "a mistake is refused, with its place" refused "f2b.yaml:7:1: .*did you mean 'jails'" reload
single 4
sed -i 's/increment/incremnt/' "$ETC/f2b.yaml"
expect "so is one in a jail" refused "f2b.yaml:12:25: .*did you mean 'increment'" reload
expect "and nothing changes" answers maxretry 3
single 3
server_stop

# says OPTION VALUE: that command is among those of the configuration.
says() { client -d 2>/dev/null | grep -qxF "['set', 'web', '$1', $2]"; }
mkdir "$ETC/jail.d"
printf '[web]\nmaxretry = 11\nfindtime = 11\nbantime.factor = 11\n' >"$ETC/jail.conf"
printf '[web]\nmaxretry = 12\nfindtime = 12\n' >"$ETC/jail.d/a.conf"
printf '[web]\nmaxretry = 13\nfindtime = 13\n' >"$ETC/jail.local"
expect "it wins over jail.conf, jail.d/*.conf and jail.local" says maxretry 3
expect "which say what it does not" says findtime "'13'"
expect "each" says bantime.factor "'11'"
printf 'web: {maxretry: 14}\n' >"$ETC/jail.d/b.local.yaml"
expect "jail.d/*.local wins over it" says maxretry 14
mkdir "$ETC/fail2ban.d"
printf '[Definition]\nloglevel = NOTICE\ndbpurgeage = 3d\n' >"$ETC/fail2ban.local"
expect "the same of the server's options" has "'loglevel', 'INFO'" <(client -d 2>&1)
expect "which fail2ban.local adds to" has "'dbpurgeage', '3d'" <(client -d 2>&1)
printf '[Definition]\nloglevel = ERROR\n' >"$ETC/fail2ban.d/a.local"
expect "and fail2ban.d/*.local overrides" has "'loglevel', 'ERROR'" <(client -d 2>&1)

client -d >"$T/before" 2>/dev/null
for to in yaml ini; do
	expect "convert --all --to $to leaves it" client convert --to $to --all "$T/$to"
	cmp -s "$ETC/f2b.yaml" "$T/$to/f2b.yaml" || fail "convert --to $to changes f2b.yaml"
	"$BIN/f2b-client" -c "$T/$to" -d >"$T/after" 2>/dev/null
	expect "and the commands are the same" cmp "$T/before" "$T/after"
done
expect "alone it is not converted" refused "f2b.yaml: has no other form" convert "$ETC/f2b.yaml"

# The examples of the manual.
sed -n '/^## All in one file/,/^## How/p' "$SOURCE/docs/yaml.md" | sed -n '/^```yaml$/,/^```$/p' |
	sed '1d; $d' >"$ETC/f2b.yaml"
rm -r "$ETC/jail.d" "$ETC/fail2ban.d" "$ETC"/*.conf "$ETC"/*.local
cp -r "$SOURCE/filter.d" "$SOURCE/action.d" "$SOURCE"/jail.conf "$SOURCE"/paths-*.conf "$ETC"
client -d >"$T/after" 2>&1
expect "the example of the manual does what it says" grep -qxF "['set', 'dbpurgeage', '30d']" "$T/after"
expect "for jails as well" grep -qxF "['set', 'sshd', 'bantime', '1h']" "$T/after"
