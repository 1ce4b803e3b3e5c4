#!/bin/bash
# What "cmake --install" puts where, for a package and over an installation. Argument: the programs'
# folder.
set -u
export LC_ALL=C
build=$(cd "$1/.." && pwd)
[ -f "$build/cmake_install.cmake" ] || { echo "SKIP: $build is no build folder"; exit 77; }
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
failed=0
fail() {
	echo "FAIL: $*"
	failed=1
}
mkdir -p "$top/etc/fail2ban"
echo "# mine" >"$top/etc/fail2ban/jail.conf"
DESTDIR=$top cmake --install "$build" --prefix /usr >"$top/out" 2>&1 || { cat "$top/out"; exit 1; }

while read -r file; do
	[ -e "$top/usr/$file" ] || fail "not installed: $file"
done <<'END'
bin/f2b-client
bin/f2b-manage
bin/fail2ban-client
bin/fail2ban-server
bin/fail2ban-regex
share/man/man1/f2b-client.1
share/man/man1/fail2ban-client.1
share/man/man1/fail2ban-server.1
share/man/man1/f2b-regex.1
share/man/man5/jail.conf.5
share/bash-completion/completions/fail2ban-client
share/zsh/site-functions/_f2b-client
share/zsh/vendor-completions/_f2b-client
share/fish/vendor_completions.d/f2b-client.fish
lib/systemd/system/fail2ban.service
lib/systemd/system/fail2ban.socket
END
[ -x "$top/etc/fail2ban/filter.d/ignorecommands/apache-fakegooglebot" ] || fail "no ignorecommand that can be run"
[ ! -x "$top/etc/fail2ban/filter.d/sshd.conf" ] || fail "a filter is a program"
grep -q '/usr/bin/fail2ban-client flushlogs' "$top/etc/logrotate.d/fail2ban" || fail "the log is not rotated"
echo "# mine" >"$top/etc/logrotate.d/fail2ban"
DESTDIR=$top cmake --install "$build" --prefix /usr >"$top/out" 2>&1 || fail "installed again: $(cat "$top/out")"
[ "$(cat "$top/etc/logrotate.d/fail2ban")" = "# mine" ] || fail "an administrator's rotation was replaced"
[ "$(cat "$top/etc/fail2ban/jail.conf")" = "# mine" ] || fail "an administrator's file was replaced"
"$top/usr/bin/fail2ban-client" --version | grep -q Fail2Ban || fail "the installed client does not run"
mkdir "$top/alone"
cp "$top/usr/bin/f2b-client" "$top/usr/bin/f2b-server" "$top/alone"
for words in "f2b-client start" "f2b-client --version" "f2b-server start"; do
	# shellcheck disable=SC2086
	PATH=/nonexistent "$top/alone/"$words >"$top/out" 2>&1
	[ $? = 255 ] && grep -q "^${words%% *}: cannot run f2b-manage, which belongs beside it: No such file" "$top/out" ||
		fail "$words without f2b-manage gives $(cat "$top/out")"
done

units=$top/usr/lib/systemd/system
grep -q '^ExecStart=/usr/bin/fail2ban-server -xf start' "$units/fail2ban.service" || fail "the unit starts something else"
grep -q '^ProtectClock=\|^PrivateDevices=' "$units/fail2ban.service" && fail "the unit closes /dev/kmsg"
grep -q '^Alias=f2b.service' "$units/fail2ban.service" || fail "no alias"
if command -v systemd-analyze >/dev/null; then
	sed -i "s,=/usr/bin/,=$top/usr/bin/,; /^Documentation/d; /^PartOf/d" "$units"/fail2ban.*
	mkdir "$top/verify" && cp "$units"/fail2ban.* "$top/verify"
	systemd-analyze verify "$top/verify/fail2ban.service" "$top/verify/fail2ban.socket" >"$top/out" 2>&1
	grep fail2ban "$top/out" && fail "systemd does not like the units"
fi
exit $failed
