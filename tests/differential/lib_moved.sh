# One configuration and one database that a server of fail2ban and one of ours use in turn. The caller
# sets: bin, the folder of our programs. Everything lives in $dir, which goes at the end.

for program in "$bin/f2b-server" "$bin/f2b-client"; do
	[ -x "$program" ] || { echo "SKIP: $program is not built"; exit 77; }
done
for program in sqlite3 python3; do
	command -v $program >/dev/null || { echo "SKIP: $program is not installed"; exit 77; }
done

dir=$(mktemp -d /tmp/f2b-moved-XXXXXX)
server=
cleanup() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
	echo "FAIL: $*"
	tail -n 15 "$dir/out" "$dir/server.log"
	exit 1
}

# The filter "seen" finds who was refused; jails and actions are the caller's.
mkdir -p "$dir/etc/filter.d" "$dir/etc/action.d"
cat >"$dir/etc/fail2ban.conf" <<-END
	[Definition]
	loglevel = INFO
	logtarget = $dir/server.log
	syslogsocket = auto
	socket = $dir/sock
	pidfile = $dir/pid
	dbfile = $dir/db.sqlite3
	dbmaxmatches = 10
	dbpurgeage = 1d
END
printf '[Definition]\nfailregex = ^\\s*refused <F-USER>\\S+</F-USER> from <ADDR>$\n' >"$dir/etc/filter.d/seen.conf"

ask() { "$client" -c "$dir/etc" "$@"; }

# start PREFIX JAILS: the server of fail2ban or f2b, in the foreground of a job of ours, until so many
# jails have started.
start() {
	: >"$dir/server.log"
	"$1-server" -f -c "$dir/etc" start >"$dir/out" 2>&1 &
	server=$!
	client=$1-client
	for _ in $(seq 2000); do
		[ "$(grep -c 'Jail .* started' "$dir/server.log")" = "$2" ] && return
		sleep 0.1
	done
	fail "$1-server does not start"
}

stop() {
	ask stop >/dev/null 2>&1
	wait "$server"
	server=
}
