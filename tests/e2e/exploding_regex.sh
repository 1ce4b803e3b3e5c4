#!/bin/bash
# A regex that takes too long on a line: the line is passed over and counted, the regex is named once,
# and lines behind it count as ever.

. "$(dirname "$0")/lib.sh"

lab_new
: >"$T/app.log"
server_configure </dev/null
filter_file app <<'END'
[Definition]
failregex = ^ plain from <HOST>(?: z+\?)?$
            ^ (?:\w+\s?)*: fail from <HOST>$
ignoreregex = (?:z+)+[!.]
END
server_configure <<-END
	[app]
	enabled = true
	action =
	logpath = $T/app.log
	maxretry = 1
END
server_start

# hostile NUMBER: lines that the second failregex can read in too many ways
hostile() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '%s %s!: fail from 192.0.2.66\n' "$(now_line)" "$(printf 'word%.0s' {1..200})"
	done
}

passed_over() { jail_is app 'Lines passed over' "$1"; }

expect "nothing is told where nothing was passed over" not has 'passed over' <(client status app)
hostile 3 >>"$T/app.log"
expect_soon 10 "the lines are counted in the jail's status" passed_over 3
expect "and in its JSON" has '"Lines passed over": 3' <(client --json status app)
expect "the log names jail and regex" has '\[app\] failregex \[1\] took too long' "$LOG"
expect "once" test "$(grep -c 'took too long' "$LOG")" = 1
expect "nobody is banned for them" jail_is app 'Total banned' 0

echo "$(now_line) plain from 192.0.2.7 $(printf 'z%.0s' {1..60})?" >>"$T/app.log"
echo "$(now_line) plain from 192.0.2.8" >>"$T/app.log"
expect_soon 10 "a line behind them counts" is_banned app 192.0.2.8
expect "an ignoreregex is named as such" has '\[app\] ignoreregex \[0\] took too long' "$LOG"
expect "and its line is passed over as well" passed_over 4
echo "$(now_line) some words: fail from 192.0.2.9" >>"$T/app.log"
expect_soon 10 "and the regex still finds what it is for" is_banned app 192.0.2.9

expect "after a reload it is told anew" has '^OK$' <(client reload --restart app)
hostile 1 >>"$T/app.log"
expect_soon 10 "and counted anew" passed_over 1
expect "the regex tester names it too" has 'Passed over: 1 line(s).*failregex 2' \
	<("$BIN/f2b-regex" -c "$ETC" "$(hostile 1)" app)
server_stop
