#!/bin/bash
# The mistakes that readers of the recipe make. Each must give one message that names the file, the
# line and a remedy; a start and a reload must fail; and a server that runs must go on as it was.
# The test of the configuration, -t, fails as well, but for a number that is none: there fail2ban only
# warns, and -t answers as fail2ban does.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"

good_filter() {
	filter_file portscan <<-'END'
		[Definition]
		failregex = PORT DENIED: .* SRC=<HOST>
		ignoreregex =
	END
}

good_jail() {
	server_configure <<-END
		[portscan]
		enabled = true
		filter = portscan
		action = nftables-allports[name=portscan]
		logpath = $T/denied.log
		maxretry = 3
	END
}

# jail_with LINE: the good jail with one line in place of the one for the same option.
jail_with() {
	good_jail
	sed -i "s|^${1%% *} = .*|$1|" "$ETC/jail.local"
}

last=10
wrong=0
complain() {
	echo "WRONG: $*"
	wrong=$((wrong + 1))
}

# told ONCE-REGEX: the one line of the output that names the place and says that.
told() { [ "$(grep -F "$place:" "$out" | grep -cE "$1")" = 1 ]; }

# mistake WHAT FILE:LINE REMEDY-REGEX [warned]: the files are wrong now; what is said about it?
mistake() {
	local what=$1 place=$2 remedy=$3 out=$T/mistake.out before=$wrong
	if client -t >"$out" 2>&1 && [ "${4:-}" != warned ]; then
		complain "$what: -t finds nothing wrong"
	fi
	told "$remedy" || complain "$what: -t does not say once, with $place, $remedy"
	[ $wrong = "$before" ] || sed 's/^/    /' "$out"

	start_process "$T/second.out" ip netns exec "$VICTIM" "$BIN/f2b-server" -c "$ETC" \
		-s "$T/run/second.sock" -p "$T/run/second.pid" --logtarget "$T/second.log" -f start
	if soon_ended $!; then
		complain "$what: a server starts with it"
	fi
	if client reload >"$out" 2>&1; then
		complain "$what: reload accepts it"
		sed 's/^/    /' "$out"
	fi
	told "$remedy" || complain "$what: reload does not say once, with $place, $remedy"

	last=$((last + 1))
	is_banned portscan "$A4" || complain "$what: the running server forgot its ban"
	denied "192.0.2.$last" 23 3 >>"$T/denied.log"
	soon 10 is_banned portscan "192.0.2.$last" || complain "$what: the running server does not ban any more"
	soon 5 rules_name "192.0.2.$last" || complain "$what: its ban is not in the firewall"
	[ $wrong != "$before" ] || say "ok: $what: $(grep -F "$place:" "$out" | head -n 1)"
	good_filter
	good_jail
}

# soon_ended PID: its status if it ends by itself; otherwise it is ended, and that is success.
soon_ended() {
	if soon 10 not kill -0 "$1"; then
		wait "$1"
		return
	fi
	end_process "$1"
	return 0
}

good_jail
good_filter
server_start
expect "the good configuration passes the test" client -t
denied "$A4" 23 3 >>"$T/denied.log"
expect_soon 10 "the server bans" is_banned portscan "$A4"

filter_file portscan <<-'END'
	# port scans
	failregex = PORT DENIED: .* SRC=<HOST>
	ignoreregex =
END
mistake "a filter without [Definition]" filter.d/portscan.conf:2 '\[Definition\]'

sed -i '/^\[portscan\]/d' "$ETC/jail.local"
mistake "a jail without its header" jail.local:1 '\[[a-z]+\]'

filter_file portscan <<-'END'
	[Definition]
	failregex = ^.*SRC=\sDST=.*$
	ignoreregex =
END
mistake "a failregex without <HOST>" filter.d/portscan.conf:2 '<HOST>'

jail_with 'action = iptable[name=portscan]'
mistake "an action that is not there" jail.local:4 'iptables'

# In a jail of another name: [portscan] would read the journal instead.
jail_with "logpath = $T/nowhere.log"
sed -i 's/^\[portscan\]/[scans]/' "$ETC/jail.local"
mistake "a log file that is not there" jail.local:5 '(create|skip_if_nologs|path)'

jail_with 'maxretry = three'
mistake "a maxretry that is no number" jail.local:6 'maxretry: .*whole number' warned

expect "after all that the good configuration reloads" has '^OK$' <(client reload)
expect "and the first ban holds" is_banned portscan "$A4"
server_stop

# At a start, one jail that is wrong does not keep the others from guarding.
cat >>"$ETC/jail.local" <<-END
	[broken]
	enabled = true
	filter = portscam
	action = nftables-allports[name=broken]
	logpath = $T/denied.log
	[last]
	enabled = true
	filter = portscan
	action = nftables-allports[name=last]
	logpath = $T/denied.log
	maxretry = 3
END
server_start
expect "the wrong jail is told of" has "jail.local:[0-9]*:10: Unable to read the filter 'portscam'; .* did you mean 'portscan'?" "$T/server.out"
expect "the jails before and behind it run" has 'Jail list:[^a-z]*last, portscan$' <(client status)
denied "$B4" 23 3 >>"$T/denied.log"
expect_soon 10 "and ban" is_banned last "$B4"
server_stop
[ $wrong = 0 ] || fail "$wrong things are wrong"
