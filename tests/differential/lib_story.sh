# One story of commands, told to two servers by two clients; what is printed must be the same.
# The caller sets: oracle_client, oracle_server.

oracle_bin=${F2B_ORACLE:+$F2B_ORACLE/bin/}
oracle_client=$(command -v "${oracle_bin}fail2ban-client") || { echo "SKIP: fail2ban is not installed"; exit 77; }
oracle_server=$(command -v "${oracle_bin}fail2ban-server") || { echo "SKIP: fail2ban is not installed"; exit 77; }

top=$(mktemp -d /tmp/f2b-story-XXXXXX)
pids=()
failed=0

story_end() {
	local pid
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$top"
}
trap story_end EXIT

# story_config DIR: a configuration of two jails whose actions do nothing.
story_config() {
	mkdir -p "$1/conf/filter.d" "$1/conf/action.d"
	: > "$1/web.log"
	: > "$1/ssh.log"
	cat > "$1/conf/fail2ban.conf" <<-CONF
		[Definition]
		loglevel = INFO
		logtarget = $1/server.log
		syslogsocket = auto
		allowipv6 = auto
		socket = $1/sock
		pidfile = $1/pid
		dbfile = $1/bans.sqlite3
		dbpurgeage = 1d
		dbmaxmatches = 10
	CONF
	cat > "$1/conf/jail.conf" <<-CONF
		[DEFAULT]
		backend = polling
		bantime = 1h
		findtime = 10m
		maxretry = 3
		usedns = no
		action = nothing
		[web]
		enabled = true
		filter = plain
		logpath = $1/web.log
		ignoreip = 192.0.2.200 198.51.100.0/24
		[ssh]
		enabled = true
		filter = plain
		logpath = $1/ssh.log
		datepattern = ^%%Y-%%m-%%d[T ]%%H:%%M:%%S
		              ^{EPOCH}
	CONF
	printf '[Definition]\nfailregex = ^refused <HOST>$\n' > "$1/conf/filter.d/plain.conf"
	printf '[Definition]\nactionban = true\nactionunban = true\n' > "$1/conf/action.d/nothing.conf"
}

# story_server DIR SERVER: starts a server in the foreground and waits until it is there.
story_server() {
	local i
	story_config "$1"
	"$2" -c "$1/conf" -f -x start > "$1/server.out" 2>&1 &
	pids+=($!)
	echo $! > "$1/server.pid"
	for i in $(seq 2000); do
		grep -q "Server ready" "$1/server.out" && return 0
		kill -0 "$(cat "$1/server.pid")" 2>/dev/null || break
		sleep 0.1
	done
	echo "FAIL: $2 did not start"
	cat "$1/server.out" "$1/server.log" 2>/dev/null | tail -20
	exit 1
}

story_commands() {
	cat <<-'COMMANDS'
		ping
		ping 100
		status
		status web
		status nosuch
		echo one two
		get loglevel
		get logtarget
		get dbfile
		get dbpurgeage
		get web bantime
		get web findtime
		get web maxretry
		get web logpath
		get web ignoreip
		get web failregex
		get web ignoreregex
		get web actions
		get web datepattern
		get ssh datepattern
		get web journalmatch
		get web action nothing actionban
		get web action nosuch actionban
		get web nosuch
		set web banip 192.0.2.1 192.0.2.2 2001:db8::1
		set web banip 192.0.2.1
		get web banip
		get web banip ,
		get web banned
		get web banned 192.0.2.1 192.0.2.9
		status web
		banned
		banned 192.0.2.1
		set web unbanip 192.0.2.2
		set web unbanip --report-absent 192.0.2.2
		get web banip
		set web banip 10.1.1.1 10.0.0.0/8 127.0.0.1
		set web unbanip 2001:DB8::1
		unban ::ffff:10.1.1.1
		set web unbanip 10.0.0.0/8
		set web unbanip localhost
		unban localhost
		get web banned 2001:DB8::1
		set web logencoding auto
		set web datepattern ^[^\[]*\[({DATE})
		set web datepattern {DEFAULT}
		set web addignoreip 203.0.113.0/24
		set web delignoreip 192.0.2.250
		set web addfailregex ^denied_<HOST>$
		set web addfailregex ^no_address$
		set web delfailregex 1
		set web bantime 120m
		set web bantime never
		set web maxretry five
		set
		nonsense
		reload nosuch
		reload a b
		reload
		get web bantime
		get web ignoreip
		get web banned
		reload web
		reload --unban web
		get web banned
		set ssh banip 192.0.2.3
		unban --all
		unban 192.0.2.3
		stop ssh
		status
		stop
		ping
	COMMANDS
}

# Paths, times and process ids are not what is compared; nor that fail2ban 1.0 writes "::" where 1.1
# and we write ":" in the expression of an IPv6 address.
story_plain() {
	sed -E "s,$1,ROOT,g; s/^[0-9-]{10} [0-9:,]{12} //; s/\[[0-9]+\]: /: /; s/\|::\)\{1,7\}/|:){1,7}/g"
}

# story_tell DIR CLIENT OUT: each command, its output and exit status.
story_tell() {
	local line words
	while read -r line; do
		read -ra words <<< "$line"
		echo "\$ $line"
		timeout 300 "$2" -c "$1/conf" "${words[@]}" < /dev/null > "$1/o" 2> "$1/e"
		echo "exit status $?"
		story_plain "$1" < "$1/o"
		story_plain "$1" < "$1/e" | sed 's/^/stderr: /'
		if [ "$line" = stop ]; then
			timeout 300 tail --pid="$(cat "$1/server.pid")" -f /dev/null
		fi
	done < <(story_commands) > "$3"
}

# story_compare WANT GOT
story_compare() {
	if diff -u --label expected --label ours "$1" "$2"; then
		echo "PASS: $(grep -c '^\$ ' "$1") commands, the same output"
	else
		failed=1
		echo "FAIL: the outputs differ"
	fi
	exit $failed
}
