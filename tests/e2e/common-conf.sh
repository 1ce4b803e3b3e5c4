#!/bin/bash
# What filters of others find in common.conf: the names, each of which may be set in [Definition], and
# where the date is looked for.

. "$(dirname "$0")/lib.sh"

[ -x "$BIN/f2b-regex" ] || fail "there is no $BIN/f2b-regex"
server_configure </dev/null

# filter NAME[OPTIONS], rows on standard input: the address that must be found, or "-", a tab, the line
# without its date
filter() {
	local want line
	: >"$T/lines"
	: >"$T/want"
	while IFS=$'\t' read -r want line; do
		printf 'Nov 22 10:00:00 %s\n' "$line" >>"$T/lines"
		[ "$want" = - ] || printf '%s\n' "$want" >>"$T/want"
	done
	"$BIN/f2b-regex" -c "$ETC" --usedns no -o '<ip>' "$T/lines" "$1" >"$T/found" 2>"$T/regex.err" ||
		fail "f2b-regex with $1: $(tail -n 5 "$T/regex.err")"
	diff "$T/want" "$T/found" >"$T/diff" || {
		cat "$T/diff" "$T/lines"
		fail "$1 (< missed, > found without reason)"
	}
	say "ok: $1: $(grep -c . "$T/lines") lines, $(grep -c . "$T/want") failures"
}

cat >"$ETC/filter.d/mydaemon.conf" <<'EOT'
[INCLUDES]
before = common.conf
[Definition]
_daemon = mydaemon
failregex = ^%(__prefix_line)sbad login from <HOST>$
            ^%(__prefix_line)s%(__pam_auth)s\(mydaemon:auth\): authentication failure; rhost=<HOST>$
            ^%(__prefix_line)srefused key %(__md5hex)s of <HOST>$
EOT

filter mydaemon <<'EOT'
192.0.2.1	vm mydaemon[1]: bad login from 192.0.2.1
192.0.2.2	vm mydaemon: pam_unix(mydaemon:auth): authentication failure; rhost=192.0.2.2
192.0.2.3	<auth.info> vm mydaemon(pam_unix)[1]: refused key 07:06:27:55:b0:e3:0c:3c:5a:28:2d:7c:7e:4c:77:5f of 192.0.2.3
192.0.2.4	bad login from 192.0.2.4
192.0.2.5	vm [mydaemon]: [ID 800047 auth.info] bad login from 192.0.2.5
192.0.2.8	<4.6> vm mydaemon[1]: bad login from 192.0.2.8
192.0.2.9	vm auth.info mydaemon[1]: bad login from 192.0.2.9
192.0.2.10	authpriv.warn mydaemon[1]: bad login from 192.0.2.10
192.0.2.11	vm kernel: [   12.345678] mydaemon[1]: bad login from 192.0.2.11
192.0.2.12	vm kernel: [   12.345678][   T77] bad login from 192.0.2.12
192.0.2.13	vm kern.warn kernel: [12345.678901] bad login from 192.0.2.13
192.0.2.14	vm @vserver_web mydaemon[1]: bad login from 192.0.2.14
192.0.2.15	vm [mydaemon] bad login from 192.0.2.15
-	vm other[1]: bad login from 192.0.2.6
-	vm mydaemon[1]: vm other[1]: bad login from 192.0.2.7
-	vm auth.info other[1]: bad login from 192.0.2.6
-	vm auth.infos mydaemon[1]: bad login from 192.0.2.6
-	vm kernel: [   12.345678] other[1]: bad login from 192.0.2.6
-	vm mydaemon(other) other[1]: bad login from 192.0.2.6
-	vm mydaemon2[1]: bad login from 192.0.2.6
EOT
for logtype in journal short; do
	filter "mydaemon[logtype=$logtype]" <<'EOT'
192.0.2.1	vm mydaemon[1]: bad login from 192.0.2.1
192.0.2.2	bad login from 192.0.2.2
192.0.2.3	vm kernel: [   12.345678] bad login from 192.0.2.3
192.0.2.4	vm mydaemon[1]: kernel: [   12.345678] bad login from 192.0.2.4
-	vm other[1]: bad login from 192.0.2.6
-	vm kernel: [   12.345678] other[1]: bad login from 192.0.2.6
EOT
done

# The date stands at the begin of a line, in brackets or without; elsewhere it is none.
line='vm mydaemon[1]: bad login from 192.0.2.'
printf '%s\n' "[2026-11-22 10:00:01] ${line}1" "vm mydaemon[1]: 2026-11-22 10:00:02 bad login from 192.0.2.2" \
	"Nov 22 10:00:03 ${line}3" >"$T/lines"
[ "$("$BIN/f2b-regex" -c "$ETC" --usedns no -o '<ip>' "$T/lines" mydaemon | tr '\n' ' ')" = "192.0.2.1 192.0.2.3 " ] ||
	fail "mydaemon: dates within a line or in brackets"
say "ok: mydaemon: dates in brackets"

# RFC 5424: what is in quotes does not end the structured data.
five() {
	printf '<38>1 2026-11-22T10:00:00.123Z vm %s bad login from 192.0.2.%s\n' "$1" "$2"
}
{
	five 'mydaemon 1 - -' 1
	five 'mydaemon - ID7 [a@1 b="c" d="e"][f]' 2
	five 'mydaemon 1 - [a b="x ] y \" z \\\\"]' 3
	five 'mydaemon 1 - [a b="x\"] ' 4
	five 'other 1 - -' 5
	five 'other 1 - [a mydaemon 1 - -]' 6
} >"$T/lines"
[ "$("$BIN/f2b-regex" -c "$ETC" --usedns no -o '<ip>' "$T/lines" 'mydaemon[logtype=rfc5424]' | tr '\n' ' ')" = \
	"192.0.2.1 192.0.2.2 192.0.2.3 " ] || fail "mydaemon: RFC 5424"
say "ok: mydaemon: RFC 5424"

# What is added to one of Apache's filters is about what stands behind the client.
for name in auth botsearch noscript shellshock; do
	cat >"$ETC/filter.d/apache-$name.local" <<'EOT'
[Definition]
failregex = %(known/failregex)s
            ^something else happened$
EOT
	filter apache-$name <<'EOT'
192.0.2.1	vm apache2[12]: [core:error] [pid 12:tid 34] [client 192.0.2.1:4242] AH00126: something else happened
192.0.2.2	vm apache2[12]: [core:error] [pid 12:tid 34] [client 192.0.2.2:4242] something else happened
-	vm apache2[12]: [core:error] [pid 12:tid 34] something else happened
EOT
done
