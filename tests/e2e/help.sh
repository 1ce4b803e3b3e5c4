#!/bin/bash
# What is made from the table of commands: help, manual pages, completion of shells and of the
# interactive mode. Argument: the programs' folder.
set -u
export LC_ALL=C
bin=$1
client=$bin/f2b-client
[ -x "$client" ] || exit 77
top=$(mktemp -d)
failed=0
server=
finish() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
	rm -rf "$top"
}
trap finish EXIT
fail() {
	echo "FAIL: $*"
	failed=1
}

mkdir -p "$top/conf/filter.d"
: >"$top/log"
printf '[Definition]\nloglevel = INFO\nlogtarget = %s/server.log\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\ndbfile = None\ndbpurgeage = 1d\n' \
	"$top" "$top" "$top" >"$top/conf/fail2ban.conf"
printf '[web]\nenabled = true\nfilter =\nbackend = polling\nfailregex = ^bad <HOST>$\nlogpath = %s/log\n' "$top" >"$top/conf/jail.conf"
"$bin/f2b-server" -c "$top/conf" -f start >/dev/null 2>&1 &
server=$!
for _ in $(seq 100); do "$client" -c "$top/conf" ping >/dev/null 2>&1 && break; sleep 0.1; done
# An id that a shell would take for a command must never be offered.
"$client" -c "$top/conf" set web banip 192.0.2.1 'a$(id)b' >/dev/null || fail "no server"

# ---- manual pages
"$client" --print-man=client | sed 's/\\-/-/g; s/\\&//g; s/\\(dq/"/g' >"$top/man"
"$client" -h | sed '1,/^Command:/d' | grep -E '^    [^ ]' | sed -E 's/^    //; s/  .*//' >"$top/commands"
[ "$(wc -l <"$top/commands")" -gt 60 ] || fail "few commands in the help"
while IFS= read -r command; do
	grep -qxF -- ".B $command" "$top/man" || fail "the manual lacks: $command"
done <"$top/commands"
"$client" -h | sed '1,/^Options:/d; /^Command:/,$d' | grep -oE -- '--[a-z0-9-]+' | sort -u >"$top/options"
while IFS= read -r option; do
	grep -qF -- "$option" "$top/man" || fail "the manual lacks: $option"
done <"$top/options"
for page in "$client --print-man=client" "$client --print-man=options" "$bin/f2b-server --print-man=server" "$bin/f2b-regex --print-man"; do
	$page >"$top/page" || fail "$page"
	if command -v man >/dev/null; then
		[ -z "$(man --warnings -l "$top/page" 2>&1 >/dev/null)" ] || fail "$page: roff complains"
	fi
done
for option in enabled bantime.increment actionban dbpurgeage datepattern; do
	"$client" --print-man=options | grep -qxF ".B $option" || fail "jail.conf(5) lacks $option"
done

# ---- bash
eval "$("$client" --print-completion=bash)"
# completes WANTED WORD...: the last word is being typed.
completes() {
	local wanted=$1
	shift
	COMP_WORDS=("$client" -c "$top/conf" "$@") COMP_CWORD=$(($# + 2)) COMPREPLY=()
	_f2b_client "$client" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')" = "$wanted" ] ||
		fail "after '$*': '${COMPREPLY[*]}', not '$wanted'"
}
completes "start stats status stop" st
completes "web" get web
completes "--all 192.0.2.1" unban ""
completes "192.0.2.1" set web unbanip 1
for shell in zsh fish; do
	"$client" --print-completion=$shell >"$top/script" || fail "no script for $shell"
	if command -v $shell >/dev/null; then $shell -n "$top/script" || fail "$shell does not read its script"; fi
done
"$client" --print-completion=csh >/dev/null 2>&1 && fail "csh has no script"

# ---- the interactive mode, on a terminal and on a pipe
printf 'ping\nquit\n' | "$client" -c "$top/conf" -i | grep -q "Server replied: pong" || fail "no answer to a pipe"
if command -v script >/dev/null && ldd "$client" | grep -q libedit; then
	# "get w" and "bant" become "get web bantime".
	{ sleep 1; printf 'get w\tbant\t\nquit\n'; sleep 1; } |
		script -qec "$client -c $top/conf -i" /dev/null >"$top/tty" 2>&1
	grep -q '^600' "$top/tty" || { fail "TAB did not complete 'get web bantime'"; cat -v "$top/tty"; }
fi
exit $failed
