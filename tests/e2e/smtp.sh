#!/bin/bash
# The action smtp.py: over TLS, with a password, beside a server that says nothing; and what is said of
# an administrator's own action in Python. Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"
need_programs
[ -x "$BIN/f2b-mail" ] || skip "built without libcurl"
need openssl python3
here=$(cd "$(dirname "$0")" && pwd)

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/key" -out "$T/cert" -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost >"$T/openssl.out" 2>&1 || skip "openssl makes no certificate"
for kind in starttls tls silent; do
	start_process "$T/$kind.out" /usr/bin/python3 "$here/smtp_server.py" "$T/$kind.port" "$T/$kind.mails" $kind \
		"$T/cert" "$T/key"
done
for kind in starttls tls silent; do
	soon 20 test -e "$T/$kind.port" || fail "the mail server does not start"
done

server_configure <<-END
	[DEFAULT]
	backend = polling
	filter = plain
	logpath = $T/none.log
	ignoreself = false
	[starttls]
	enabled = true
	action = smtp.py[host="localhost:$(cat "$T/starttls.port")", user=me, password="it's \$secret", dest="a@example.org,b@example.org"]
	[tls]
	enabled = true
	action = smtp.py[host="localhost:$(cat "$T/tls.port")", ssl=True, matches=matches]
	[untrusted]
	enabled = true
	action = smtp.py[host="localhost:$(cat "$T/tls.port")", ssl=True, verify=True, timeout=300]
	[silent]
	enabled = true
	action = smtp.py[host="127.0.0.1:$(cat "$T/silent.port")", timeout=3]
END
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <HOST>$
END
: >"$T/none.log"

# all_mails KIND: what its server got, with the text of each mail decoded.
all_mails() {
	python3 -c 'import json, sys, email
for line in open(sys.argv[1]):
	m = json.loads(line)
	letter = email.message_from_string(m["data"])
	print(m["tls"], m.get("auth"), " ".join(m["to"]), letter["Subject"])
	print(letter.get_payload(decode=True).decode())' "$T/$1.mails" 2>&1
}
mailed() { all_mails "$1" >"$T/$1.read" && grep -qF -e "$2" "$T/$1.read"; }

"$BIN/f2b-server" -c "$ETC" -xf start >"$T/server.out" 2>&1 </dev/null 9>&- &
SERVER=$!
soon 20 server_up || fail "the server does not start"

expect_soon 20 "a mail tells of the start" mailed starttls '[Fail2Ban] starttls: started on'
expect "it went over STARTTLS, with the password, to both" \
	mailed starttls "True ['', 'me', \"it's \$secret\"] RCPT TO:<a@example.org> RCPT TO:<b@example.org> [Fail2Ban] starttls"
client set tls attempt 192.0.2.1 "line \$(touch $T/executed)" "Subject: of mine" >"$T/out"
client set tls maxretry 1 >"$T/out"
client set tls attempt 192.0.2.1 >"$T/out"
expect_soon 20 "a mail over TLS tells of a ban" mailed tls '[Fail2Ban] tls: banned 192.0.2.1 from'
expect "with the lines of the log" mailed tls "line \$(touch $T/executed)"
[ ! -e "$T/executed" ] || fail "what a log said was executed"
expect_soon 30 "a certificate that nobody knows is refused where that is asked for" \
	has "stderr: .cannot send to localhost:.*certificate" "$LOG"
expect_soon 30 "a server that says nothing costs its own time only" \
	has "Failed to start jail 'silent' action 'smtp'" "$LOG"
not has "it's .secret" "$LOG" || fail "the password is in the log"
say "ok: the password is in no log"
expect "a property has fail2ban's name" test "$(client get starttls action smtp fromaddr)" = fail2ban
[ "$(client get starttls action smtp toaddr)" = a@example.org,b@example.org ] || fail "toaddr"
expect "what was not given is nothing" test "$(client get tls action smtp user)" = None
expect "it has fail2ban's methods" test "$(client get tls actionmethods smtp | tr -d '\n')" = \
	"The jail tls action smtp has the following methods:ban, reban, start, stop, unban"
client add other polling >"$T/out"
not client set other addaction mine /etc/fail2ban/action.d/mine.py '{"x": "y"}' >"$T/out" 2>&1 || fail "it takes a .py"
expect "an action in Python is refused with advice" has 'mine.py is written in Python.*actionban = python3' "$T/out"
server_stop
expect "a mail tells of the stop" mailed tls '[Fail2Ban] tls: stopped on'

cat >>"$ETC/jail.local" <<-'END'
	[own]
	enabled = true
	action = mine.py[x=y]
END
: >"$ETC/action.d/mine.py"
not client -t >"$T/out" 2>&1 || fail "the test of the configuration takes a .py"
expect "a test of the configuration names the place" has 'jail.local:[0-9]*:[0-9]*: mine.py is written in Python' "$T/out"
