#!/bin/bash
# The package for Debian: built as debian/ says, installed over fail2ban's in a copy of this system that is
# thrown away. No file that is there is touched, purging fail2ban leaves a whole configuration and the unit
# enabled, upgrades replace what nobody has changed, and an interrupted installation is taken up.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-copy.sh"

command -v dpkg-buildpackage >/dev/null && command -v dh >/dev/null || skip "debhelper is not installed"
[ "$(dpkg-query -W -f '${db:Status-Status}' fail2ban 2>/dev/null)" = installed ] || skip "fail2ban is not installed"
[ "$(id -u)" = 0 ] || skip "only root can install"

# ---- building ----

mkdir "$T/source"
(cd "$SOURCE" && tar cf - --exclude=./build --exclude=./.git .) | tar xf - -C "$T/source"
(cd "$T/source" && dpkg-buildpackage -us -uc -b) >"$T/build.out" 2>&1 || {
	tail -n 30 "$T/build.out"
	fail "the package does not build"
}
package=$(ls "$T"/f2b_*.deb)
say "ok: $(basename "$package"), $(stat -c %s "$package") bytes"

# The next version: one filter differs, and one is no longer there.
dpkg-deb -R "$package" "$T/next"
sed -i 's/^Version: .*/Version: 999/' "$T/next/DEBIAN/control"
echo "# next" >>"$T/next/usr/share/f2b/etc/fail2ban/filter.d/portscan.conf"
rm "$T/next/usr/share/f2b/etc/fail2ban/filter.d/scanlogd.conf"
dpkg-deb --root-owner-group -b "$T/next" "$T/next.deb" >/dev/null || fail "the next package does not build"

# ---- in the copy ----

cat >"$T/inside.sh" <<'END'
set -u
fail() { echo "FAIL: $*"; exit 1; }
quiet() { "$@" >/tmp/out 2>&1 </dev/null || { cat /tmp/out; fail "$*"; }; }
etc=/etc/fail2ban
wanted=/etc/systemd/system/multi-user.target.wants/fail2ban.service
# No service of the machine is to be started.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
dpkg --configure -a >/dev/null 2>&1

printf '[sshd]\nenabled = true\nbackend = polling\nlogpath = /tmp/log\nmaxretry = 4\n' >$etc/jail.local
echo '# mine' >>$etc/filter.d/sshd.conf
touch /tmp/log
mkdir $etc/of-mine # and empty
rm $etc/filter.d/pam-generic.conf
(cd /etc && find fail2ban logrotate.d/fail2ban -type f -exec sha256sum {} +) >/tmp/before

quiet dpkg -i /tmp/f2b.deb
[ "$(dpkg-query -W -f '${db:Status-Status}' fail2ban)" = config-files ] || fail "fail2ban is still there"
(cd /etc && sha256sum -c --quiet /tmp/before) || fail "a file of fail2ban or the administrator was touched"
[ -e $etc/filter.d/portscan.conf ] || fail "what was missing was not added"
[ ! -e $etc/filter.d/pam-generic.conf ] || fail "what was deleted of fail2ban's is back"
quiet fail2ban-client -t
fail2ban-client --version | grep -q f2b || [ "$(readlink /usr/bin/fail2ban-client)" = f2b-client ] || fail "another client"
fail2ban-client -d | grep -q "'sshd', 'maxretry', 4" || fail "jail.local does not count"
echo "ok: installed over fail2ban, whose configuration stays as it is"

quiet dpkg -P fail2ban
for file in jail.conf fail2ban.conf filter.d/sshd.conf jail.d/defaults-debian.conf; do
	cmp -s /usr/share/f2b/etc/fail2ban/$file $etc/$file || fail "after fail2ban's purge there is no $file of ours"
done
[ ! -e $etc/filter.d/pam-generic.conf ] || fail "what was deleted of fail2ban's is back, after its purge"
[ -e /etc/logrotate.d/fail2ban ] || fail "the log is no longer rotated"
[ -e /var/log/fail2ban.log ] || fail "the log is gone"
[ -L $wanted ] || fail "the unit is no longer enabled"
quiet fail2ban-client -t
fail2ban-client -d | grep -q "'sshd', 'maxretry', 4" || fail "jail.local is gone"
echo "ok: fail2ban purged, and the configuration is whole"

echo '# mine' >>$etc/filter.d/recidive.conf
rm $etc/filter.d/vsftpd.conf
chmod 600 $etc/filter.d/portscan.conf
mv $etc/filter.d/portscan.conf /tmp
ln -s /tmp/portscan.conf $etc/filter.d/portscan.conf
quiet dpkg -i /tmp/next.deb
[ -L $etc/filter.d/portscan.conf ] && [ "$(stat -c %a /tmp/portscan.conf)" = 600 ] ||
	fail "an upgrade changes a link or a mode"
grep -q '^# next' $etc/filter.d/portscan.conf || fail "an upgrade does not replace what nobody changed"
grep -q '^# mine' $etc/filter.d/recidive.conf || fail "an upgrade replaces what was changed"
[ ! -e $etc/filter.d/vsftpd.conf ] || fail "an upgrade brings back what was deleted"
[ ! -e $etc/filter.d/scanlogd.conf ] || fail "what the package no longer has stays"
quiet dpkg -i /tmp/next.deb
grep -q '^# mine' $etc/filter.d/recidive.conf && [ ! -e $etc/filter.d/vsftpd.conf ] || fail "the second time"
quiet fail2ban-client -t
echo "ok: upgraded"

quiet dpkg -r f2b
[ -e $etc/jail.conf ] || fail "removing takes the configuration"
quiet dpkg -P f2b
[ "$(cd $etc && find . -type f | sort | tr '\n' ' ')" = "./filter.d/recidive.conf ./jail.local " ] ||
	fail "purging leaves $(cd $etc && find . -type f | sort)"
[ -d $etc/of-mine ] || fail "purging takes an empty folder of the administrator"
echo "ok: purged, and the administrator's files stay"

rm -r $etc
mkdir $etc
mount -t tmpfs -o size=80k none $etc
! dpkg -i /tmp/f2b.deb >/tmp/out 2>&1 </dev/null || fail "a full disk is not noticed"
mount -o remount,size=8m $etc
quiet dpkg --configure -a
diff -r /usr/share/f2b/etc/fail2ban $etc || fail "an installation is not taken up"
[ "$(wc -l </var/lib/f2b/config.sums)" = "$(find /usr/share/f2b/etc -type f | wc -l)" ] ||
	fail "not everything is noted"
umount $etc
echo "ok: no room, and then there is"

[ -e /tmp/fail2ban.deb ] || { echo "left out, as apt has not kept fail2ban's package: to fail2ban and back"; exit 0; }
theirs() { quiet dpkg --force-confold -i /tmp/fail2ban.deb; }
quiet dpkg -P f2b
quiet dpkg -i /tmp/f2b.deb
quiet dpkg -r f2b
theirs
quiet dpkg -i /tmp/f2b.deb
quiet dpkg -P fail2ban
diff -r /usr/share/f2b/etc/fail2ban $etc || fail "there and back, the configuration went with fail2ban's purge"
quiet dpkg -r f2b
theirs
quiet dpkg -P fail2ban
quiet dpkg -i /tmp/f2b.deb
diff -r /usr/share/f2b/etc/fail2ban $etc || fail "purged in between, the configuration does not come back"
quiet dpkg -r f2b
theirs
touch /var/lib/fail2ban/fail2ban.sqlite3
quiet dpkg -P f2b
[ -e $etc/jail.conf ] && [ -e /var/lib/fail2ban/fail2ban.sqlite3 ] && [ -e /var/log/fail2ban.log ] && [ -L $wanted ] ||
	fail "purging takes from under fail2ban what that is using"
echo "ok: to fail2ban and back"
END
cp "$package" "$T/f2b.deb"
cp "$(ls /var/cache/apt/archives/fail2ban_*.deb 2>/dev/null | tail -n 1)" "$T/fail2ban.deb" 2>/dev/null # if apt still has it
in_copy "$T"/*.deb
