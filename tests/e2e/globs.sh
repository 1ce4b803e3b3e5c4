#!/bin/bash
# Files that come to match a pattern of a log path are read from their start, without a reload, and
# whichever client started the jail.

. "$(dirname "$0")/lib.sh"

lab_new
mkdir -p "$T/vhosts/one"
: >"$T/vhosts/one/access.log"
server_configure <<-END
	[portscan]
	enabled = true
	action =
	maxretry = 2
	logpath = $T/vhosts/*/access*.log
	          $T/plain.log
END
: >"$T/plain.log"
server_start
reads() { client get portscan logpath | grep -qF "$1"; }
fail_in() { denied "$2" 23 2 >>"$1"; }

expect "the pattern is known" has "vhosts/\*/access\*.log" <(client get portscan logglob)
expect "the file that was there is read" reads "$T/vhosts/one/access.log"

fail_in "$T/vhosts/one/access-ssl.log" 198.51.100.1
expect_soon 10 "a new file in a known folder is read from its start" is_banned portscan 198.51.100.1

expect "naming it is no mistake" client set portscan addlogpath "$T/vhosts/one/access-ssl.log"
expect "which the log does not call one" not has "already exists" "$LOG"
expect "naming it again is" client set portscan addlogpath "$T/vhosts/one/access-ssl.log"
expect "as fail2ban says" has "access-ssl.log already exists" "$LOG"

mkdir "$T/vhosts/two"
fail_in "$T/vhosts/two/access.log" 198.51.100.2
expect_soon 10 "so is one in a new folder" is_banned portscan 198.51.100.2

fail_in "$T/hidden.log" 198.51.100.3
mv "$T/hidden.log" "$T/vhosts/two/access-moved.log"
expect_soon 10 "and one that is moved there" is_banned portscan 198.51.100.3

# Whoever can write into the folder may give a file any name.
forged="$T/vhosts/two/access"$'\n''2001-02-03 04:05:06,000 fail2ban.actions [1]: NOTICE  [x] Ban 203.0.113.9 .log'
fail_in "$forged" 198.51.100.8
expect_soon 10 "a file with a line feed in its name is read" is_banned portscan 198.51.100.8
rm "$forged"

# A rotated log that was compressed is no log, though it may match.
fail_in "$T/old.log" 198.51.100.9
gzip -c "$T/old.log" >"$T/vhosts/one/access.log.gz.log"
expect_soon 10 "a compressed file is told of" has "access.log.gz.log is compressed and is not read" "$LOG"

fail_in "$T/vhosts/one/error.log" 198.51.100.4
fail_in "$T/vhosts/one/access-last.log" 198.51.100.5
expect_soon 10 "the last is read" is_banned portscan 198.51.100.5
expect "what does not match is not" not reads error.log

expect "a reload" client reload
expect "the pattern is still known" has "vhosts/\*/access\*.log" <(client get portscan logglob)
failed=$(status_value portscan "Total failed")
fail_in "$T/vhosts/one/access-new.log" 198.51.100.6
expect_soon 10 "and found again" is_banned portscan 198.51.100.6
expect "nothing was read twice" jail_is portscan "Total failed" $((failed + 2))

sed -i '/vhosts/d; s/^ *\(.*plain.log\)/logpath = \1/' "$ETC/jail.local"
expect "a reload without the pattern" client reload
expect "lets go of it" not has "vhosts" <(client get portscan logglob)
expect "and of its files" not reads vhosts
expect "no name of a file is a line of the log" not has "^2001-" "$LOG"
expect "but they are told" has "Removed logfile: .*access.x0a2001-" "$LOG"
server_stop
