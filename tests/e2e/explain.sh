#!/bin/bash
# "explain" says where each value of a jail comes from, and what it overrides.

. "$(dirname "$0")/lib.sh"

need python3
need_programs
: >"$T/log"
plain_configure <<-END
	[DEFAULT]
	findtime = 10m
	maxretry = 5
	maxmatches = %(maxretry)s
	backend = polling
	helper = x
	[web]
	enabled = true
	filter = web
	maxretry = 3
	port = http
	action = act[port="%(port)s", where=x]
	         act[actname=b]
	logpath = $T/log
	[off]
	filter = web
END
filter_file web <<-'END'
	[Definition]
	_who = <HOST>
	failregex = ^bad <_who>$
	            ^worse <_who>$
	datepattern = {NONE}
END
cat >"$ETC/action.d/act.conf" <<-'END'
	[Definition]
	actionban = <tool> <where> <port> <ip>
	tool = echo
	[Init]
	port = 22
	where = y
END
printf '[Definition]\ntool = print\n[Init]\nwhere = z\n' >"$ETC/action.d/act.local"
printf '[Definition]\ndatepattern = {EPOCH}\n' >"$ETC/filter.d/web.local"
mkdir "$ETC/jail.d"
printf '[web]\nmaxretry = 4\n[DEFAULT]\nfindtime = 11m\n' >"$ETC/jail.d/a.conf"
printf 'jails:\n  web: {maxretry: 9, datepattern: "%%(helper)s"}\n' >"$ETC/f2b.yaml"

# explains OPTION TEXT: all that is said of it, with the folder left out.
explains() {
	client explain web "$1" | sed "1d; s|$ETC/||" >"$T/got"
	[ "$(cat "$T/got")" = "$2" ] || { cat "$T/got"; return 1; }
}
expect "the latest of several files" explains maxretry 'maxretry = 9
    f2b.yaml:2:19
    not jail.d/a.conf:2:12: 4
    not jail.conf:10:12: 3
    not jail.conf:3:12 [DEFAULT]: 5'
expect "one of [DEFAULT], with what it refers to" explains maxmatches 'maxmatches = 9
    jail.conf:4:14 [DEFAULT]: %(maxretry)s'
expect "[DEFAULT] overrides itself" explains findtime 'findtime = 11m
    jail.d/a.conf:4:12 [DEFAULT]
    not jail.conf:2:12 [DEFAULT]: 10m'
expect "the filter" explains failregex 'failregex = ^bad <HOST>$
            ^worse <HOST>$
    filter.d/web.conf:3:13: ^bad <_who>$ ...'
expect "the jail before the filter" explains datepattern "datepattern = x
    f2b.yaml:2:36: %(helper)s
    not filter.d/web.local:2:15: {EPOCH}
    not filter.d/web.conf:5:15: {NONE}"
expect "nobody" explains skip_if_nologs 'skip_if_nologs = false
    built in'
expect "an option of [DEFAULT] alone, in any case" explains HELPER 'helper = x
    jail.conf:6:10 [DEFAULT]'

expect "what the jail gives an action" explains act/port 'act/port = http
    jail.conf:11:8
    not action.d/act.conf:5:8: 22'
expect "an option of an action in any case" explains act/WHERE 'act/where = x
    jail.conf:12:37
    not action.d/act.local:4:9: z
    not action.d/act.conf:6:9: y'
expect "what the action's file sets, its tags replaced" explains act/actionban 'act/actionban = print x http <ip>
    action.d/act.conf:2:13: <tool> <where> <port> <ip>'
expect "another action of the same file" explains b/port 'b/port = 22
    action.d/act.conf:5:8'
client explain web b >"$T/all"
expect "all of an action" test "$(grep -o '^b/[a-z]*' "$T/all" | tr '\n' ' ')" = "b/actionban b/actname b/name b/port b/where "
client explain web >"$T/all" || fail "it does not explain all"
expect "the jail's section comes first" has "^\[web\] is enabled: $ETC/jail.conf:7$" "$T/all"
expect "all options of the jail are there" test "$(grep -c '^[a-z_.]* = ' "$T/all")" = 13
expect "and all of its actions" test "$(grep -c '^[a-z]*/[a-z]* = ' "$T/all")" = 10
expect "but not helpers of [DEFAULT]" not has '^helper' "$T/all"
expect "a jail that is not enabled is explained" has 'is not enabled' <(client explain off)
expect "its filter's options are not" not has '^failregex' <(client explain off)

sed -i 's/helper = x/helper = %(nope)s/' "$ETC/jail.conf"
expect "what is wrong is said to be" has 'datepattern = %(helper)s' <(client explain web datepattern 2>&1)
expect "and where to learn why" has 'wrong, see f2b-client check' <(client explain web datepattern 2>&1)
sed -i 's/helper = %(nope)s/helper = x/' "$ETC/jail.conf"

client explain web maxretry --json >"$T/json" || fail "no JSON"
expect "programs get the same" python3 - "$T/json" "$ETC" <<-'END'
	import json, sys
	r, etc = json.load(open(sys.argv[1])), sys.argv[2]
	(o,) = r["options"]
	assert (r["version"], r["jail"], r["enabled"], r["file"], r["line"]) == (1, "web", True, etc + "/jail.conf", 7)
	assert (o["name"], o["value"], o["written"], o["from"], o["column"]) == ("maxretry", "9", "9", "jail", 19)
	assert [(b["from"], b["written"], b["line"]) for b in o["overrides"]] == [("jail", "4", 2), ("jail", "3", 10), ("default", "5", 3)]
END
expect "also as YAML" has '^- name: maxretry' <(client explain --yaml web maxretry)

# fails TEXT WORD...
fails() {
	local text=$1
	shift
	! client explain "$@" >"$T/told" 2>&1 && grep -qF -- "$text" "$T/told"
}
expect "there is no such jail" fails "No section: 'wbe'; did you mean 'web'?" wbe
expect "nor one called DEFAULT" fails "No section: 'DEFAULT'" DEFAULT
expect "nor such an option" fails "nothing sets 'nosuch'" web nosuch
expect "a jail must be named" fails "expected [-c DIR] JAIL" --json
expect "nor such an option of an action" fails "nothing sets 'act/nosuch'" web act/nosuch
printf 'rubbish\n' >"$ETC/jail.local"
expect "files that cannot be read are told of" fails "jail.local:1:1: File contains no section headers" web
