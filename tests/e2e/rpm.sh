#!/bin/bash
# The package for Fedora and its like: rpm/f2b.spec makes it of what is built already. It takes the place of
# packages that stand in for fail2ban's, in a copy of this system that is thrown away, in each order: what an
# administrator edited counts, the database stays, and the unit remains enabled.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-copy.sh"

need rpmbuild systemctl
[ -f "$BIN/../cmake_install.cmake" ] || skip "$BIN is in no build folder"
[ "$(id -u)" = 0 ] || skip "only root can install"

# ---- building ----

version=$(sed -n 's/^Version: *//p' "$SOURCE/rpm/f2b.spec")
grep -q "VERSION $version " "$SOURCE/CMakeLists.txt" || fail "the version is not that of CMakeLists.txt"
tar czf "$T/f2b-$version.tar.gz" --exclude=./build --exclude=./.git --transform "s,^\.,f2b-$version," -C "$SOURCE" .

# Nothing is compiled a second time.
mkdir "$T/bin"
cat >"$T/bin/cmake" <<END
#!/bin/sh
[ "\$1" != --install ] || exec $(command -v cmake) --install "$(cd "$BIN/.." && pwd)" --prefix /usr
END
chmod +x "$T/bin/cmake"

# rpm_build OPTIONS...: to $T, quickly. Debian's packages do not count as build requirements.
rpm_build() {
	PATH=$T/bin:$PATH HOME=$T rpmbuild --nodeps -D "_topdir $T/rpm" -D "_rpmdir $T" -D "_rpmfilename %%{NAME}-%%{RELEASE}.rpm" \
		-D "_binary_payload w1.gzdio" -D "__os_install_post %{nil}" "$@" >"$T/build.out" 2>&1 || {
		tail -n 30 "$T/build.out"
		fail "rpmbuild $*"
	}
}
rpm_build -tb "$T/f2b-$version.tar.gz"
say "ok: the package is built"

# The next release: one filter differs, and one is no longer there.
sed 's/^Release:.*/Release: 2/
	/^sed -i/a echo "# next" >>%{buildroot}/etc/fail2ban/filter.d/portscan.conf; rm %{buildroot}/etc/fail2ban/filter.d/scanlogd.conf' \
	"$SOURCE/rpm/f2b.spec" >"$T/next.spec"
rpm_build -bb -D "_sourcedir $T" "$T/next.spec"

# As Fedora's are divided, with a jail.local as openSUSE has it.
cat >"$T/fail2ban.spec" <<END
Name: fail2ban
Version: 1.1.0
Release: 1
Summary: stands in for fail2ban
License: none
BuildArch: noarch
Requires: fail2ban-server = 1.1.0
%description
%package server
Summary: the server
%description server
%package firewalld
Summary: a banaction
Requires: fail2ban-server = 1.1.0
%description firewalld
%install
mkdir -p %{buildroot}/etc/logrotate.d %{buildroot}/usr/bin %{buildroot}/usr/lib/systemd/system %{buildroot}/var/lib/fail2ban
DESTDIR=$T/set cmake --install built >/dev/null
cp -r $T/set/etc/fail2ban %{buildroot}/etc
cd %{buildroot}/etc/fail2ban
sed -i /dropbear_backend/d paths-common.conf jail.conf
rm filter.d/portscan.conf
echo "# fail2ban's" | tee -a \$(find . -type f) >../logrotate.d/fail2ban
echo '[Definition]' >action.d/old.conf
echo '# none' >jail.local
printf '[DEFAULT]\nbanaction = firewallcmd-rich-rules\n' >jail.d/00-firewalld.conf
ln -s /bin/true %{buildroot}/usr/bin/fail2ban-client
printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >%{buildroot}/usr/lib/systemd/system/fail2ban.service
%preun server
[ \$1 != 0 ] || systemctl --no-reload disable --now fail2ban.service || :
%files
%files server
%config(noreplace) /etc/fail2ban
%exclude /etc/fail2ban/jail.d/*
%config(noreplace) /etc/logrotate.d/fail2ban
/usr/bin/fail2ban-client
/usr/lib/systemd/system/fail2ban.service
%dir /var/lib/fail2ban
%files firewalld
%config(noreplace) /etc/fail2ban/jail.d/00-firewalld.conf
END
rpm_build -bb "$T/fail2ban.spec"

# ---- in the copy ----

cat >"$T/inside.sh" <<'END'
set -u
export HOME=/tmp
echo '%_dbpath /tmp/db' >/tmp/.rpmmacros
fail() { echo "FAIL: $*"; exit 1; }
quiet() { "$@" >/tmp/out 2>&1 </dev/null || { cat /tmp/out; fail "$*"; }; }
etc=/etc/fail2ban
wanted=/etc/systemd/system/multi-user.target.wants/fail2ban.service
rm -rf /var/lib/fail2ban /usr/lib/systemd/system-preset /etc/init.d/fail2ban $wanted
mkdir /usr/lib/systemd/system-preset
echo 'disable *' >/usr/lib/systemd/system-preset/99-default-disable.preset
# No service runs here; where one is asked for, it does. Scriptlets may have a /tmp of their own.
mv /usr/bin/systemctl /usr/bin/systemctl.real
printf '#!/bin/sh\necho "$*" >>/calls\n[ "$2" = is-active ] || exec systemctl.real "$@"\n' >/usr/bin/systemctl
chmod +x /usr/bin/systemctl

# theirs: fail2ban's packages, edited and at work
theirs() {
	rpm -qa | xargs -r rpm -e --nodeps >/tmp/out 2>&1
	rm -rf $etc /etc/logrotate.d/fail2ban*
	quiet rpm --nodeps -i /tmp/fail2ban-*.rpm
	sed -i '0,/^maxretry = 5/s//maxretry = 4/' $etc/jail.conf
	printf '[sshd]\nenabled = true\nbackend = polling\nlogpath = /tmp/log\n' >$etc/jail.local
	echo '# mine' | tee -a $etc/filter.d/sshd.conf $etc/action.d/old.conf >/dev/null
	echo '# mine' >$etc/action.d/mine.conf
	rm $etc/filter.d/vsftpd.conf
	echo bans >/var/lib/fail2ban/fail2ban.sqlite3
	touch /tmp/log
	quiet systemctl enable fail2ban
	: >/calls
}
# edits_count NAME...: all of that, and that the named files beside it came from the package
edits_count() {
	[ "$(cat /var/lib/fail2ban/*)" = bans ] || fail "the database is gone"
	quiet fail2ban-client -t
	fail2ban-client -d >/tmp/commands
	grep -q "'sshd', 'maxretry', 4" /tmp/commands || fail "an edited jail.conf does not count"
	grep -q "'add', 'sshd', 'polling'" /tmp/commands || fail "an edited jail.local does not count"
	for file in filter.d/sshd.conf action.d/old.conf action.d/mine.conf; do
		[ "$(tail -n 1 $etc/$file)" = "# mine" ] || fail "$file is not what it was"
	done
	local left
	left=$(cd /etc && find fail2ban logrotate.d/fail2ban* -name '*.rpm*' | sort | xargs)
	[ "$left" = "$*" ] || fail "beside files is $left"
	[ ! -e /var/lib/f2b ] || fail "there is still /var/lib/f2b"
}

theirs
quiet rpm --nodeps -U /tmp/f2b-1*.rpm
[ "$(rpm -qa --qf '%{NAME} ')" = "f2b " ] || fail "beside ours are $(rpm -qa)"
edits_count fail2ban/filter.d/sshd.conf.rpmnew fail2ban/jail.conf.rpmnew
[ -L $wanted ] || fail "the unit is no longer enabled"
[ "$(tail -n 1 /calls)" = "restart fail2ban.service" ] || fail "our server is not started: $(cat /calls)"
grep -q 'banaction = firewallcmd' $etc/jail.d/00-firewalld.conf || fail "what was fail2ban's alone is gone"
[ -e $etc/filter.d/portscan.conf ] || fail "what was missing was not added"
[ ! -e $etc/filter.d/vsftpd.conf ] || fail "what was deleted is back"
[ "$(rpm -V --nodeps f2b | sed 's/.* //' | tr '\n' ' ')" = "$etc/filter.d/sshd.conf $etc/jail.conf " ] ||
	fail "not what was packed: $(rpm -V f2b)"
grep -q '^before = paths-fedora.conf' $etc/jail.conf.rpmnew || fail "the paths are not the distribution's"
fail2ban-client --version | grep -q f2b || [ "$(readlink /usr/bin/fail2ban-client)" = f2b-client ] || fail "another client"
echo "ok: installed in fail2ban's place, with what was edited"

echo '# mine' >>$etc/filter.d/recidive.conf
rm $etc/filter.d/pam-generic.conf
: >/calls
quiet rpm --nodeps -U /tmp/f2b-2.rpm
grep -q '^# next' $etc/filter.d/portscan.conf || fail "an upgrade does not replace what nobody changed"
[ ! -e $etc/filter.d/scanlogd.conf ] || fail "what the package no longer has stays"
[ ! -e $etc/filter.d/pam-generic.conf ] || fail "an upgrade brings back what was deleted"
[ "$(tail -n 1 $etc/filter.d/recidive.conf)" = "# mine" ] || fail "an upgrade replaces what was edited"
edits_count fail2ban/filter.d/sshd.conf.rpmnew fail2ban/jail.conf.rpmnew
grep -q '^try-restart fail2ban.service' /calls || fail "the server is not started anew: $(cat /calls)"
[ -L $wanted ] || fail "an upgrade disables the unit"
echo "ok: upgraded"

rm $etc/*.rpmnew $etc/*/*.rpmnew
quiet rpm --nodeps -e f2b
[ ! -L $wanted ] || fail "the unit is still enabled"
[ "$(cd $etc && find . -type f | sort | tr '\n' ' ')" = "./action.d/mine.conf ./action.d/old.conf \
./filter.d/recidive.conf.rpmsave ./filter.d/sshd.conf.rpmsave ./jail.conf.rpmsave ./jail.d/00-firewalld.conf ./jail.local " ] ||
	fail "removed, there is $(cd $etc && find . -type f | sort)"
[ -e /var/lib/fail2ban/fail2ban.sqlite3 ] || fail "removing takes the database"
quiet rpm --nodeps -i /tmp/f2b-1.rpm
edits_count fail2ban/filter.d/recidive.conf.rpmnew fail2ban/filter.d/sshd.conf.rpmnew fail2ban/jail.conf.rpmnew
echo "ok: removed, and installed again"

theirs
quiet rpm --nodeps -e fail2ban fail2ban-server fail2ban-firewalld
[ -e $etc/jail.conf.rpmsave ] || fail "rpm does not set aside what was edited"
quiet rpm --nodeps -U /tmp/f2b-1.rpm
edits_count fail2ban/filter.d/sshd.conf.rpmnew fail2ban/jail.conf.rpmnew
echo "ok: installed after fail2ban was removed"

theirs
echo '# mine' >>$etc/paths-common.conf
sed -i '0,/^maxretry = 4/s//maxretry = 5/' $etc/jail.conf
quiet rpm --nodeps -U /tmp/f2b-1.rpm
grep -q "ours do not go with what was edited" /tmp/out || fail "nothing is told: $(cat /tmp/out)"
[ "$(tail -n 1 $etc/paths-common.conf)" = "# mine" ] || fail "edited paths are not what they were"
for file in jail.conf filter.d/recidive.conf; do
	[ "$(tail -n 1 $etc/$file)" = "# fail2ban's" ] && [ -e $etc/$file.rpmnew ] || fail "$file is not fail2ban's"
done
[ -e $etc/filter.d/portscan.conf ] || fail "what was missing was not added beside fail2ban's"
quiet fail2ban-client -t
echo "ok: with what ours do not go with, fail2ban's stay"
END
in_copy "$T"/*.rpm
