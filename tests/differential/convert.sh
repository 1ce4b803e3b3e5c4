#!/bin/bash
# A configuration converted to YAML, and back, gives the commands that it gave before: the stock
# configuration of fail2ban and our own, with all jails enabled.
# Usage: convert.sh BIN_DIR; F2B_ORACLE is the folder of a fail2ban that is not in PATH.
set -u
. "$(dirname "$0")/lib_programs.sh"
client=$bin/f2b-client
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
failed=0

fail() {
	echo "FAILED: $*"
	failed=1
}

# The commands of a folder. They name its path, so each is read where the first one was.
dump() {
	rm -rf "$top/conf"
	cp -r "$1" "$top/conf"
	"$client" -c "$top/conf" -d 2>"$2.err"
} >"$2"

enable_all() {
	printf '[DEFAULT]\nenabled = true\nbantime.increment = true\n' >"$1/jail.local"
	# An override in each layer, so that their order is seen.
	mkdir -p "$1/jail.d"
	printf '[sshd]\nmaxretry = 7\n' >"$1/jail.d/10-a.conf"
	printf '[sshd]\nmaxretry = %%(known/maxretry)s\nfindtime = 77\n' >"$1/jail.d/20-b.conf"
	printf '[sshd]\nport = 2222\n' >"$1/jail.d/10-a.local"
	printf '[Definition]\nfailregex = %%(known/failregex)s\n            ^local <HOST>$\n' \
		>"$1/filter.d/sshd.local"
}

compare() {
	local name=$1 files
	enable_all "$top/$name"
	"$client" -c "$top/$name" convert --all "$top/$name.yaml" || fail "$name: to YAML"
	"$client" -c "$top/$name.yaml" convert --to ini --all "$top/$name.ini" || fail "$name: to ini"
	files=$(find "$top/$name.yaml" -name '*.conf' -o -name '*.local' | wc -l)
	[ "$files" = 0 ] || fail "$name: $files files were not converted"
	for form in "$name" "$name.yaml" "$name.ini"; do
		dump "$top/$form" "$top/$form.out"
	done
	[ -s "$top/$name.out" ] || fail "$name: no commands: $(cat "$top/$name.out.err")"
	cmp "$top/$name.out" "$top/$name.yaml.out" || fail "$name: YAML gives other commands"
	cmp "$top/$name.out" "$top/$name.ini.out" || fail "$name: ini of YAML gives other commands"
	grep -q 'local <HOST>' "$top/$name.yaml.out" || fail "$name: no override was read"

	# Half and half: YAML filters in an ini configuration.
	cp -r "$top/$name" "$top/$name.mixed"
	rm -r "$top/$name.mixed/filter.d"
	cp -r "$top/$name.yaml/filter.d" "$top/$name.mixed/filter.d"
	dump "$top/$name.mixed" "$top/$name.mixed.out"
	cmp "$top/$name.out" "$top/$name.mixed.out" || fail "$name: mixed forms give other commands"
	echo "$name: $(wc -l <"$top/$name.out") commands, the same in all forms"
}

mkdir "$top/own"
own_configuration "$top/own"
compare own

stock=${F2B_ORACLE:-}/etc/fail2ban
if [ ! -e "$stock/jail.conf" ]; then
	echo "skipped the stock configuration: there is no $stock/jail.conf"
	[ $failed = 0 ] && exit 77
	exit 1
fi
cp -rL "$stock" "$top/stock"
compare stock
exit $failed
