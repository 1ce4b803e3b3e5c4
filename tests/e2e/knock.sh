#!/bin/bash
# FTP is closed to all but those who know a page of the web server: the jail pass2allow-ftp as it comes.

. "$(dirname "$0")/lib.sh"

lab_new
listen 21
: >"$T/access.log"
server_configure <<-END
	[pass2allow-ftp]
	enabled = true
	logpath = $T/access.log
	knocking_url = /open/sesame
	returntype = REJECT
END
# asks ADDRESS PAGE STATUS
asks() { echo "$1 - - [$(date '+%d/%b/%Y:%H:%M:%S %z')] \"GET $2 HTTP/1.1\" $3 44 \"-\" \"x\""; }

expect "FTP is open" can_connect attacker "$V4" 21
server_start
expect_soon 5 "closed to one" not can_connect attacker "$V4" 21
expect_soon 5 "and the other" not can_connect bystander "$V4" 21
asks "$A4" /open/other 200 >>"$T/access.log"
asks "$A4" /open/sesame 401 >>"$T/access.log"
asks "$A4" '/?x=/open/sesame' 200 >>"$T/access.log"
asks "$B4" /open/sesame 200 >>"$T/access.log"
expect_soon 10 "who knows the page is let in" can_connect bystander "$V4" 21
expect "and nobody else" not can_connect attacker "$V4" 21
expect "until he is forgotten" client set pass2allow-ftp unbanip "$B4"
expect_soon 5 "closed again" not can_connect bystander "$V4" 21
server_stop
expect_soon 5 "open to all without the server" can_connect attacker "$V4" 21
