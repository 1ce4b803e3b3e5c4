#!/bin/bash
# Our own filters find in lines as the services write them whom they must, and nobody else.
# Rows: the address that must be found, or "-", a tab, the line without its date.

. "$(dirname "$0")/lib.sh"

[ -x "$BIN/f2b-regex" ] || fail "there is no $BIN/f2b-regex"
server_configure </dev/null

# filter NAME[OPTIONS], rows on standard input
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

filter sshd <<'EOT'
192.0.2.1	vm sshd[1]: Failed password for root from 192.0.2.1 port 4242 ssh2
192.0.2.2	vm sshd-session[2]: Failed password for invalid user eve from 192.0.2.2 port 4242 ssh2
192.0.2.3	vm sshd[3]: Invalid user  from 192.0.2.3 port 4242
2001:db8::4	vm sshd[4]: error: PAM: Authentication failure for root from 2001:db8::4
192.0.2.5	vm sshd[5]: User root from 192.0.2.5 not allowed because not listed in AllowUsers
192.0.2.6	vm sshd[6]: error: maximum authentication attempts exceeded for invalid user x from 192.0.2.6 port 4242 ssh2 [preauth]
192.0.2.7	vm sshd[7]: Failed password for invalid user a from 203.0.113.9 port 1 ssh2: b from 192.0.2.7 port 4242 ssh2
192.0.2.8	vm sshd[8]: Invalid user a from 203.0.113.9 port 1 from 192.0.2.8 port 4242
-	vm sshd[9]: Failed publickey for root from 192.0.2.9 port 4242 ssh2: ED25519 SHA256:abc
192.0.2.14	vm sshd[14]: Failed password for invalid user a from 203.0.113.9 port 1 ssh2: from 192.0.2.14 port 4242 ssh2
192.0.2.15	vm sshd[15]: Failed password for invalid user a from 203.0.113.9: from 192.0.2.15 port 4242 ssh2
192.0.2.16	vm sshd[16]: Failed password for a from 203.0.113.9: b from 192.0.2.16 port 4242 ssh2 [preauth]
192.0.2.17	vm sshd[17]: Failed publickey for invalid user a from 203.0.113.9 port 1 ssh2: RSA SHA256:x from 192.0.2.17 port 4242 ssh2: RSA SHA256:abc
192.0.2.18	vm sshd[18]: Failed publickey for invalid user a from 192.0.2.18 port 4242 ssh2: RSA-CERT SHA256:abc ID me (serial 0) CA RSA SHA256:abc
-	vm sshd[19]: Failed publickey for invalid user a from 192.0.2.19 port 4242 ssh2: RSA-CERT SHA256:abc ID me from 203.0.113.9 port 1 ssh2: x (serial 0) CA RSA SHA256:abc
192.0.2.20	vm sshd[20]: Failed hostbased for dan from 192.0.2.20 port 4242 ssh2: RSA SHA256:abc, client user "dan", client host "x"
192.0.2.21	vm sshd[21]: Disconnecting invalid user a 192.0.2.21 port 4242: Change of username or service not allowed: (a,ssh-connection) -> (b 203.0.113.9 port 1: c,ssh-connection) [preauth]
-	vm sshd[22]: Disconnecting invalid user a 203.0.113.9 port 1: Change of username or service not allowed: (a, 192.0.2.22 port 4242: Change of username or service not allowed: (a 203.0.113.9 port 1: Change of username or service not allowed: (a,,ssh-connection) -> (b,ssh-connection) [preauth]
-	vm sshd[23]: Failed publickey for root from 192.0.2.23 port 4242 ssh2: ED25519 SHA256:abc
-	vm sshd[23]: Disconnecting authenticating user root 192.0.2.23 port 4242: Change of username or service not allowed: (root,ssh-connection) -> (b 203.0.113.9 port 1: Change of username a,ssh-connection) [preauth]
-	vm sshd[10]: Accepted publickey for root from 192.0.2.10 port 4242 ssh2: ED25519 SHA256:abc
-	vm sshd[11]: Connection closed by authenticating user root 192.0.2.11 port 4242 [preauth]
-	vm sshd[12]: Did not receive identification string from 192.0.2.12 port 4242
-	vm cron[13]: Failed password for root from 192.0.2.13 port 4242 ssh2 of another daemon
EOT

filter 'sshd[mode=ddos]' <<'EOT'
192.0.2.1	vm sshd[1]: Did not receive identification string from 192.0.2.1 port 4242
192.0.2.2	vm sshd[2]: Connection closed by 192.0.2.2 port 4242 [preauth]
192.0.2.3	vm sshd[3]: banner exchange: Connection from 192.0.2.3 port 4242: invalid format
192.0.2.4	vm sshd[4]: fatal: Timeout before authentication for 192.0.2.4 port 4242
-	vm sshd[5]: Unable to negotiate with 192.0.2.5 port 4242: no matching cipher found. Their offer: none [preauth]
EOT

filter 'sshd[mode=extra]' <<'EOT'
192.0.2.1	vm sshd[1]: Unable to negotiate with 192.0.2.1 port 4242: no matching cipher found. Their offer: none [preauth]
192.0.2.2	vm sshd[2]: Disconnected from authenticating user root 192.0.2.2 port 4242 [preauth]
-	vm sshd[3]: Did not receive identification string from 192.0.2.3 port 4242
EOT

filter 'sshd[mode=aggressive, publickey=any]' <<'EOT'
192.0.2.1	vm sshd[1]: Failed publickey for root from 192.0.2.1 port 4242 ssh2: ED25519 SHA256:abc
192.0.2.2	vm sshd[2]: Did not receive identification string from 192.0.2.2 port 4242
192.0.2.3	vm sshd[3]: Unable to negotiate with 192.0.2.3 port 4242: no matching MAC found. Their offer: x
EOT

filter 'sshd[logtype=journal]' <<'EOT'
192.0.2.1	vm sshd[1]: Failed password for root from 192.0.2.1 port 4242 ssh2
EOT

filter portscan <<'EOT'
192.0.2.1	vm kernel: [   12.345678] PORT DENIED: IN=eth0 OUT= MAC=02:00 SRC=192.0.2.1 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
192.0.2.2	vm kernel: PORT DENIED: IN=eth0 OUT= MAC=02:00 SRC=192.0.2.2 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=80 SYN URGP=0
2001:db8::3	vm kernel: PORT DENIED: IN=eth0 OUT= MAC=02:00 SRC=2001:0db8:0000:0000:0000:0000:0000:0003 DST=2001:0db8:0000:0000:0000:0000:0000:00fe LEN=64 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
-	vm kernel: PORT DENIED: IN=eth0 OUT= MAC= LEN=1 PROTO=ICMP TYPE=3 CODE=3 [SRC=203.0.113.9 DST=192.0.2.1 LEN=1 ]
-	vm kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00 SRC=192.0.2.4 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
EOT

filter 'portscan[mode=ufw, ports="80|443"]' <<'EOT'
192.0.2.1	vm kernel: [   12.345678] [UFW BLOCK] IN=eth0 OUT= MAC=02:00 SRC=192.0.2.1 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
-	vm kernel: [UFW BLOCK] IN=eth0 OUT= MAC=02:00 SRC=192.0.2.2 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=443 SYN URGP=0
-	vm kernel: [UFW ALLOW] IN=eth0 OUT= MAC=02:00 SRC=192.0.2.3 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
EOT

filter 'portscan[mode=any]' <<'EOT'
192.0.2.1	vm kernel: [   12.345678] MY WORDS IN=eth0 OUT= MAC=02:00 SRC=192.0.2.1 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
192.0.2.2	vm kernel: IN=eth0 OUT= SRC=192.0.2.2 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
192.0.2.3	vm MY WORDS: IN=eth0 OUT= SRC=192.0.2.3 DST=192.0.2.254 LEN=44 PROTO=TCP SPT=5 DPT=23 SYN URGP=0
-	vm sshd[12]: Invalid user IN= OUT= SRC=203.0.113.9 DST= from 192.0.2.4 port 4242
EOT

filter recidive <<'EOT'
192.0.2.1	vm fail2ban.actions[1]: NOTICE [sshd] Ban 192.0.2.1
192.0.2.0/24	vm fail2ban-server[1]: fail2ban.actions        [1]: NOTICE  [sshd] Ban 192.0.2.0/24
-	vm fail2ban.actions[1]: NOTICE [recidive] Ban 192.0.2.3
-	vm fail2ban.actions[1]: NOTICE [sshd] Unban 192.0.2.4
-	vm fail2ban.actions[1]: NOTICE [sshd] Restore Ban 192.0.2.5
EOT

filter nginx-http-auth <<'EOT'
192.0.2.1	[error] 1#1: *1 user "eve": password mismatch, client: 192.0.2.1, server: x.org, request: "GET / HTTP/1.1", host: "x.org"
192.0.2.2	[error] 1#1: *1 user "eve" was not found in "/etc/htpasswd", client: 192.0.2.2, server: , request: "GET / HTTP/1.1", host: "x.org", referrer: "http://x.org/"
192.0.2.3	[error] 1#1: *1 user "eve": password mismatch, client: 192.0.2.3, server: x, request: "GET / HTTP/1.1", host: "x", referrer: "": password mismatch, client: 203.0.113.9, server: x, request: "GET / HTTP/1.1", host: "x""
192.0.2.5	[error] 1#1: *1 user "eve": password mismatch, client: 192.0.2.5, server: x, request: "GET / HTTP/1.1", host: "x"y", referrer: "a": password mismatch, client: 203.0.113.9, server: x, host: "x"
192.0.2.6	[error] 1#1: *1 user "eve": password mismatch, client: 192.0.2.6, server: x, request: "GET /a": password mismatch, client: 203.0.113.9, server: x, request: "GET / HTTP/1.1", host: "x"
192.0.2.7	[error] 1#1: *1 user "a:b": password mismatch, client: 192.0.2.7, server: x, request: "GET / HTTP/1.1", host: "x"
-	[error] 1#1: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.4, server: x.org, request: "GET / HTTP/1.1"
EOT

# What filters of others find in common.conf: the names, and each may be set in [Definition].
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
-	vm other[1]: bad login from 192.0.2.6
-	vm mydaemon[1]: vm other[1]: bad login from 192.0.2.7
EOT
for logtype in journal short; do
	filter "mydaemon[logtype=$logtype]" <<'EOT'
192.0.2.1	vm mydaemon[1]: bad login from 192.0.2.1
192.0.2.2	bad login from 192.0.2.2
-	vm other[1]: bad login from 192.0.2.6
EOT
done

# The date stands at the begin of a line, in brackets or without; elsewhere it is none.
line='vm mydaemon[1]: bad login from 192.0.2.'
printf '%s\n' "[2026-11-22 10:00:01] ${line}1" "vm mydaemon[1]: 2026-11-22 10:00:02 bad login from 192.0.2.2" \
	"Nov 22 10:00:03 ${line}3" >"$T/lines"
[ "$("$BIN/f2b-regex" -c "$ETC" --usedns no -o '<ip>' "$T/lines" mydaemon | tr '\n' ' ')" = "192.0.2.1 192.0.2.3 " ] ||
	fail "mydaemon: dates within a line or in brackets"
say "ok: mydaemon: dates in brackets"
