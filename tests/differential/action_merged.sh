#!/bin/bash
# What an action is told of an address's earlier bans, <ipmatches>, <ipfailures> and those of the jail
# alone, held against the real server. There the ban that is being made is among them or not, as its
# threads happen to run; with f2b it always is. At an unban it is with both.
# usage: action_merged.sh BIN
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
[ -x "$bin/f2b-server" ] || { echo "SKIP: $bin/f2b-server is not built"; exit 77; }
. "$(dirname "$0")/lib_story.sh"

# configure DIR: both jails tell what their action is told, in a file.
configure() {
	story_config "$1"
	cat >"$1/conf/action.d/nothing.conf" <<-CONF
		[Definition]
		actionban = line=\$(printf '%%s\n' "<name>|<ipfailures>|<ipjailfailures>|<ipmatches>|<ipjailmatches>|<restored>" | tr '\n' ' '); echo "\$line" >> $1/told
		actionunban = line=\$(printf '%%s\n' "<name>|<ipfailures>|<ipjailfailures>|<ipmatches>|<ipjailmatches>" | tr '\n' ' '); echo "\$line" >> $1/unbanned
	CONF
	printf '[Definition]\nfailregex = ^ refused <HOST>$\n' >"$1/conf/filter.d/plain.conf"
	: >"$1/told"
	: >"$1/unbanned"
	sed -i -e 's/^action = .*/action = nothing[name=%(__name__)s]/' -e 's/^maxretry = .*/maxretry = 2\nignoreself = no/' "$1/conf/jail.conf"
}

# await COMPLAINT COMMAND...: until it succeeds.
await() {
	local complaint=$1 i
	shift
	for i in $(seq 2000); do
		"$@" && return
		sleep 0.1
	done
	echo "FAIL: $complaint"
	exit 1
}

# told DIR RESTORED COUNT: so many new bans, or restored ones, were told.
told() { [ "$(grep -c "^[a-z]*|.*|$2 \?\$" "$1/told")" -ge "$3" ]; }

run() {
	"$2" -c "$1/conf" -f -x start >"$1/server.out" 2>&1 &
	pids+=($!)
	server=$!
	await "$2 did not start" grep -q "Server ready" "$1/server.out"
}

end() {
	"$client" -s "$1/sock" stop >/dev/null 2>&1
	wait "$server" 2>/dev/null
}

# ban DIR LOG ADDRESS: failures enough for a ban, and the ban.
bans=0
ban() {
	local n
	for n in 1 2; do
		printf '%s refused %s\n' "$(date '+%Y-%m-%dT%H:%M:%S')" "$3" >>"$1/$2.log"
	done
	bans=$((bans + 1))
	await "no ban of $3" told "$1" 0 $bans
	# A ban of the same second could not be told from the one before.
	sleep 1.2
}

story() {
	bans=0
	ban "$1" web 192.0.2.1
	ban "$1" ssh 192.0.2.1
	ban "$1" web 192.0.2.2
	ban "$1" web 192.0.2.4
	# Short, so that a ban ends by its time; long enough that the next one is made before its own has
	# passed, with a poll a second and a machine that does much else.
	"$client" -s "$1/sock" set ssh bantime 12 >/dev/null
	ban "$1" ssh 192.0.2.4
	await "no unban of 192.0.2.4" grep -q '^ssh.*192\.0\.2\.4' "$1/unbanned"
	"$client" -s "$1/sock" set ssh bantime 600 >/dev/null
	for jail in web ssh; do
		"$client" -s "$1/sock" set $jail banip 192.0.2.3 >/dev/null
		bans=$((bans + 1))
		await "no ban of 192.0.2.3" told "$1" 0 $bans
		sleep 1.2
	done
}

# restored DIR SERVER: the six bans that are left come back.
restored() {
	run "$1" "$2"
	await "$2 restored too few" told "$1" 1 6
	sleep 2
	end "$1"
}

client=$oracle_client
mkdir -p "$top/a" "$top/b"
configure "$top/a"
run "$top/a" "$oracle_server"
story "$top/a"
end "$top/a"
restored "$top/a" "$oracle_server"
configure "$top/b"
client=$bin/f2b-client
run "$top/b" "$bin/f2b-server"
story "$top/b"
end "$top/b"
restored "$top/b" "$bin/f2b-server"
python3 - "$top/a/told" "$top/b/told" "$top/a/unbanned" "$top/b/unbanned" <<'END'
import re, sys

def told(path):
    lines = [re.sub(r"[0-9-]+T[0-9:]+", "T", line.strip()).split("|") for line in open(path)]
    return [line for line in lines if line[-1] == "0"], sorted(line for line in lines if line[-1] == "1")

theirs, ours = told(sys.argv[1]), told(sys.argv[2])
if theirs[1] != ours[1] or len(theirs[0]) != len(ours[0]) or not ours[0] or not ours[1]:
    sys.exit("FAIL: fail2ban tells %s, f2b %s" % (theirs, ours))
for a, b in zip(*(side[0] for side in (theirs, ours))):
    for i in 1, 2:
        if int(a[i]) - int(b[i]) not in (0, -2):
            sys.exit("FAIL: fail2ban tells %s, f2b %s" % (a, b))
    if not all(b[i].startswith(a[i]) for i in (3, 4)) or a[0] != b[0]:
        sys.exit("FAIL: fail2ban tells %s, f2b %s" % (a, b))
    print(b)
if [line[1:3] for line in ours[0]] != [["2", "2"], ["4", "2"], ["2", "2"], ["2", "2"], ["4", "2"], ["0", "0"], ["0", "0"]]:
    sys.exit("FAIL: f2b does not count the ban that is being made: %s" % ours[0])
unbanned = [sorted(re.sub(r"[0-9-]+T[0-9:]+", "T", line) for line in open(path)) for path in sys.argv[3:]]
if unbanned[0] != unbanned[1] or not unbanned[1]:
    sys.exit("FAIL: at unbans fail2ban tells %s, f2b %s" % tuple(unbanned))
print("ok: %d bans and %d restored ones are told the same" % (len(ours[0]), len(ours[1])))
END
