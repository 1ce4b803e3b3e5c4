#!/bin/bash
# The tables of options in docs/yaml.md are those that the program prints.
# Usage: schema.sh BIN_DIR; with "--write" behind it, writes them.
set -u
doc=$(cd "$(dirname "$0")/../.." && pwd)/docs/yaml.md
want=$(mktemp)
trap 'rm -f "$want"' EXIT
{
	sed '/^<!-- schema -->$/q' "$doc"
	echo
	"$1/f2b-client" convert --schema || exit 1
	echo
	sed -n '/^<!-- end of schema -->$/,$p' "$doc"
} >"$want"
if [ "${2:-}" = --write ]; then
	cat "$want" >"$doc"
	exit
fi
diff -u "$doc" "$want" && exit 0
echo "docs/yaml.md is out of date; run: bash tests/e2e/schema.sh BIN_DIR --write"
exit 1
