#!/bin/bash
# Names are looked up as "usedns" says, and once; and those are let go whom ignoreip, its files, ignoreself
# and ignorecommand name, whose answers ignorecache keeps. Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"
need python3
lab_new

# A name server of our own in the victim: a name has the addresses in its file, and each question is written down.
mkdir -p "/etc/netns/$VICTIM" "$T/names" && UNDO+=("rm -r /etc/netns/$VICTIM; rmdir /etc/netns")
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' >"/etc/netns/$VICTIM/resolv.conf"
cat >"$T/names.py" <<'END'
import ipaddress, os, socket, struct, sys
folder = sys.argv[1]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
open(folder + ".asked", "w").close()
while True:
    q, peer = s.recvfrom(4096)
    labels, at = [], 12
    while q[at]:
        labels.append(q[at + 1:at + 1 + q[at]].decode("latin1"))
        at += 1 + q[at]
    name, kind = ".".join(labels).lower(), struct.unpack(">H", q[at + 1:at + 3])[0]
    with open(folder + ".asked", "a") as f:
        f.write("%s %d\n" % (name, kind))
    path = os.path.join(folder, name)
    known = "/" not in name and os.path.exists(path)
    addrs = [ipaddress.ip_address(w) for w in open(path).read().split()] if known else []
    addrs = [a for a in addrs if kind == {4: 1, 6: 28}[a.version]]
    head = q[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, len(addrs), 0, 0)
    answers = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(a.packed)) + a.packed for a in addrs)
    s.sendto(head + q[12:at + 5] + answers, peer)
END
start_process "$T/names.out" ip netns exec "$VICTIM" python3 "$T/names.py" "$T/names"
soon 10 test -e "$T/names.asked" || fail "no name server: $(tail -n 3 "$T/names.out")"
echo "198.51.100.21 2001:db8::21" >"$T/names/two.example"
echo "198.51.100.22" >"$T/names/friend.example"
echo "198.51.100.23" >"$T/names/other.example"

printf '# ours\n198.51.100.40\n' >"$T/file"
cat >"$T/command" <<-END
	#!/bin/sh
	echo "\$1 \$2" >>$T/command.calls
	case \$2 in ok*) exit 0 ;; odd*) exit 3 ;; dies*) kill -9 \$\$ ;; esac
	exit 1
END
chmod +x "$T/command"

server_configure <<-END
	[DEFAULT]
	backend = polling
	filter = plain
	maxretry = 1
	bantime = 1h
	ignoreself = true
	ignoreip =
	action =
	[yes]
	enabled = true
	usedns = yes
	logpath = $T/yes.log
	[warn]
	enabled = true
	usedns = warn
	logpath = $T/warn.log
	[no]
	enabled = true
	usedns = no
	logpath = $T/no.log
	[raw]
	enabled = true
	usedns = raw
	logpath = $T/raw.log
	[lists]
	enabled = true
	usedns = yes
	ignoreip = friend.example 203.0.113.0/24 file:$T/file file:$T/none gone.example
	logpath = $T/lists.log
	[notself]
	enabled = true
	ignoreself = false
	logpath = $T/notself.log
	[command]
	enabled = true
	ignorecommand = $T/command <ip> "<F-USER>"
	logpath = $T/command.log
	[cached]
	enabled = true
	ignorecommand = $T/command <ip> "<F-USER>"
	ignorecache = key="<F-USER>@<ip>", max-count=2, max-time=1h
	logpath = $T/cached.log
	[short]
	enabled = true
	ignorecommand = $T/command <ip> "<F-USER>"
	ignorecache = key="<F-USER>", max-count=10, max-time=1
	logpath = $T/short.log
END
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <F-USER>\S*</F-USER> from <HOST>$
	            ^ mark$<F-ID>x</F-ID>
END
jails="yes warn no raw lists notself command cached short"
for jail in $jails; do : >"$T/$jail.log"; done
server_start

# bad JAIL USER HOST
bad() { echo "$(date '+%Y-%m-%d %H:%M:%S') bad $2 from $3" >>"$T/$1.log"; }
# banned JAIL ADDRESSES: that and nothing else
banned() { [ "$(client get "$1" banip | tr ' ' '\n' | sort | xargs)" = "$2" ]; }
# logged COUNT WORDS: so often
logged() { [ "$(grep -cF -e "$2" "$LOG")" = "$1" ]; }
asked() { grep -c "^$1 1\$" "$T/names.asked"; }
calls() { [ "$(grep -c "${2:-.}" "$T/command.calls")" = "$1" ]; }

# usedns
for jail in yes warn no raw; do
	bad $jail u two.example
	bad $jail u nobody.example
	bad $jail u 198.51.100.20
done
expect_soon 10 "yes: all addresses of a name" banned yes "198.51.100.20 198.51.100.21 2001:db8::21"
expect_soon 10 "warn: the same" banned warn "198.51.100.20 198.51.100.21 2001:db8::21"
expect_soon 10 "no: addresses only" banned no "198.51.100.20"
expect_soon 10 "raw: the name itself" banned raw "198.51.100.20 nobody.example two.example"
expect_soon 10 "warn tells, and yes does not" logged 1 "Determined IP using DNS Lookup: two.example = {"
expect_soon 10 "both tell of a name that there is not" logged 2 "Unable to find a corresponding IP address for nobody.example"
expect "a name is looked up once for both" test "$(asked two.example)" = 1
client set yes unbanip 198.51.100.21 2001:db8::21 >/dev/null
bad yes u two.example
expect_soon 10 "its answer is remembered" banned yes "198.51.100.20 198.51.100.21 2001:db8::21"
expect "and it is not asked for again" test "$(asked two.example)" = 1
echo "198.51.100.29" >"$T/names/two.example"
client reload >/dev/null
bad yes u two.example
expect_soon 10 "a reload forgets the answer" banned yes "198.51.100.20 198.51.100.21 198.51.100.29 2001:db8::21"

# ignoreip
bad lists u 198.51.100.22
bad lists u friend.example
bad lists u 203.0.113.7
bad lists u 198.51.100.40
bad lists u 198.51.100.41
expect_soon 10 "lists: who is in none" banned lists "198.51.100.41"
expect_soon 5 "a name's address is let go" logged 2 "[lists] Ignore 198.51.100.22 by dns"
expect_soon 5 "a network's, too" logged 1 "[lists] Ignore 203.0.113.7 by ip"
expect_soon 5 "a file's, too" logged 1 "[lists] Ignore 198.51.100.40 by file"
printf '198.51.100.42\n' >"$T/file.new" && mv "$T/file.new" "$T/file"
sleep 1.1			# it is looked at once a second
bad lists u 198.51.100.42
bad lists u 198.51.100.40
expect_soon 10 "the file is read again when it is another" banned lists "198.51.100.40 198.51.100.41"
printf '198.51.100.43\n' >>"$T/file"
sleep 1.1
bad lists u 198.51.100.43
bad lists u 198.51.100.44
expect_soon 10 "and when it has grown" banned lists "198.51.100.40 198.51.100.41 198.51.100.44"

printf '198.51.100.43 other.example\n' >"$T/file"
sleep 1.1
bad lists u 198.51.100.23
bad lists u 198.51.100.45
expect_soon 10 "a name in a file is looked up" banned lists "198.51.100.40 198.51.100.41 198.51.100.44 198.51.100.45"
expect "a file that is not there is told of" has "\[lists] Retrieving IPs set from '$T/none' failed: No such file or directory" "$LOG"
told() { grep -c -e 'address for gone.example' -e 'Retrieving IPs set' "$LOG"; }
before=$(told)
sleep 11			# all is looked at again each ten seconds
expect "but not again, nor is a name without addresses" test "$(told)" = "$before"

# ignoreself
bad lists u "$V4"
bad notself u "$V4"
expect_soon 10 "ignoreself = false bans the machine's own address" banned notself "$V4"
expect_soon 10 "else it is let go" logged 1 "[lists] Ignore $V4 by ignoreself rule"

# ignorecommand
bad command ok 198.51.100.50
bad command bad 198.51.100.51
bad command odd 198.51.100.52
bad command dies 198.51.100.53
bad command 'ok;exit' 198.51.100.54
expect_soon 10 "only status 0 lets go" banned command "198.51.100.51 198.51.100.52 198.51.100.53"
expect "and is told" logged 1 "[command] Ignore 198.51.100.50 by command"
expect "the command was asked once for each" calls 5
expect "what it was given is a word" calls 1 '^198.51.100.54 ok;exit$'
: >"$T/command.calls"

# ignorecache: five of one burst are one question; another key is another
for _ in 1 2 3 4 5; do bad cached ok 198.51.100.60; done
expect_soon 10 "all five are let go" logged 1 "[cached] Ignore 198.51.100.60 by command"
bad cached ok2 198.51.100.60
expect_soon 10 "another user is another key" calls 2
bad cached ok 198.51.100.60
bad cached no 198.51.100.61
expect_soon 10 "a verdict of no counts" banned cached "198.51.100.61"
expect "what was known was not asked again" calls 3
# Two are kept: the oldest went.
bad cached ok 198.51.100.60
expect_soon 10 "max-count = 2: the oldest is forgotten" calls 4
: >"$T/command.calls"

bad short ok 198.51.100.70
expect_soon 10 "asked once" calls 1
sleep 1.2
bad short ok 198.51.100.71
expect_soon 10 "max-time = 1: asked again a second later" calls 2
expect "nobody of them is banned" banned short ""
