#!/bin/bash
# What is made from the table of commands: help, manual pages, completion of shells and of the
# interactive mode.

. "$(dirname "$0")/lib.sh"

client=$BIN/f2b-client
web_configure ""
server_start
# An id that a shell would take for a command must never be offered.
client set web banip 192.0.2.1 'a$(id)b' >/dev/null || fail "no server"

# ---- manual pages
"$client" --print-man=client | sed 's/\\-/-/g; s/\\&//g; s/\\(dq/"/g' >"$T/man"
"$client" -h | sed '1,/^Command:/d' | grep -E '^    [^ ]' | sed -E 's/^    //; s/  .*//' >"$T/commands"
[ "$(wc -l <"$T/commands")" -gt 60 ] || fail "few commands in the help"
while IFS= read -r command; do
	grep -qxF -- ".B $command" "$T/man" || fail "the manual lacks: $command"
done <"$T/commands"
"$client" -h | sed '1,/^Options:/d; /^Command:/,$d' | grep -oE -- '--[a-z0-9-]+' | sort -u >"$T/options"
while IFS= read -r option; do
	grep -qF -- "$option" "$T/man" || fail "the manual lacks: $option"
done <"$T/options"
for page in "$client --print-man=client" "$client --print-man=options" "$BIN/f2b-server --print-man=server" "$BIN/f2b-regex --print-man"; do
	$page >"$T/page" || fail "$page"
	if command -v man >/dev/null; then
		[ -z "$(man --warnings -l "$T/page" 2>&1 >/dev/null)" ] || fail "$page: roff complains"
	fi
done
for option in enabled bantime.increment actionban dbpurgeage datepattern; do
	"$client" --print-man=options | grep -qxF ".B $option" || fail "jail.conf(5) lacks $option"
done

# ---- bash
eval "$("$client" --print-completion=bash)"
# completes WANTED WORD...: the last word is being typed.
completes() {
	wanted=$1
	shift
	COMP_WORDS=("$client" -c "$ETC" "$@") COMP_CWORD=$(($# + 2)) COMP_LINE="$client -c $ETC $*"
	# A server that does not answer within a second is not waited for.
	soon 5 completed || fail "after '$*': '${COMPREPLY[*]}', not '$wanted'"
}
completed() {
	COMPREPLY=() COMP_POINT=${#COMP_LINE}
	# A status of 127 means to bash that there is no such function.
	_f2b_client "$client" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || return 1
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')" = "$wanted" ]
}
completes "start stats status stop" st
completes "web" get web
completes "--all 192.0.2.1" unban ""
completes "192.0.2.1" set web unbanip 1
client set web banip 2001:db8::1 2001:db8::2 >/dev/null
# bash cuts at colons, and wants what follows the last one.
COMP_WORDS=("$client" -c "$ETC" set web unbanip 192.0.2.1 2001 : db) COMP_CWORD=9
COMP_LINE="$client -c $ETC set web unbanip 192.0.2.1 2001:db"
wanted="db8::1 db8::2"
soon 5 completed || fail "an address with colons: '${COMPREPLY[*]}'"
client set web unbanip 2001:db8::1 2001:db8::2 >/dev/null
COMP_WORDS=("$client" -c "") COMP_CWORD=2 COMP_LINE="$client -c " wanted=""
completed || fail "the usage is offered as words: '${COMPREPLY[*]:0:5}'"
COMP_WORDS=("$client" -h st) COMP_CWORD=2 COMP_LINE="$client -h st" wanted="start stats status stop"
completed || fail "behind -h: '${COMPREPLY[*]:0:5}'"
for shell in zsh fish; do
	"$client" --print-completion=$shell >"$T/script" || fail "no script for $shell"
	if command -v $shell >/dev/null; then $shell -n "$T/script" || fail "$shell does not read its script"; fi
done
if command -v zsh >/dev/null; then
	zsh -fc 'compdef() { print "$@"; }; source <("$1" --print-completion=zsh)' zsh "$client" >"$T/script" 2>&1
	[ "$(cat "$T/script")" = "_f2b_client f2b-client fail2ban-client f2b-server fail2ban-server" ] || fail "zsh cannot source its script"
fi
"$client" --print-completion=csh >/dev/null 2>&1 && fail "csh has no script"

# ---- the interactive mode, on a terminal and on a pipe
printf 'ping\nquit\n' | client -i | grep -q "Server replied: pong" || fail "no answer to a pipe"
# "get w" and "bant" become "get web bantime".
tab_completes() {
	local process done=1
	script -qec "$client -c $ETC -i" /dev/null <"$T/keys" >"$T/tty" 2>&1 &
	process=$!
	exec 8>"$T/keys"
	soon 5 grep -q '^.*fail2ban> ' "$T/tty" && printf 'get w\tbant\t\n' >&8 && PATIENCE=1 soon 5 grep -q '^600' "$T/tty" && done=0
	printf '\nquit\n' >&8
	wait $process
	exec 8>&-
	return $done
}
if command -v script >/dev/null && ldd "$client" | grep -q libedit; then
	mkfifo "$T/keys"
	soon 20 tab_completes || fail "TAB did not complete 'get web bantime': $(cat -v "$T/tty")"
fi
say "ok: help, manual, completion"
