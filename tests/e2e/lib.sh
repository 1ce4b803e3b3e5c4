# Common to the end-to-end tests and ./demo: a laboratory of network namespaces, a server with our
# own configuration set, and words to say what is expected.
#
#	. "$(dirname "$0")/lib.sh"
#	lab_new; server_configure <<-END ... END; server_start; expect "it answers" client ping
#
# The first argument of a test is the folder of the programs; F2B_BIN goes before it. Everything
# lives in $T and in namespaces named after this process, and all of it goes when the test ends,
# however it ends. A test that the machine cannot run prints why and exits 77.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BIN=${F2B_BIN:-${1:-$SOURCE/build/release/bin}}
NAME=${NAME:-$(basename "$0" .sh)}
T=$(mktemp -d "${TMPDIR:-/tmp}/f2b-$NAME.XXXXXX")
ETC=$T/etc
LOG=$T/f2b.log			# of the server
VICTIM=f2bv$$ ATTACKER=f2ba$$ BYSTANDER=f2bb$$
V4=192.0.2.1 A4=192.0.2.10 B4=192.0.2.20
V6=2001:db8::1 A6=2001:db8::10 B6=2001:db8::20
SERVER=				# its process, while it runs
INSIDE=()			# what a server is started with, to be where it should
PIDS=()				# other processes of ours
UNDO=()				# commands for the end
PATIENCE=10			# how much longer than said a slow or busy machine may take

skip() {
	echo "SKIP: $*"
	exit 77
}

say() { printf '%s\n' "$*"; }

fail() {
	echo "FAIL: $*"
	if [ -s "$LOG" ]; then
		echo "--- the server's log ends with"
		tail -n 25 "$LOG"
	fi
	if [ -s "$T/server.out" ]; then
		echo "--- the server wrote"
		tail -n 25 "$T/server.out"
	fi
	exit 1
}

# expect WHAT COMMAND...: the command must succeed.
expect() {
	local what=$1
	shift
	"$@" >"$T/expect.out" 2>&1 || {
		echo "--- $* gave"
		tail -n 20 "$T/expect.out"
		fail "$what"
	}
	say "ok: $what"
}

# expect_soon SECONDS WHAT COMMAND...: the command must succeed within that time, PATIENCE times.
expect_soon() {
	local seconds=$1 what=$2
	shift 2
	soon "$seconds" "$@" || {
		echo "--- $* still gives"
		tail -n 20 "$T/soon.out"
		fail "$what (not within $((seconds * PATIENCE)) s)"
	}
	say "ok: $what"
}

soon() {
	local end=$((${EPOCHREALTIME/./} + $1 * PATIENCE * 1000000))
	shift
	until "$@" >"$T/soon.out" 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# "not" as a command, for expect.
not() { ! "$@"; }

has() { grep -qe "$1" "$2"; }

# start_process OUTPUT COMMAND...: a process that ends with the test; $! is its id. Descriptor 9 is
# a lock that it must not keep.
start_process() {
	local out=$1
	shift
	"$@" >>"$out" 2>&1 </dev/null 9>&- &
	PIDS+=($!)
}

# Ends one process of ours, and waits until it is gone.
end_process() {
	kill "$1" 2>/dev/null
	PATIENCE=1 soon 5 not kill -0 "$1" || kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

cleanup() {
	local status=$? i
	trap - EXIT
	trap '' INT TERM
	set +e
	[ -z "$SERVER" ] || end_process "$SERVER"
	for i in "${PIDS[@]}"; do
		end_process "$i"
	done
	for ((i = ${#UNDO[@]} - 1; i >= 0; i--)); do
		eval "${UNDO[i]}" >/dev/null 2>&1
	done
	rm -rf "$T"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

need() {
	local c
	for c; do
		command -v "$c" >/dev/null || skip "this needs $c, which is not installed"
	done
}

need_programs() {
	local p
	for p in f2b-server f2b-client; do
		[ -x "$BIN/$p" ] || fail "there is no $BIN/$p"
	done
}

victim() { ip netns exec "$VICTIM" "$@"; }
attacker() { ip netns exec "$ATTACKER" "$@"; }
bystander() { ip netns exec "$BYSTANDER" "$@"; }

# One peer of the victim: namespace, name of the victim's interface, number of the addresses.
lab_peer() {
	local ns=$1 dev=$2 a4=$3 a6=$4
	ip netns add "$ns" && UNDO+=("ip netns delete $ns") || return 1
	ip link add "$dev" netns "$VICTIM" type veth peer name up0 netns "$ns" || return 1
	ip -n "$VICTIM" link set "$dev" up
	ip -n "$VICTIM" address add "$V4" peer "$a4" dev "$dev"
	ip -n "$VICTIM" address add "$V6" peer "$a6" dev "$dev" nodad
	ip -n "$ns" link set lo up
	ip -n "$ns" link set up0 up
	ip -n "$ns" address add "$a4" peer "$V4" dev up0
	ip -n "$ns" address add "$a6" peer "$V6" dev up0 nodad
}

# The victim, joined to an attacker and to a bystander, each by a cable of its own.
lab_new() {
	need ip nft iptables ip6tables nc
	[ "$(id -u)" = 0 ] || skip "network namespaces need root"
	ip netns add "$VICTIM" 2>"$T/lab.out" ||
		skip "no network namespaces here: $(tail -n 1 "$T/lab.out")"
	UNDO+=("ip netns delete $VICTIM")
	INSIDE=(ip netns exec "$VICTIM")
	ip -n "$VICTIM" link set lo up
	ATTACKED=fa$$
	{ lab_peer "$ATTACKER" "$ATTACKED" "$A4" "$A6" &&
		lab_peer "$BYSTANDER" "fb$$" "$B4" "$B6"; } 2>"$T/lab.out" ||
		skip "no veth pairs here: $(tail -n 1 "$T/lab.out")"
	victim nft list ruleset >"$T/lab.out" 2>&1 ||
		skip "no nftables in this kernel: $(tail -n 1 "$T/lab.out")"
	PATIENCE=2 soon 5 attacker ping -n -c 1 -W 1 "$V6" || true
}

# A listener in the victim, on both families.
listen() {
	start_process "$T/nc.out" ip netns exec "$VICTIM" nc -4 -k -l "$1"
	start_process "$T/nc.out" ip netns exec "$VICTIM" nc -6 -k -l "$1"
	soon 5 bystander nc -z -w 1 "$V4" "$1" || fail "nobody listens on port $1"
	soon 5 bystander nc -z -w 1 "$V6" "$1" || fail "nobody listens on port $1 of IPv6"
}

# can_connect attacker|bystander ADDRESS PORT
can_connect() { "$1" nc -n -z -w 10 "$2" "$3"; }

# Our configuration set with files of its own; jail.local is read from standard input.
server_configure() {
	if [ ! -d "$ETC" ]; then
		mkdir -p "$ETC" "$T/run"
		cp -r "$SOURCE"/fail2ban.conf "$SOURCE"/jail.conf "$SOURCE"/paths-*.conf \
			"$SOURCE"/filter.d "$SOURCE"/action.d "$ETC"
		cat >"$ETC/fail2ban.local" <<-END
			[Definition]
			socket = $T/run/f2b.sock
			pidfile = $T/run/f2b.pid
			dbfile = $T/f2b.sqlite3
			logtarget = $LOG
		END
	fi
	cat >"$ETC/jail.local"
}

# portscan_configure MAXRETRY: the jail that most tests need; so many lines in $T/denied.log are a ban.
portscan_configure() {
	: >"$T/denied.log"
	server_configure <<-END
		[portscan]
		enabled = true
		action = nftables-allports
		logpath = $T/denied.log
		maxretry = $1
	END
}

# A configuration of the test's own alone, for what needs no network: jail.conf is read from standard
# input, and "act" is an action that does nothing.
plain_configure() {
	mkdir -p "$ETC/filter.d" "$ETC/action.d" "$T/run"
	cat >"$ETC/fail2ban.conf" <<-END
		[Definition]
		loglevel = INFO
		logtarget = $LOG
		syslogsocket = auto
		socket = $T/run/f2b.sock
		pidfile = $T/run/f2b.pid
		dbfile = None
		dbpurgeage = 1d
	END
	printf '[Definition]\nactionban = true\n' >"$ETC/action.d/act.conf"
	cat >"$ETC/jail.conf"
}

# web_configure DEFAULTS [JAIL...]: jails, "web" unless others are named, that find lines "bad ADDRESS"
# in $T/log; DEFAULTS are options of all of them.
web_configure() {
	local defaults=$1 jail
	shift
	: >"$T/log"
	{
		printf '[DEFAULT]\nfilter =\nbackend = polling\nfailregex = ^bad <HOST>$\naction = act\n'
		printf 'logpath = %s\n%s\n' "$T/log" "$defaults"
		for jail in "${@:-web}"; do
			printf '[%s]\nenabled = true\n' "$jail"
		done
	} | plain_configure
}

# Files of the administrator: filter NAME, with the text on standard input.
filter_file() { cat >"$ETC/filter.d/$1.conf"; }

# plain_jails "NAME ACTION"...: such jails, with our configuration set, which find lines " bad ADDRESS" in $T/log.
plain_jails() {
	local jail
	{
		printf '%s\n' '[DEFAULT]' 'filter = plain' "logpath = $T/log" 'backend = polling'
		for jail; do
			printf '[%s]\nenabled = true\naction = %s\n' "${jail%% *}" "${jail#* }"
		done
	} | server_configure
	filter_file plain <<-'END'
		[Definition]
		failregex = ^ bad <HOST>$
	END
	: >"$T/log"
}

# with ACTION OPTIONS: the action with these options as well.
with() {
	case $1 in
	*]) echo "${1%]}, $2]" ;;
	*) echo "$1[$2]" ;;
	esac
}

client() { "$BIN/f2b-client" -c "$ETC" "$@"; }

alive() { client ping | grep -q pong; }

server_start() {
	need_programs
	"${INSIDE[@]}" "$BIN/f2b-server" -c "$ETC" -xf start \
		>"$T/server.out" 2>&1 </dev/null 9>&- &
	SERVER=$!
	soon 20 server_up || fail "the server does not start"
	alive || fail "the server ended at its start"
}

# It answers, or is gone.
server_up() { alive || ! kill -0 "$SERVER"; }

server_stop() {
	client stop >/dev/null 2>&1
	soon 20 not kill -0 "$SERVER" || fail "the server does not stop"
	wait "$SERVER" 2>/dev/null
	SERVER=
}

# Standard output of status JAIL on one line: numbers and lists by their label.
status_value() { client status "$1" | sed -n "s/.*$2:[[:space:]]*//p"; }

is_banned() { client status "$1" | grep 'Banned IP list:' | tr '\t ' '\n\n' | grep -qxF "$2"; }

jail_is() { [ "$(status_value "$1" "$2")" = "$3" ]; }

# The victim's rules, whatever program made them.
rules() {
	victim nft list ruleset
	victim iptables -w -S
	victim ip6tables -w -S
} 2>/dev/null

rules_name() { rules | grep -qF -e "$1"; }

now_line() { date '+%Y-%m-%dT%H:%M:%S.%6N%:z'; }

# denied ADDRESS [PORT [COUNT [PREFIX]]]: lines as the kernel's LOG target and rsyslog write them.
denied() {
	local i
	for ((i = 0; i < ${3:-1}; i++)); do
		echo "$(now_line) victim kernel: [  123.456789] ${4:-PORT DENIED:} IN=eth0 OUT=" \
			"MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=$1 DST=$V4 LEN=44" \
			"TOS=0x00 PREC=0x00 TTL=50 ID=1 PROTO=TCP SPT=5 DPT=${2:-23} SEQ=1 ACK=0" \
			"WINDOW=1024 RES=0x00 SYN URGP=0 OPT (020405B4) "
	done
}
