#!/bin/bash
# Every file of our action.d: a jail can name it, all its commands are words to a shell, no tag stays
# unknown, and what can be tried here does what it says. Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"
need_programs
need python3

server_configure </dev/null
files=()
for f in "$ETC"/action.d/*.conf; do
	n=$(basename "$f" .conf)
	case $n in *-common) ;; *) files+=("$n") ;; esac
done
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <HOST>$
END
: >"$T/log"
{
	printf '[DEFAULT]\nfilter = plain\nlogpath = %s/log\nbackend = polling\n' "$T"
	for n in "${files[@]}"; do
		printf '[f-%s]\nenabled = true\naction = %s[name=%%(__name__)s]\n' "$n" "$n"
	done
	for a in action_ action_mw action_mwl action_xarf action_cf_mwl action_blocklist_de action_abuseipdb; do
		printf '[a-%s]\nenabled = true\naction = %%(%s)s\n' "$a" "$a"
		printf '[m-%s]\nenabled = true\nmta = mail\naction = %%(%s)s\n' "$a" "$a"
	done
} >"$ETC/jail.local"
expect "the configuration with all of them is right" client -t
client check >"$T/check"
has '0 errors' "$T/check" || fail "check: $(cat "$T/check")"
client simulate --json --events start,ban,prolong,reban,unban,flush,stop --failing actionban --tickets /dev/stdin --all \
	>"$T/steps" 2>"$T/err" <<-'END' || fail "they cannot be simulated: $(head -c 500 "$T/steps")"
	{"ip": "192.0.2.1", "data": {"failures": 3, "matches": ["a 'line' of \"$(it)\"", "another"]}}
	{"ip": "2001:db8::1", "data": {"failures": 3, "matches": ["plain"]}}
END
python3 - "$T/steps" ${#files[@]} <<'END' || fail "commands are not as they should be"
import json, re, subprocess, sys
steps, jails, bad = json.load(open(sys.argv[1])), set(), 0
for s in steps:
    jails.add(s["jail"])
    # printf writes an address between such brackets.
    tags = [t for t in re.findall(r"<([^ <>]+)>", s["script"]) if t != "%s"]
    syntax = subprocess.run(["sh", "-n", "-c", s["script"]], stderr=subprocess.PIPE)
    if tags or syntax.returncode != 0:
        bad += 1
        print("%s %s: unknown tags %s; %s\n%s" % (s["jail"], s["property"], tags, syntax.stderr.decode(), s["script"]))
print("%d commands of %d jails, %d are wrong" % (len(steps), len(jails), bad))
sys.exit(bad > 0 or len(jails) < int(sys.argv[2]))
END
say "ok: every command of ${#files[@]} files is a shell's, with all tags known"

client simulate --events ban f-dummy 'an$id' >"$T/dummy"
expect "dummy sees an id that is no address" has '"+$f2bV_ip"' "$T/dummy"

# The ones that need nothing but a file, run by a server.
cat >"$ETC/action.d/own.conf" <<-END
	[INCLUDES]
	before = mail-whois-common.conf
	         helpers-common.conf
	[Definition]
	actionban = : %(_whois_command)s; %(_grep_logs)s >>$T/own
END
cat >"$ETC/jail.local" <<-END
	[DEFAULT]
	filter = plain
	logpath = $T/log
	backend = polling
	maxretry = 1
	[own]
	enabled = true
	action = own[logpath=$T/other]
	[deny]
	enabled = true
	action = hostsdeny[file="$T/hosts.deny", daemon_list=sshd]
	[deny2]
	enabled = true
	action = hostsdeny[file="$T/hosts.deny", daemon_list=ftpd]
	[map]
	enabled = true
	action = nginx-block-map[srv_cfg_path="$T/", srv_cmd=true, srv_pid="$T/nginx.pid", blck_lst_reload="echo reload >>$T/reloads"]
	[mails]
	enabled = true
	action = sendmail-whois-matches[mailcmd="cat >>$T/mails; locale charmap >$T/charmap", _whois_command="echo whois of <ip>", dest=me@example.org, sender=f2b@example.org]
	[buffered]
	enabled = true
	action = sendmail-buffered[mailcmd="cat >>$T/buffered", lines=2, tmpfile="$T/buffer"]
	[greps]
	enabled = true
	action = sendmail-whois-lines[mailcmd="cat >>$T/greps", _whois_command="echo whois", logpath="$T/log $T/other"]
END
printf 'sshd: 198.51.100.1 # \351t\351\n' >"$T/hosts.deny"
printf 'one 192.0.2.3 line\n192.0.2.33 is another\n' >"$T/other"
echo 1 >"$T/nginx.pid"
LC_ALL="" LANG=C "$BIN/f2b-server" -c "$ETC" -xf start >"$T/server.out" 2>&1 </dev/null 9>&- &
SERVER=$!
soon 20 server_up || fail "the server does not start"
for jail in deny map mails buffered greps own; do
	client set $jail banip 192.0.2.3 2001:db8::3 >"$T/out" || fail "$jail"
done
own=$(printf 'sshd: 198.51.100.1 # \351t\351')
expect "hostsdeny writes lines" test "$(cat "$T/hosts.deny")" = "$own
sshd: 192.0.2.3
sshd: [2001:db8::3]"
client set deny unbanip 192.0.2.3 >"$T/out"
expect "and takes away its own, but no line that is no UTF-8" test "$(cat "$T/hosts.deny")" = "$own
sshd: [2001:db8::3]"
echo '\session-1_x 1;' >>"$T/blacklisted-sessions.map"
mapfile -t many < <(seq -f '198.51.100.%g' 1 60)
client set deny2 banip "${many[@]}" >"$T/out"
client set deny2 unbanip "${many[@]}" >"$T/out" &
client set deny banip "${many[@]}" >"$T/out2"
wait $!
lines_are() { [ "$(grep -c "$1" "$T/hosts.deny")" = "$2" ]; }
expect_soon 5 "another jail's unbans leave them in" lines_are '^sshd: 198.51.100.[0-9]*$' 60
expect_soon 5 "and take out its own" lines_are '^ftpd:' 0
client set map banip 'a;b{' 'session-1_x' >"$T/out"
expect "nginx's map has ids, none of them twice" test "$(cat "$T/blacklisted-sessions.map")" = '\192.0.2.3 1;
\2001:db8::3 1;
\session-1_x 1;'
expect "but none that it could misread" has 'characters that nginx could misread' "$LOG"
client set map unbanip 192.0.2.3 session-1_x >"$T/out"
expect "and lets go of them" test "$(cat "$T/blacklisted-sessions.map")" = '\2001:db8::3 1;'
expect "nginx is told" has reload "$T/reloads"
expect "a mail has a subject" has "^Subject: \[Fail2Ban\] mails: banned 192.0.2.3 from $(hostname)" "$T/mails"
expect "and a recipient" has '^To: me@example.org$' "$T/mails"
expect "and what whois says" has 'whois of 192.0.2.3' "$T/mails"
expect "its characters are UTF-8, also where the locale is C" test "$(cat "$T/charmap")" = UTF-8
expect "a mail of several bans has them" has '2001:db8::3 (' "$T/buffered"
expect "a mail has the lines of the logs" has 'one 192.0.2.3 line' "$T/greps"
not has 'is another' "$T/greps" || fail "a line of somebody else is in the mail"
expect "an action of one's own has the parts as fail2ban's have them" has 'one 192.0.2.3 line' "$T/own"
server_stop
[ ! -s "$T/blacklisted-sessions.map" ] || fail "the map is not empty after the stop"
say "ok: nothing remains after the stop"
