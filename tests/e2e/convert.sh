#!/bin/bash
# What "convert" does with files and folders that are not as it would like them.
# Usage: convert.sh BIN_DIR
set -u
client=$1/f2b-client
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
failed=0

# expect STATUS WORDS COMMAND...
expect() {
	local want=$1 words=$2 out status
	shift 2
	out=$("$@" 2>&1)
	status=$?
	[ "$status" = "$want" ] && [[ $out == *"$words"* ]] && return
	echo "FAILED: $*: status $status, wanted $want; no '$words' in: $out"
	failed=1
}

mkdir -p "$top/c/filter.d/lists"
chmod 700 "$top/c" "$top/c/filter.d/lists"
printf '[Definition]\nfailregex = ^a\n' >"$top/c/filter.d/f.conf"
printf 'Definition:\n  x: "a ; b"\n' >"$top/c/filter.d/g.yaml"
printf '[Definition\n' >"$top/c/filter.d/h.conf"
printf '#!/bin/sh\n' >"$top/c/filter.d/lists/program"
chmod 750 "$top/c/filter.d/lists/program"
chmod 600 "$top/c/filter.d/f.conf"
f=$top/c/filter.d

expect 0 "- '^a'" "$client" convert "$f/f.conf"
expect 0 'x: a ; b' "$client" convert --to yaml "$f/g.yaml"
expect 0 "# $f/g.yaml" "$client" convert --to yaml "$f/f.conf" "$f/g.yaml"
expect 255 "g.yaml:2:3: 'x' cannot be said in an ini file" "$client" convert "$f/g.yaml"
expect 255 'h.conf:1:1: ' "$client" convert "$f/h.conf"
expect 255 'none.conf: cannot be read: No such file' "$client" convert "$f/none.conf"
expect 255 'neither yaml nor ini' "$client" convert --to xml "$f/f.conf"
expect 255 'no file is named' "$client" convert
expect 255 'files beside --all' "$client" convert --all "$top/x" "$f/f.conf"
expect 255 'File exists; name a folder for --all that is not there yet' \
	"$client" -c "$top/c" convert --all "$top/c"
expect 255 'none: No such file' "$client" -c "$top/none" convert --all "$top/of-none"
expect 2 '' ls "$top/of-none"
expect 0 'convert [--to yaml|ini] --all <FOLDER>' "$client" -h

# One wrong file costs itself only. The new folder may lie in the old one.
expect 255 'h.conf:1:1: ' "$client" -c "$top/c" convert --all "$top/c/new"
expect 0 'f.yaml g.yaml lists' echo $(ls "$top/c/new/filter.d")
expect 0 '700 755 700' echo $(stat -c %a "$top/c/new" "$top/c/new/filter.d" "$top/c/new/filter.d/lists")
expect 0 600 stat -c %a "$top/c/new/filter.d/f.yaml"
expect 0 750 stat -c %a "$top/c/new/filter.d/lists/program"
printf '[Definition]\n' >"$f/g.conf"
expect 255 'g.yaml: cannot be written: File exists; two files became one name' \
	"$client" -c "$top/c" convert --all "$top/new2"

# A folder that is left out is told of.
mkdir "$top/d" && ln -s . "$top/d/again"
expect 255 'd/again/again/again/again/again/again/again/again/again: Too many levels' \
	"$client" -c "$top/d" convert --all "$top/of-d"

# What could not be written is no success: somebody may remove the old file.
full() { "$@" >/dev/full; }
for words in "convert $f/f.conf" --version -h '--str2sec 1h'; do
	# shellcheck disable=SC2086
	expect 255 'standard output could not be written' full "$client" $words
done
expect 255 'standard output could not be written' full "$1/f2b-regex" 'x 192.0.2.1' 'x <HOST>'
expect 255 'standard output could not be written' full "$1/f2b-regex" -V
expect 0 '' eval '"$client" --version >&-'

# The example of the manual.
sed -n '/^```yaml$/,/^```$/p' "$(dirname "$0")/../../docs/yaml.md" |
	sed '1d; /^```$/,$d' >"$top/jail.local.yaml"
expect 0 'port = ssh,2222' "$client" convert "$top/jail.local.yaml"
exit $failed
