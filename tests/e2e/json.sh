#!/bin/bash
# What docs/json.md says of replies, held against the program; each command of the table is there.

. "$(dirname "$0")/lib.sh"

need python3
doc=$SOURCE/docs/json.md
web_configure "" web mail
server_start

# gives EXPRESSION COMMAND...: the expression in Python must hold for the reply r.
gives() {
	local expression=$1
	shift
	timeout 100 "$BIN/f2b-client" -c "$ETC" --json "$@" >"$T/reply" 2>/dev/null
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not ('"$expression"'))' "$T/reply" || fail "$* gives $(head -c 300 "$T/reply")"
}
gives 'r == 2' set web banip 192.0.2.1 $'a\e"b'
gives 'r == {"Number of jail": 2, "Jail list": ["mail", "web"]}' status
gives 'set(r["Jails"]) == {"mail", "web"} and r["Jails"]["web"]["Actions"]["Currently banned"] == 2' status --all
gives 'r["Actions"]["Banned IP list"][0] == "192.0.2.1" and r["Filter"]["Total failed"] == 0' status web
gives '"Banned IP list" not in r["Actions"]' status web short
gives 'r["Backend"] == "polling" and r["Actions"]["Total banned"] == 2' status web stats
gives 'r["web"]["Actions"]["Currently banned"] == 2' stats
gives 'r["mail"]["Filter"] == {"Currently failed": 0, "Total failed": 0}' status --all stats
gives 'r == {"mail": [], "web": ["192.0.2.1", "a\x1b\"b"]}' banned
gives 'r == {"192.0.2.1": ["web"], "192.0.2.2": []}' banned 192.0.2.1 192.0.2.2
gives 'r["schema"] == 1 and r["version"]' version
gives 'r[0]["id"] == "192.0.2.1" and r[0]["bantime"] == 600 and len(r[0]["until"]) == 19' get web banip --with-time
gives 'r == ["192.0.2.1", "a\x1b\"b"]' get web banned
gives 'r == {"pattern": None, "name": "Default Detectors"}' get web datepattern
gives 'r is None' get web ignorecache
gives 'r == {"key": "<ip>", "max-count": 5, "max-time": 60}' set web ignorecache 'key="<ip>", max-count=5, max-time=1m'
gives 'r == 600' get web bantime
gives 'r is False' get web ignorecommand
gives 'r is True' set web idle on
gives 'r is None' get dbfile
gives 'r == ["act"]' get web actions
gives 'r == {"error": "unknown-jail", "args": ["none"]}' status none
gives 'r["error"] == "index"' get web
gives 'r["error"] == "syntax"' set web bantime 12x
gives 'r["Filter"] == {"Currently failed": 0, "Total failed": 0, "File list": r["Filter"]["File list"]}' status mail
gives 'r == 1' set mail maxfailures 1
gives 'r == 1' set mail attempt 192.0.2.3
gives 'r == 1' set mail attempt 192.0.2.4
gives 'r["Filter"]["Currently failed"] == 1 and r["Filter"]["Failures given up"] == 1' status mail
gives 'r == 2' unban --all
timeout 100 "$BIN/f2b-client" -c "$ETC" --yaml status | grep -q '^Jail list:' || fail "YAML differs"

# Every command, and every name that can be got or set, is in the document.
"$BIN/f2b-client" -h | sed '1,/^Command:/d' | grep -E '^    [^ ]' | sed -E 's/^    //; s/  .*//' | while read -r line; do
	read -ra words <<<"$line"
	name=${words[0]}
	[ "$name" = set ] || [ "$name" = get ] && name=${words[1]}
	[ "$name" = "<JAIL>" ] && name=${words[2]}
	case $name in convert | top) continue ;; esac	# for people only
	grep -qE "(^|[^a-z.-])$name([^a-z.-]|\$)" "$doc" || echo "docs/json.md lacks: $line"
done >"$T/lacking"
[ ! -s "$T/lacking" ] || fail "$(cat "$T/lacking")"
say "ok: replies and names are as the page says"
