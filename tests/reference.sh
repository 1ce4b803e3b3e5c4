#!/bin/bash
# The version of fail2ban that f2b matches, beside the one that the system has: takes Debian's package
# of a later suite from the machine's own archive, and unpacks it into a folder. Installs nothing.
#
#	tests/reference.sh DIR		then: export F2B_ORACLE=DIR
#
# DIR/bin holds the programs, DIR/etc/fail2ban their configuration, DIR/samples their sample logs. A
# DIR that has all that already stays as it is.

set -u
export LC_ALL=C
suites=(forky sid trixie)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() {
	echo "reference: $*" >&2
	exit 1
}

[ $# = 1 ] || die "expected a folder"
mkdir -p "$1" && dir=$(cd "$1" && pwd) || die "$1 cannot be made"
[ ! -x "$dir/bin/fail2ban-client" ] || exit 0
[ -x /usr/bin/python3 ] || die "there is no /usr/bin/python3"

# Both forms of apt's list of sources.
archive=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
	sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p; s/^URIs: *([^ ]+).*/\1/p' |
	grep -m 1 -E '/debian/?$') || die "apt's sources name no Debian archive"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch SUITE: leaves the package in the work folder. apt's own lists and cache are not touched.
fetch() {
	local apt=$work/$1
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	echo "deb [signed-by=$keyring] $archive $1 main" >"$apt/sources"
	local options=(-q -o Dir::Etc::SourceList="$apt/sources" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
	apt-get "${options[@]}" update && (cd "$work" && apt-get "${options[@]}" download fail2ban)
}

for suite in "${suites[@]}"; do
	fetch "$suite" >"$work/log" 2>&1 && break
done
package=$(ls "$work"/fail2ban_*.deb 2>/dev/null) || {
	tail -n 5 "$work/log" >&2
	die "none of ${suites[*]} gave the package"
}

rm -rf "$dir/root" "$dir/etc" "$dir/samples"
mkdir -p "$dir/root" "$dir/bin"
dpkg -x "$package" "$dir/root" || die "$package does not unpack"
modules=$dir/root/usr/lib/python3/dist-packages
ln -s root/etc "$dir/etc"
ln -s "${modules#"$dir/"}/fail2ban/tests/files/logs" "$dir/samples"
for program in regex server client; do
	# A client starts the server that is found first.
	cat >"$dir/bin/fail2ban-$program" <<-END
		#!/bin/sh
		export PATH="$dir/bin:\$PATH" PYTHONPATH="$modules"
		exec /usr/bin/python3 "$dir/root/usr/bin/fail2ban-$program" "\$@"
	END
	chmod +x "$dir/bin/fail2ban-$program"
done
"$dir/bin/fail2ban-client" -V >/dev/null || die "what was unpacked does not run"
