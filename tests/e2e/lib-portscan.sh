# The recipe against port scans, live: the kernel logs what the firewall denies, rsyslogd writes it
# to a file, the server reads the file. Used by the tests portscan-*.sh and by ./demo.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

DENIED=$T/denied.log		# what rsyslogd writes
MONITOR=$T/monitor.log		# changes of the victim's rules, with the time in front

# The victim's firewall as the recipe has it: ssh is open, the rest is logged and dropped.
firewall_up() {
	local ipt
	for ipt in iptables ip6tables; do
		victim $ipt -w -A INPUT -i lo -j ACCEPT &&
			victim $ipt -w -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT &&
			victim $ipt -w -A INPUT -p tcp --dport 22 -j ACCEPT || return 1
	done 2>"$T/lab.out" || skip "iptables lacks a match: $(tail -n 1 "$T/lab.out")"
	victim ip6tables -w -A INPUT -p ipv6-icmp -j ACCEPT
	for ipt in iptables ip6tables; do
		victim $ipt -w -A INPUT -j LOG --log-prefix "PORT DENIED: " --log-level 5 \
			--log-ip-options --log-tcp-options --log-tcp-sequence 2>"$T/lab.out" ||
			skip "no LOG target: $(tail -n 1 "$T/lab.out")"
		victim $ipt -w -A INPUT -j DROP
	done
}

# The kernel's log is one for the whole machine: only one of these tests at a time may use it.
# Messages of namespaces other than the first appear in it only with nf_log_all_netns.
kernel_log_up() {
	need rsyslogd flock
	local all=/proc/sys/net/netfilter/nf_log_all_netns before
	exec 9>/run/lock/f2b-kernel-log.lock
	flock -w 120 9 || skip "another test holds the kernel's log"
	[ -w $all ] || modprobe nf_log_syslog 2>/dev/null
	[ -w $all ] || skip "this kernel has no net.netfilter.nf_log_all_netns"
	before=$(cat $all)
	UNDO+=("echo $before >$all")
	echo 1 2>/dev/null >$all || skip "net.netfilter.nf_log_all_netns cannot be set"
}

# An rsyslogd of our own that writes only the lines of our interface. /proc/kmsg gives each line to
# one reader only, so where the machine has an rsyslogd of its own, read /dev/kmsg.
rsyslog_up() {
	local module=imklog
	if pgrep -x rsyslogd >/dev/null || [ ! -r /proc/kmsg ]; then
		module=imkmsg
	fi
	mkdir -p "$T/rsyslog"
	: >"$DENIED"
	cat >"$T/rsyslog.conf" <<-END
		global(workDirectory="$T/rsyslog")
		module(load="$module")
		:msg, contains, "IN=$ATTACKED " action(type="omfile" file="$DENIED")
	END
	start_process "$T/rsyslog.out" rsyslogd -n -f "$T/rsyslog.conf" -i "$T/rsyslog.pid"
	PATIENCE=3 soon 10 probe_logged || {
		cat "$T/rsyslog.out"
		skip "the kernel's messages do not reach rsyslogd here"
	}
	: >"$DENIED"
}

# One packet to a closed port, and time for its line to arrive.
probe_logged() {
	attacker bash -c "echo >/dev/udp/$V4/9"
	sleep 0.3
	test -s "$DENIED"
}

# Writes down when the kernel tells of a change of rules: seconds with microseconds, then the change.
monitor_up() {
	: >"$MONITOR"
	mkfifo "$T/monitor"
	start_process "$T/monitor" ip netns exec "$VICTIM" nft monitor
	while IFS= read -r change; do
		printf '%s %s\n' "$EPOCHREALTIME" "$change"
	done <"$T/monitor" >>"$MONITOR" 9>&- &
	PIDS+=($!)
	soon 5 monitor_hears
}

# It begins to hear a moment after its start.
monitor_hears() {
	victim nft add table inet f2b-monitor-probe
	victim nft delete table inet f2b-monitor-probe
	test -s "$MONITOR"
}

# The recipe's filter, letter for letter.
recipe_filter() {
	filter_file portscan <<-'END'
		# Port scans: whoever knocks at closed ports.
		# The firewall logs what it denies with the words "PORT DENIED: ".
		[Definition]
		failregex = PORT DENIED: .* SRC=<HOST>
		ignoreregex =
	END
}

# recipe_jail ACTION-LINE: the recipe's jail.
recipe_jail() {
	server_configure <<-END
		[portscan]
		enabled = true
		filter = portscan
		$1
		logpath = $DENIED
		maxretry = 3
	END
}

# scan ADDRESS: nmap, a thousand ports.
scan() {
	local six=
	case $1 in *:*) six=-6 ;; esac
	attacker nmap $six -n -Pn -sS -p 1-1000 --max-retries 0 --host-timeout 10s "$1"
}

# Waits until the server has read all that the kernel has logged so far: a packet to a closed port, from
# an address of the attacker that is not banned, is the last line. other_logged THERE FROM
other_logged() {
	local before
	before=$(grep -c "\] Found $2 " "$LOG")
	attacker bash -c "echo >/dev/udp/$1/9"
	expect_soon 15 "all that the kernel logged is read" found_more "$2" "$before"
}
found_more() { [ "$(grep -c "\] Found $1 " "$LOG")" -gt "$2" ]; }

logged() { [ "$(grep -c 'PORT DENIED' "$DENIED")" -ge "$1" ]; }

# Seconds of a point of time as rsyslog writes it, with microseconds.
stamp_seconds() { date -d "${1%% *}" +%s.%6N; }

# ms FROM TO: the difference in milliseconds, with one digit after the point.
ms() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", (b - a) * 1000 }'; }

# When the kernel had the ban of that address; empty if it never told.
ban_moment() {
	grep -F -e "$1" "$MONITOR" | grep -m 1 -E ' (insert|add) (rule|element) ' | cut -d' ' -f1
}

# portscan_test ACTION-LINE FAMILY: the whole story, as a test.
portscan_test() {
	local there=$V4 from=$A4 by=$B4 other="$V6 $A6"
	need nmap
	if [ "$2" = 6 ]; then
		there=$V6 from=$A6 by=$B6 other="$V4 $A4"
	fi
	lab_new
	firewall_up
	kernel_log_up
	rsyslog_up
	listen 22
	recipe_jail "$1"
	recipe_filter
	server_start
	monitor_up

	expect "the attacker can connect before" can_connect attacker "$there" 22
	scan "$there" >"$T/nmap.out" 2>&1
	expect_soon 10 "the kernel's lines are in the log" logged 3
	expect_soon 15 "the attacker is banned" is_banned portscan "$from"
	expect_soon 5 "the firewall has a rule for it" rules_name "$from"
	expect "the attacker cannot connect any more" not can_connect attacker "$there" 22
	expect "a bystander can" can_connect bystander "$there" 22
	expect "the bystander is not banned" not is_banned portscan "$by"
	expect "the server says so in its log" has "NOTICE  *\[portscan\] Ban $from" "$LOG"
	# shellcheck disable=SC2086 # two words
	other_logged $other
	expect "unbanip lifts the ban" client set portscan unbanip "$from"
	expect_soon 5 "the attacker can connect again" can_connect attacker "$there" 22
	expect "nobody is banned" jail_is portscan "Currently banned" 0
	server_stop
	expect "nothing of f2b is left in the firewall" not rules_name f2b-
}
