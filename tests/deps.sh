#!/bin/bash
# Installs what building, testing and the demo need, on Debian 12 and its like: apt is asked only if
# something is missing. Services that come along are neither started nor enabled.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

packages=(
	# build
	gcc cmake ninja-build pkg-config libc6-dev git
	libpcre2-dev libuv1-dev libmnl-dev libnftnl-dev libyaml-dev libjansson-dev libsqlite3-dev
	libsystemd-dev libedit-dev libcurl4-gnutls-dev
	# the packages
	build-essential debhelper rpm
	# tests
	libcmocka-dev clang libclang-rt-dev
	iproute2 iputils-ping nftables iptables ipset systemd-journal-remote tzdata kmod procps netcat-openbsd nmap rsyslog sqlite3 util-linux
	# differential tests: the reference
	python3 python3-systemd fail2ban
)

missing=()
for p in "${packages[@]}"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "deps: missing, and only root can install: ${missing[*]}" >&2
	exit 1
fi
echo "Installing: ${missing[*]}"

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
# RUNLEVEL=1 makes invoke-rc.d start no service, and systemd starts no masked unit. The masks are
# only for what is new, and are lifted again: the machine is its administrator's.
export RUNLEVEL=1
masked=()
unmask() { [ ${#masked[@]} = 0 ] || rm -f "${masked[@]}"; }
trap unmask EXIT
for p in "${missing[@]}"; do
	unit=/etc/systemd/system/$p.service
	case $p in
	fail2ban | rsyslog | nftables)
		if [ ! -e "$unit" ] && [ ! -L "$unit" ] && mkdir -p "${unit%/*}"; then
			ln -s /dev/null "$unit" && masked+=("$unit")
		fi
		;;
	esac
done

log=$(mktemp)
quiet() {
	"$@" >"$log" 2>&1 </dev/null || {
		tail -n 30 "$log" >&2
		rm -f "$log"
		return 1
	}
}
quiet apt-get -q update || echo "deps: the package lists could not be refreshed; trying as they are" >&2
# Ubuntu 22.04 has no libclang-rt-dev: what is in it comes with clang there.
there=()
for p in "${missing[@]}"; do
	if apt-cache show "$p" >/dev/null 2>&1; then
		there+=("$p")
	else
		echo "deps: $p is no package of this system; going on without it" >&2
	fi
done
[ ${#there[@]} = 0 ] || quiet apt-get -q install -y --no-install-recommends "${there[@]}" || exit 1
rm -f "$log"

# Nor at the next boot: what was there before stays as it was.
unmask
masked=()
for p in "${missing[@]}"; do
	case $p in
	fail2ban | rsyslog | nftables)
		find /etc/systemd/system -name "$p.service" -type l -path '*.wants/*' -delete 2>/dev/null
		[ "$p" != rsyslog ] || find /etc/systemd/system -name syslog.service -type l -delete
		find /etc/rc?.d -name "S*$p" -delete 2>/dev/null
		;;
	esac
done
exit 0
