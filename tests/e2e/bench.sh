#!/bin/bash
# The benchmarks still run, count what they should, and can be drawn; how fast it went is not judged.

. "$(dirname "$0")/lib.sh"

bench=$SOURCE/tests/bench
need python3
[ -x "$BIN/f2b-regex" ] || fail "there is no $BIN/f2b-regex"

# in_result EXPRESSION: of the cases, by name.
in_result() {
	python3 - "$T/result" "$1" <<-'END'
		import json, sys
		cases = {row["case"]: row["figures"] for row in json.load(open(sys.argv[1]))["rows"]}
		sys.exit(not eval(sys.argv[2]))
	END
}

expect "a small log can be scanned" \
	"$bench/run" --quick --only scan --size 0.01 --json "$T/result" "$(dirname "$BIN")"
expect "all lines count where they should" in_result 'cases["portscan, 100 %"]["matched"]["f2b"] == 100'
expect "and one in a hundred" in_result '0.3 < cases["portscan, 1 %"]["matched"]["f2b"] < 3'
expect "there is a rate" in_result 'all(c["rate"]["f2b"] > 0 for c in cases.values())'
expect "it can be drawn" "$bench/plot" "$T/result" "$T/plots"
expect "as XML" python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$T/plots/matches.svg"
say "PASS"
