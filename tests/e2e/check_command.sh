#!/bin/bash
# "f2b-client check": all mistakes and doubts of a configuration in one run, and hostile files, each
# with one clear error in bounded time and memory. Argument: the programs' folder.
set -u
client=$1/f2b-client
[ -x "$client" ] || exit 77
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
failed=0

# fresh: a small configuration without mistakes in $conf.
fresh() {
	conf=$top/conf
	rm -rf "$conf"
	mkdir -p "$conf/filter.d" "$conf/action.d"
	: >"$conf/log"
	printf '[Definition]\nloglevel = INFO\nlogtarget = STDERR\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\ndbfile = :memory:\ndbpurgeage = 1d\n' \
		"$top" "$top" >"$conf/fail2ban.conf"
	printf '[Definition]\nfailregex = ^bad <HOST>$\n' >"$conf/filter.d/web.conf"
	printf '[Definition]\nactionban = echo <ip>\n' >"$conf/action.d/act.conf"
	printf '[web]\nenabled = true\nfilter = web\naction = act\nlogpath = %s/log\n' "$conf" >"$conf/jail.conf"
}

# expect STATUS TEXT [OPTION...]: runs check within bounds; its output must hold TEXT.
expect() {
	local status=$1 text=$2
	shift 2
	timeout 60 "$client" -c "$conf" check "$@" >"$top/out" 2>&1 </dev/null
	local got=$?
	if [ "$got" != "$status" ] || ! grep -qF -- "$text" "$top/out"; then
		echo "FAIL: status $got, not $status, or no '$text':"
		head -c 1000 "$top/out"
		failed=1
	fi
}

# doubt TEXT LINE...: lines added to the jail give that warning.
doubt() {
	local text=$1
	shift
	fresh
	printf '%s\n' "$@" >>"$conf/jail.conf"
	expect 0 "warning: $text"
	expect 1 "warning: $text" --strict
}

fresh
expect 0 "0 errors, 0 warnings" --strict
expect 0 '"errors": 0' --json
expect 0 'errors: 0' --yaml

doubt "unknown option 'maxrety', which nothing refers to; did you mean 'maxretry'?" "maxrety = 4"
doubt "'# me' belongs to the value of 'ignoreip'" "ignoreip = 192.0.2.1 # me"
doubt "findtime of jail 'web' is 10d, but the database keeps only 1d" "findtime = 10d"
fresh; sed -i 's|/log$|/log end|' "$conf/jail.conf"
expect 2 "'end' behind the log path is neither head nor tail"

# A log that is missing is one mistake: nothing is said of the tags in a good filter.
fresh; printf '[Definition]\n_a = ^bad <HOST>$\nfailregex = <_a>\n' >"$conf/filter.d/web.conf"
expect 0 "0 errors, 0 warnings"
rm "$conf/log"
expect 2 "Have not found any log file for 'web' jail"
expect 2 "1 error, 1 warning"

# All mistakes at once, each at its place.
fresh
cat >>"$conf/jail.conf" <<-CONF
	[two]
	enabled = true
	filter = wbe
	logpath = $conf/log
	[three]
	enabled = true
	failregex = a(
	logpath = $conf/log
	[four]
	enabled = true
	filter = web
	logpath = $conf/none
CONF
expect 2 "jail.conf:8:10: error: Unable to read the filter 'wbe'; there is no $conf/filter.d/wbe.conf; did you mean 'web'?"
expect 2 "jail.conf:12:14: error: "
expect 2 "jail.conf:17:11: error: Have not found any log file for 'four' jail"
expect 255 "ERROR: check: expected" --nosuch

# The value as it is written, and as it is replaced.
fresh; printf 'findtime = %%(long)s\nlong = 10 %%(unit)s\nunit = minuts\n' >>"$conf/jail.conf"
expect 2 '"source": "long = 10 %(unit)s"' --json
expect 2 '"value": "10 minuts"' --json
expect 2 "value: '10 minuts'" --yaml
for form in json yaml; do
	"$client" -c "$conf" check --$form >"$top/behind"
	"$client" -c "$conf" --$form check | cmp - "$top/behind" || { echo "FAIL: --$form check"; failed=1; }
done

fresh
"$client" -c "$conf" --json simulate web 192.0.2.1 | grep -q '"jail": "web"' || { echo "FAIL: --json simulate"; failed=1; }
"$client" -c "$conf" --yaml simulate web 192.0.2.1 | grep -q '^- jail: web$' || { echo "FAIL: --yaml simulate"; failed=1; }

# What the introduction shows.
fresh
printf '[portscan]\nenabled = true\nfilter = web\naction = act\nlogpath = %s/log\nmaxrety = 3\nbantime = 10 minuts\n' "$conf" >"$conf/jail.local"
sed -n '/^    \$ f2b-client check$/,/^    1 error,/{s/^    //;p;}' "$(dirname "$0")/../../README.md" |
	sed "1d; s|/etc/fail2ban|$conf|" >"$top/wanted"
[ "$(wc -l <"$top/wanted")" = 7 ] || { echo "FAIL: no example in README.md"; failed=1; }
expect 2 "$(sed -n 4p "$top/wanted")"
cmp "$top/wanted" "$top/out" || failed=1

# A mistake that keeps fail2ban.conf from being read is also told in fail2ban's own lines.
fresh; printf '# x\n  loglevel = INFO\n' >"$conf/fail2ban.conf"
"$client" -c "$conf" -t >"$top/out" 2>/dev/null
printf 'ERROR: File contains no section headers.\nfile: %s, line: 2\n%s\n' "'$conf/fail2ban.conf'" "'  loglevel = INFO\\n'" |
	cmp - "$top/out" || failed=1

# Hostile files.
fresh; { printf '[Definition]\nfailregex = '; head -c 10000000 /dev/zero | tr '\0' x; echo; } >"$conf/filter.d/web.conf"
expect 2 "it is larger than 4 MiB"
fresh; { printf '[Definition]\nfailregex = '; head -c 3000000 /dev/zero | tr '\0' x; echo; } >"$conf/filter.d/web.conf"
expect 2 "web.conf:2:1: error: the value of 'failregex' is longer than"
fresh
for ((i = 0; i < 200; i++)); do
	printf '[INCLUDES]\nbefore = %d.conf\n' $((i + 1)) >"$conf/filter.d/$i.conf"
done
printf '[INCLUDES]\nbefore = 0.conf\n[Definition]\nfailregex = ^x <HOST>\n' >"$conf/filter.d/web.conf"
expect 2 "files include each other more than 16 deep"
fresh; printf '[INCLUDES]\nbefore = web.conf\nafter = ../filter.d/web.conf\n[Definition]\nfailregex = ^x <HOST>\n' >"$conf/filter.d/web.conf"
expect 2 "files include each other more than 16 deep"
fresh; printf 'a = %%(a)s\nignoreip = %%(a)s\n' >>"$conf/jail.conf"
expect 2 "Recursion limit exceeded in value substitution: option 'ignoreip' in section 'web'"
fresh; printf '[Definition]\nactionban = <a>\na = <b>\nb = <a>\n' >"$conf/action.d/act.conf"
expect 2 "properties contain self referencing definitions and cannot be resolved, fail tag: "
fresh; rm "$conf/filter.d/web.conf"; mkdir "$conf/filter.d/web.conf"
expect 2 "Is a directory"
fresh; rm "$conf/filter.d/web.conf"; mkfifo "$conf/filter.d/web.conf"
expect 2 "it is a pipe, not a file"
fresh; rm "$conf/filter.d/web.conf"; ln -s web.conf "$conf/filter.d/web.conf"
expect 2 "Unable to read the filter 'web'"

[ "$failed" = 0 ] && echo "check_command: all as expected"
exit "$failed"
