#!/bin/bash
# The tester beside fail2ban's: many ways to call it, with the same text on standard output and the same
# status. Argument: the programs' folder. Where fail2ban ends with a traceback, or an error has other
# words, only the failure itself is compared. F2B_COUNT=all makes all the calls, which takes minutes; else
# each eighth is made, beginning with F2B_SEED.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
ours=$bin/f2b-regex
theirs=${F2B_ORACLE:+$F2B_ORACLE/bin/}fail2ban-regex
etc=${F2B_ORACLE:-}/etc/fail2ban
[ -x "$ours" ] || { echo "SKIP: needs $ours"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C.UTF-8 TZ=UTC PYTHONHASHSEED=0
count=0 bad=0
seed=${F2B_SEED:-3}
every=8
[ "${F2B_COUNT:-}" != all ] || every=1
number=$((seed % every))
echo "seed $seed, each call of $every"

# What tells the time of the run, and where the configuration is.
tidy() {
	sed -E -e 's/^\[processed in .*/[processed]/' -e 's/1[0-9]{9}\.[0-9]{2,}/NOW/g' \
		-e "/^\|      [^ ]+  [A-Z]/{/Nov 22 1[0-9]/!s/  [A-Z][a-z]{2} [A-Z].*/  NOW/}" "$1"
}

# refused FILE: true if it ends with a mistake's words.
refused() { grep -aqE '^ERROR|Traceback|^usage|error: ' "$1"; }

# same ARGUMENTS...: both with the same arguments, and standard input from the file "input".
same() {
	local t o
	((number++ % every == 0)) || return 0
	"$theirs" "$@" >t.out 2>t.err <input
	t=$?
	"$ours" "$@" >o.out 2>o.err <input
	o=$?
	count=$((count + 1))
	tidy t.out >t.tidy
	tidy o.out >o.tidy
	cat t.err >>t.out
	cat o.err >>o.out
	if [ $t != 0 ] && [ $o != 0 ] && refused t.out && refused o.out; then
		return
	fi
	[ $t = $o ] && cmp -s t.tidy o.tidy && return
	bad=$((bad + 1))
	echo "DIFFERENT: $(printf '%q ' "$@")"
	echo "  status $t, ours $o"
	diff -a t.tidy o.tidy | head -n 8
}

# same_status ARGUMENTS...: both end with the same status, and neither calls it an ERROR, or both do.
same_status() {
	local t o
	((number++ % every == 0)) || return 0
	"$theirs" "$@" >t.out 2>&1 <input
	t=$?
	"$ours" "$@" >o.out 2>&1 <input
	o=$?
	count=$((count + 1))
	[ $t = $o ] && [ "$(grep -ac ^ERROR t.out)" = "$(grep -ac ^ERROR o.out)" ] && return
	bad=$((bad + 1))
	echo "DIFFERENT: $(printf '%q ' "$@")"
	echo "  status $t, ours $o: $(tail -n 1 o.out)"
}

: >input
{
	echo '2026-11-22 10:00:00 sshd[1]: Failed password for root from 192.0.2.1 port 22'
	echo '# a comment'
	echo
	echo '2026-11-22 10:00:01 sshd[1]: Failed password for invalid user a b from 192.0.2.2 port 22'
	echo '2026-11-22 10:00:02 sshd[2]: Accepted password for eve from 2001:db8::3 port 22'
	echo '2026-02-30 10:00:03 sshd[3]: Failed password for x from ::ffff:192.0.2.4 port 22'
	echo 'no date sshd[4]: Failed password for y from 192.0.2.5 port 22   '
	printf '2026-11-22 10:00:04 sshd[5]: Failed password for \0z from 192.0.2.6 port 22\r\n'
	printf '2026-11-22 10:00:05 sshd[6]: Failed password for \xff\xc3( from 192.0.2.7 port 22\n'
	printf '2026-11-22 10:00:06 sshd[7]: Failed password for \033[2J\302\233x from 192.0.2.8 port 22\n'
	printf '2026-11-22 10:00:07 sshd[8]: Failed password for %s from 192.0.2.9 port 22\n' \
		"$(head -c 100000 /dev/zero | tr '\0' x)"
	echo "2026-11-22 10:00:08 sshd[9]: Failed password for it's \"q\" \\ from example.org port 22"
	echo '2026-11-22 10:00:09 sshd[9]: Failed password for last from 192.0.2.10 port 22'
} >log
for i in {1..25}; do echo "2026-11-22 11:00:$i a line of no use $i"; done >many
# Most lines of a log are of no use, and are passed over many at a time.
for i in {1..3000}; do
	date="2026-11-22 10:0$((i / 400)):$((i % 50 + 10))"
	case $((i % 300)) in
	7) echo "$date sshd[$i]: Failed password for u from 192.0.2.$((i % 250)) port 22" ;;
	8) echo '# a comment' ;;
	9) echo ;;
	10) echo 'no date' ;;
	11) printf '%s\r\n\r\n' "$date" "$date sshd[7]: Accepted" ;;
	12) echo "Nov 22 10:00:00 another date" ;;
	13) echo "$date sshd[8]: Failed password for invalid user u from 192.0.2.7 port 22" ;;
	*) echo "$date daemon[$((i % 7))]: a line of no use $i" ;;
	esac
done >long
printf 'Nov 22 10:00:00 a 1 192.0.2.1\nNov 22 10:00:00 a 2 192.0.2.2\nNov 22 10:00:01 b 1\nNov 22 10:00:02 b 2\n' >multi
{
	printf '\xef\xbb\xbf'
	cat log
} >bom
iconv -f utf-8 -t utf-16be many >utf16 # of utf-16le, fail2ban finds the first line only
mkdir -p cfg/filter.d cfg/jail.d
cat >cfg/jail.conf <<'END'
[DEFAULT]
backend = auto
[j]
filter = f[who=root]
[nofilter]
failregex = Failed .* from <HOST>
[instead]
filter = f
failregex = Accepted .* from <HOST>
ignoreregex =
[besides]
filter = f[who=root]
failregex = %(known/failregex)s
            Accepted .* from <HOST>
ignoreregex = %(known/ignoreregex)s
[badref]
filter = f
failregex = %(nosuch)s <HOST>
END
cat >cfg/filter.d/f.conf <<'END'
[Definition]
prefregex = ^\s*sshd\[\d+\]: <F-CONTENT>.+</F-CONTENT>$
failregex = ^Failed \S+ for <F-USER><who></F-USER> from <HOST>
            ^Failed \S+ for <F-NOFAIL>invalid user</F-NOFAIL> <F-USER>.*?</F-USER> from <HOST>
ignoreregex = from 192\.0\.2\.7
datepattern = {^LN-BEG}
[Init]
who = \S+
END
cat >cfg/filter.d/multi.conf <<'END'
[Definition]
failregex = ^ a (\d+) <HOST><SKIPLINES>^ b \1$
[Init]
maxlines = 5
END
cat >cfg/filter.d/bad.conf <<'END'
[Definition]
failregex = ^ ( <HOST>
END
echo '[Definition]' >cfg/filter.d/empty.conf
ln -s f.conf cfg/filter.d/other.conf
ln -s f.conf cfg/filter.d/longname.conf

r='Failed \S+ for <F-USER>.*?</F-USER> from <HOST>'
line='2026-11-22 10:00:00 x 192.0.2.1'
for o in '' -v '--verbosity 1' --verbose --VD '-v --verbose-date' -D '-D -v' --no-check-all --print-all-matched \
	--print-all-missed --print-all-ignored --print-no-missed --print-no-ignored '--print-no-missed --print-all-missed' \
	'--print-no-ignored --print-all-ignored' '-l bad' '-L 2' '-L 1' '-L 0' '-L x' '-o id' '-o fid' '-o ip' '-o msg' '-o row' \
	'-o user' '-o ip4' '-o dns' '-o nosuch' '-o matches' '-o time' '-o <ip>|<F-USER>|<time>|<msg>' '-o <fid><br><ip-rev>' '-o host' \
	'-o family' '-i -o msg' '-i' '-i -o ip' '-i -o row' '-i -o <time>' '-r' '-r -o row' '--usedns no' '--usedns raw -o row' '--usedns no -o row' '-d %Y-%m-%d' \
	'-d ^%H:%M' '-d {NONE}' '-d EPOCH' '-d %Q' '--TZ UTC+0100 -o time' '--timezone CET' '--timezone bogus' '-e ascii' '-e latin-1' \
	'-e utf-8' '-e UTF-8 -o row' '-t' '--full-traceback' '--print-all-m' '--nosuch' '-x' '--print-all' '-o' '-d'; do
	[[ " $o " =~ ' --usedns '|' -r '|' no ' ]] && more=() || more=(--usedns no)
	# shellcheck disable=SC2086
	case $o in *-v* | *-D* | *VD*) same $o "${more[@]}" many "$r" ;; esac
	# shellcheck disable=SC2086
	same $o "${more[@]}" log "$r"
	# shellcheck disable=SC2086
	same $o "${more[@]}" -c cfg log f
done
for a in f f.conf 'f[who=root]' 'f[who="x|y"]' 'f[' 'f[who]' 'f[who=]' 'f[nosuch=1]' cfg/filter.d/f.conf "$work/cfg/filter.d/f.conf" ./cfg/filter.d/longname \
	'./cfg/filter.d/f.conf[who=root]' j 'j[who=x]' nofilter instead besides badref nosuch nosuch.conf bad empty other multi 'multi[maxlines=1]' f.local \
	filter.d/longname 'x y' '(' '<HOST>' '<ADDR>' '<F-ID>\S+</F-ID>' '' ' ' '<HOST><HOST>' '^$' '[a' 'a{2,1}<HOST>' '(?i)FAILED.*<HOST>' \
	'x(?i)<HOST>' '((?i)failed).*<HOST>' '<CIDR>' '<SUBNET>' '<DNS>' '<F-NOFAIL>Failed</F-NOFAIL> .* from <HOST>' \
	'(?P<ip4>\d+\.\d+\.\d+\.\d+)' 'sshd.* from (?P<host>\S+)' '<F-ALT_USER>x</F-ALT_USER>.*from <HOST>'; do
	same -c cfg --usedns no log "$a"
	same -c cfg --usedns no -o row log "$a"
	same -c cfg --usedns no log "$r" "$a"
done
for a in log many multi bom cfg nosuch "$line" '' ' ' '#x' "$line"$'\n'"$line" "$(head -n 12 many)" '2026 \x 1.2.3.4' \
	"$(head -c 5000 /dev/zero | tr '\0' y)" -; do
	same --usedns no "$a" 'x <HOST>'
	same --usedns no -v -L 3 "$a" 'x <HOST>'
	same --usedns no -i -o msg "$a" 'x <HOST>'
	same -c cfg "$a" multi
	same -c cfg -v "$a" multi
	same -c cfg -o row -L 10 "$a" multi
done
for o in '' -v '-L 30' '-L 3' '-i -o msg' '-i -o row' '-o row' --print-all-missed --print-no-missed --print-all-matched; do
	# shellcheck disable=SC2086
	same $o --usedns no long "$r"
	# shellcheck disable=SC2086
	same $o --usedns no -c cfg long f
done
same
same log
same log "$r" x y
same -V
same --version
same -e utf-16be --usedns no utf16 "$r"
same -e latin-1 -o row '2026-11-22 10:00:00 xé 192.0.2.1' '^ xé <HOST>'
same -vv --usedns no log "$r"
same -e nosuch log "$r"
for o in '<F-ID> <F-PORT>' '<F-IP>' '<F-USER>' row ip id; do
	same -o "$o" '2026-11-22 10:00:00 id=abc port=99 u=joe ip=192.0.2.1' 'id=<F-ID/> port=<F-PORT/> u=<F-USER>\w+</F-USER> ip=<HOST>'
	same -d '=({Epoch}) ' -o "$o" 't=1795341600 ip=192.0.2.1' 'ip=<HOST>'
done
same log "$r" '192'
same log "$r" '(' -v
same log -v "$r" --usedns=no
same --usedns no -- log "$r"
same_status -d '(%Y' log "$r"
same_status -d '%Q' log "$r"
same -c nosuch log f
same -c nosuch --usedns no log "$r"

# Ways to name a filter, a log whose name begins as the journal's, texts that are cut by characters: few
# calls, so that each is made.
was=$every every=1
cp log systemd-journal.log
umlauts=$(printf 'ä%.0s' {1..30})
for a in filter.d/longname filter.d/longname.conf cfg/filter.d/longname "$work/cfg/filter.d/longname[who=root]"; do
	same -c cfg --usedns no log "$a"
done
# fail2ban's takes so short a name for one with its suffix.
for a in filter.d/f ./cfg/filter.d/f; do
	"$ours" -c cfg --usedns no log "$a" | grep -q 'filter file : f, basedir: ' && continue
	bad=$((bad + 1))
	echo "DIFFERENT: $a is not read without its suffix"
done
same -c cfg/filter.d --usedns no log longname
same -c cfg/filter.d --usedns no log longname.conf
same --usedns no systemd-journal.log "$r"
same "2026-11-22 $umlauts 192.0.2.1" "x$umlauts <HOST>"
same "2026-11-22 $umlauts$umlauts 192.0.2.1"$'\n'"$umlauts$umlauts" "x$umlauts$umlauts <HOST>" "$umlauts$umlauts"
same -o '' --usedns no log "$r"
same -o '<F-user> <bancount>' --usedns no log "$r"
every=$was

journal() {
	local i us remote=/lib/systemd/systemd-journal-remote
	[ -x $remote ] && /usr/bin/python3 -c 'import systemd.journal' 2>/dev/null &&
		! "$ours" systemd-journal '<HOST>' | grep -q 'built without' || {
		echo "not compared: the journal, which needs systemd-journal-remote, python3-systemd, libsystemd"
		return
	}
	for i in 1 2 3 4 5 6; do
		us=$((1795341600000000 + i * 1000000))
		printf '%s\n' "__REALTIME_TIMESTAMP=$us" "__MONOTONIC_TIMESTAMP=$((1000000 + i))" \
			_BOOT_ID=4fd0f7f2c0f14b7f9f0a3d0b8d0e1a2b _MACHINE_ID=11111111111111111111111111111111 \
			_HOSTNAME=h _TRANSPORT=syslog PRIORITY=6
		case $i in
		1) printf '%s\n' SYSLOG_IDENTIFIER=sshd _COMM=sshd _PID=12 "_SOURCE_REALTIME_TIMESTAMP=$((us + 500000))" \
			'MESSAGE=Failed password for root from 192.0.2.1 port 4242 ssh2' ;;
		2) printf '%s\n' SYSLOG_IDENTIFIER=sshd _COMM=sshd _PID=12 SYSLOG_PID=13 \
			'MESSAGE=Failed password for invalid user aé from 192.0.2.2 port 4242 ssh2' ;;
		3) printf '%s\n' _COMM=sshd 'MESSAGE=Connection closed by 192.0.2.3 port 22 [preauth]' ;;
		4) printf '%s\n' SYSLOG_IDENTIFIER=kernel _PID=0 'MESSAGE=PORT DENIED: SRC=192.0.2.4' ;;
		5) printf '%s\n' SYSLOG_IDENTIFIER=kernel _SOURCE_MONOTONIC_TIMESTAMP=12345678 'MESSAGE=x from 192.0.2.5' ;;
		6) printf '%s\n' 'MESSAGE=#from nobody 192.0.2.6' ;;
		esac
		echo
	done >export
	$remote --split-mode=none -o "$work/test.journal" export >remote.out 2>&1 || {
		cat remote.out
		bad=$((bad + 1))
	}
	local log="systemd-journal[journalfiles=$work/test.journal]"
	for o in '' -v '-o row' '-o msg' '-o <time>' '-i -o msg' '-i -o row' --print-all-matched '-m _COMM=sshd' '-L 2' '-d %Y' '-m _PID=12' '--VD -v'; do
		# shellcheck disable=SC2086
		same $o "$log" 'from <HOST>'
		# shellcheck disable=SC2086
		[ ! -d "$etc/filter.d" ] || same -c "$etc" $o "$log" sshd
		# shellcheck disable=SC2086
		[ ! -d "$etc/filter.d" ] || same -c "$etc" $o "$log" "sshd[mode=aggressive]"
	done
	same -m '_COMM=sshd + SYSLOG_IDENTIFIER=kernel' "$log" 'from <HOST>'
	same -m "'_COMM=sshd'  _PID=12" "$log" 'from <HOST>' 'user'
	same -m bad "$log" 'from <HOST>'
	same "systemd-journal[journalpath=$work]" '^h sshd.* from <HOST>'
	same 'systemd-journal[x=1]' '<HOST>'
	TZ=America/St_Johns same -o '<time> <msg>' "$log" '<HOST>'
}
journal
echo "$count calls, $bad differ"
[ "$bad" = 0 ]
