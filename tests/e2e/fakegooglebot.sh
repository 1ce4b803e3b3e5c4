#!/bin/bash
# Whom filter.d/ignorecommands/apache-fakegooglebot takes for Google, with a getent of our own that answers
# from a table, does not answer, or is not there.

. "$(dirname "$0")/lib.sh"

command=$SOURCE/filter.d/ignorecommands/apache-fakegooglebot
mkdir "$T/bin"
cat >"$T/bin/getent" <<-'END'
	#!/bin/sh
	echo "$*" >>"${0%/*}/asked"
	case "$*" in
	"hosts 192.0.2.1") echo "192.0.2.1       crawl-192-0-2-1.googlebot.com" ;;
	"hosts 192.0.2.2") echo "192.0.2.2       other.example rate-limited-proxy.google.com other.google.com" ;;
	"hosts 192.0.2.3") echo "192.0.2.3       Crawl-3.GoogleBot.com" ;;
	"hosts 2001:DB8::1") echo "2001:db8::1     crawl-1.googlebot.com" ;;
	"hosts 198.51.100.1") echo "198.51.100.1    crawl-192-0-2-1.googlebot.com" ;;
	"hosts 198.51.100.2") echo "198.51.100.2    crawl.googlebot.com.evil.example" ;;
	"hosts 198.51.100.3") echo "198.51.100.3    evilgooglebot.com" ;;
	"hosts 198.51.100.4") echo "198.51.100.4    \$(touch $0.ran).googlebot.com * -s.google.com" ;;
	"hosts 198.51.100.5") echo "198.51.100.5    nothing.googlebot.com" ;;
	"hosts 198.51.100.6") echo "198.51.100.6" ;;
	"hosts 198.51.100.7") exec sleep 60 ;;
	"hosts 198.51.100.8") echo "198.51.100.8    longer.googlebot.com" ;;
	"ahosts crawl-192-0-2-1.googlebot.com") printf '192.0.2.1       STREAM crawl-192-0-2-1.googlebot.com\n192.0.2.1       DGRAM\n' ;;
	"ahosts rate-limited-proxy.google.com") printf '203.0.113.1     STREAM x\n192.0.2.2       STREAM\n' ;;
	"ahosts Crawl-3.GoogleBot.com") echo "192.0.2.3       STREAM" ;;
	"ahosts crawl-1.googlebot.com") echo "2001:db8::1     STREAM" ;;
	"ahosts longer.googlebot.com") echo "198.51.100.80   STREAM" ;;
	*) exit 2 ;;
	esac
END
chmod +x "$T/bin/getent"
export PATH="$T/bin:$PATH"

no() { "$@"; [ $? = 1 ]; }

expect "it can be run" test -x "$command"
for address in 192.0.2.1 192.0.2.2 192.0.2.3 2001:DB8::1; do
	expect "$address is Google's" "$command" "$address"
done
for address in 198.51.100.{1..6} 198.51.100.8 203.0.113.7; do
	expect "$address is not" no "$command" "$address"
done
expect "a name is no command" test ! -e "$T/bin/getent.ran"

: >"$T/bin/asked"
for word in "" -s 192.0.2 1 a.b.c.d crawl-1.googlebot.com "192.0.2.1 x" "192.0.2.1;id" '$(id)' ../192.0.2.1 "192.0.2.1
192.0.2.1" 1111:2222:3333:4444:5555:6666:7777:8888:9999:0; do
	expect "\"${word//$'\n'/ }\" is no address" no "$command" "$word"
done
expect "nor is nothing" no "$command"
expect "nor are two" no "$command" 192.0.2.1 192.0.2.1
expect "and nobody was asked about these" test ! -s "$T/bin/asked"

begin=$SECONDS
expect "a lookup that does not end is none" no "$command" 198.51.100.7
expect "and is not waited for" test $((SECONDS - begin)) -lt 30

mkdir "$T/less"
for program in timeout grep; do
	ln -s "$(command -v $program)" "$T/less/$program"
done
expect "without getent nobody is Google's" no env PATH="$T/less" "$command" 192.0.2.1
