#!/bin/bash
# A reload with a mistake in it, of whatever kind and wherever, is refused and changes nothing: each
# mistake stands beside changes that would be seen.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/denied.log"
: >"$T/other.log"

# The configuration in force, and what every refused one would change beside its mistake.
good() {
	server_configure <<-END
		[portscan]
		enabled = true
		filter = portscan
		action = nftables-allports[name=portscan]
		logpath = $T/denied.log
		maxretry = 3
		maxfailures = 50000
		findtime = 10m
		bantime = 1h

		[other]
		enabled = true
		filter = portscan
		action = iptables-allports[name=other]
		logpath = $T/other.log
		findtime = 1d
		maxretry = 2
	END
	filter_file portscan <<-'END'
		[Definition]
		failregex = PORT DENIED: .* SRC=<HOST>
		ignoreregex = friend
	END
	rm -rf "$ETC"/jail.d "$ETC"/filter.d/portscan.local* "$ETC/jail.local.yaml" "$ETC/fail2ban.d"
}
changed() {
	good
	sed -i -e 's/maxretry = 3/maxretry = 7/' -e 's/bantime = 1h/bantime = 2h/' -e '/^\[other\]/,$s/enabled = true/enabled = false/' "$ETC/jail.local"
	printf '[third]\nenabled = true\nfilter = portscan\naction = nftables[name=third]\nlogpath = %s\n' "$T/other.log" >>"$ETC/jail.local"
	sed -i 's/friend/foe/' "$ETC/filter.d/portscan.conf"
	mkdir -p "$ETC/jail.d" "$ETC/fail2ban.d"
}

# All that the server can be asked about itself, by one client.
questions() {
	local jail option
	echo status
	for option in loglevel logtarget syslogsocket dbfile dbmaxmatches dbpurgeage; do
		echo "get $option"
	done
	for jail in portscan other; do
		echo "status $jail"
		for option in logpath logencoding journalmatch ignoreself ignoreip ignorecommand ignorecache failregex ignoreregex \
			findtime bantime datepattern usedns maxretry maxmatches maxfailures maxlines actions prefregex bantime.increment bantime.formula; do
			echo "get $jail $option"
		done
	done
	echo "get portscan action nftables-allports actionban"
	echo "get other action iptables-allports actionban"
}
state() {
	{ questions; echo quit; } | "$BIN/f2b-client" -c "$T/plain" -i
	rules | grep -v -e counter -e '^#'
} 2>&1

wrong=0 count=0
# refused WHAT: the files are wrong now.
refused() {
	local what=$1 words before=$wrong
	count=$((count + 1))
	for words in reload 'reload --restart' 'reload portscan' restart; do
		case $words in
		'reload portscan') [ "${2:-}" = portscan ] || continue ;;
		*restart) [ $((count % 6)) = 1 ] || continue ;;
		esac
		# shellcheck disable=SC2086 # several words
		if client $words >"$T/reload.out" 2>&1; then
			say "WRONG: $what: $words accepts it"
			sed 's/^/    /' "$T/reload.out"
			wrong=$((wrong + 1))
		fi
		grep -q ERROR "$T/reload.out" || { say "WRONG: $what: $words names no error"; wrong=$((wrong + 1)); }
		state >"$T/state.after"
		cmp -s "$T/state.before" "$T/state.after" || {
			say "WRONG: $what: $words changes the running server"
			diff "$T/state.before" "$T/state.after" | sed 's/^/    /' | head -12
			wrong=$((wrong + 1))
			good
			client reload >"$T/reload.out" 2>&1
			state >"$T/state.before"
		}
	done
	[ $wrong != "$before" ] || say "ok: $what: $(grep ERROR "$T/reload.out" | head -n 1 | sed 's/^.*ERROR *//' | cut -c1-150)"
	changed
}

# in_jail LINE...: lines at the end of the third jail.
in_jail() { printf '%s\n' "$@" >>"$ETC/jail.local"; }
in_portscan() { sed -i "s|^\[portscan\]|&\n$1|" "$ETC/jail.local"; }
in_filter() { printf '%s\n' "$@" >>"$ETC/filter.d/portscan.conf"; }
in_server() { printf '[Definition]\n%s\n' "$@" >"$ETC/fail2ban.d/x.local"; }

good
mkdir "$T/plain"
cp "$ETC/fail2ban.conf" "$ETC/fail2ban.local" "$T/plain"
server_start
denied "$A4" 23 3 >>"$T/denied.log"
expect_soon 10 "the server bans" is_banned portscan "$A4"
denied "$B4" 23 1 >>"$T/other.log"
expect_soon 10 "and counts" jail_is other "Currently failed" 1
expect_soon 5 "and there is a rule" rules_name "$A4"
state >"$T/state.before"

changed
in_jail 'rubbish'; refused "a line that is no option"
in_jail 'enabled = true'; refused "an option that comes twice"
in_jail '[third]'; refused "a section that comes twice"
in_jail 'maxretry = %(nothing)s'; refused "a reference to nothing"
in_jail 'maxretry = %(maxretry)s'; refused "a reference to itself"
in_jail 'maxretry = many'; refused "a maxretry that is no number"
in_jail 'findtime = soon'; refused "a findtime that is no time"
in_jail 'bantime = 1 fortnight'; refused "a bantime that is no time"
in_jail 'bantime.maxtime = x'; refused "a bantime.maxtime that is no time"
in_jail 'bantime.formula = ban.Time *'; refused "a formula that is none"
in_jail 'failregex = ( <HOST>'; refused "a regular expression that is none"
in_jail 'failregex = no host'; refused "a regular expression without a host"
in_jail 'ignoreregex = ('; refused "an ignoreregex that is none"
in_jail 'prefregex = ('; refused "a prefregex that is none"
in_jail 'datepattern = %%Q('; refused "a datepattern that is none"
in_jail 'maxlines = 0'; refused "a maxlines that is no number of lines"
in_jail 'journalmatch = "open'; refused "a journalmatch with an open quote"
in_jail 'backend = telepathy'; refused "a backend that there is not"
in_jail 'logencoding = klingon'; refused "an encoding that there is not"
in_jail 'ignorecache = key="<ip>", max-count=x'; refused "an ignorecache that is none"
in_jail 'logtimezone = Mars'; refused "a zone that there is not"
sed -i 's/nftables.name=third./nowhere/' "$ETC/jail.local"; refused "an action that there is not"
sed -i 's/nftables.name=third./nftables[name/' "$ETC/jail.local"; refused "a list of options that is open"
sed -i 's/nftables.name=third./nowhere.py/' "$ETC/jail.local"; refused "an action of Python that we do not have"
sed -i 's/nftables.name=third./smtp.py[recipient=x]/' "$ETC/jail.local"; refused "an option that smtp.py does not have"
in_jail 'action = nftables[name=third]' '    nftables[name=third]'; sed -i '0,/action = nftables.name=third./{/action = nftables.name=third./d}' "$ETC/jail.local"; refused "an action that comes twice"
sed -i 's/nftables.name=third/&, timeout=x/' "$ETC/jail.local"; refused "a timeout that is no time"
sed -i "s|= $T/other.log|= $T/none.log|" "$ETC/jail.local"; refused "a log file that there is not"
sed -i "\$s|\$| $T/denied.log|" "$ETC/jail.local"; refused "two log files on one line"
in_portscan 'filter = nowhere'; sed -i '0,/filter = portscan/{/filter = portscan/d}' "$ETC/jail.local"; refused "a filter that there is not" portscan
in_filter 'x = <x>'; refused "a tag in itself" portscan
in_filter '[Definition]'; refused "a filter with [Definition] twice" portscan
in_filter 'failregex = y <HOST>'; refused "a filter with failregex twice" portscan
printf '[Definition]\nfailregex = (\n' >"$ETC/filter.d/portscan.local"; refused "a regular expression that is none, in a .local" portscan
mkdir "$ETC/filter.d/portscan.local"; refused "a folder in place of a file" portscan
printf '[third]\nx = \xff\n' >"$ETC/jail.d/latin.conf"; refused "a file that is not UTF-8"
printf 'third:\n  maxretry: [\n' >"$ETC/jail.local.yaml"; refused "a file that is no YAML"
printf 'third:\n  bantime: {tim: 1h}\n' >"$ETC/jail.local.yaml"; refused "a part of bantime that there is not"
in_server 'loglevel = LOUD'; refused "a log level that there is not"
in_server 'dbpurgeage = x'; refused "a dbpurgeage that is no time"
in_server 'dbmaxmatches = x'; refused "a dbmaxmatches that is no number"
in_server "logtarget = $T/none/x.log"; refused "a log that cannot be written"

good
denied "$A4" 23 1 >/dev/null
denied "$B4" 23 1 >>"$T/other.log"
expect_soon 10 "the count goes on where it was" is_banned other "$B4"
expect "and the good configuration reloads" has '^OK$' <(client reload)
server_stop
[ $wrong = 0 ] || fail "$wrong things are wrong, of $count mistakes"
