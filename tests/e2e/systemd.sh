#!/bin/bash
# The units under a systemd of their own, in namespaces: start, reload, a crash, the watchdog, a stop, and
# the socket that starts the service. Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"
need systemctl unshare nsenter
need_programs
[ "$(id -u)" = 0 ] || skip "this needs root"
systemd=/lib/systemd/systemd
[ -x $systemd ] || skip "there is no $systemd"
[ -d /etc/fail2ban ] || skip "there is no /etc/fail2ban to put a configuration on"

# A group of processes for it, in the hierarchy that systemd keeps, and in the unified one.
groups=()
for h in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
	[ -w "$h/cgroup.procs" ] && mkdir "$h/f2b-$$" 2>/dev/null && groups+=("$h/f2b-$$")
done
[ ${#groups[@]} -gt 0 ] || skip "no group of processes can be made here"
for g in "${groups[@]}"; do
	UNDO+=("sleep 0.2; find $g -depth -type d -exec rmdir {} +")
done

units=$T/units
mkdir -p "$units" "$T/state"
for target in sysinit basic network sockets shutdown umount multi-user f2b; do
	printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' $target >"$units/$target.target"
done
sed "s,@F2B_BIN@,$(realpath "$BIN")," "$SOURCE/dist/fail2ban.service.in" >"$units/fail2ban.service"
cp "$SOURCE/dist/fail2ban.socket" "$units"
mkdir "$units/fail2ban.service.d"
printf '[Service]\nWatchdogSec=8\nRestartSec=100ms\n' >"$units/fail2ban.service.d/quick.conf"

mkdir "$T/etc-fail2ban"
: >"$T/bad.log"
cat >"$T/etc-fail2ban/fail2ban.conf" <<-END
	[Definition]
	loglevel = INFO
	logtarget = $T/f2b.log
	syslogsocket = auto
	socket = /run/fail2ban/fail2ban.sock
	pidfile = /run/fail2ban/fail2ban.pid
	dbfile = /var/lib/fail2ban/fail2ban.sqlite3
	dbpurgeage = 1d
END
cat >"$T/etc-fail2ban/jail.conf" <<-END
	[web]
	enabled = true
	filter =
	backend = polling
	usedns = no
	maxretry = 1
	failregex = ^ bad <ADDR>\$
	logpath = $T/bad.log
END

# A root of its own would hide the libraries: only what the service writes to, or reads, is another.
cat >"$T/inside.sh" <<-END
	mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/systemd || exit 77
	mount --bind $T/etc-fail2ban /etc/fail2ban && mount --bind $T/state /var/lib || exit 77
	exec env -i container=other PATH="\$PATH" SYSTEMD_UNIT_PATH=$units \\
		$systemd --system --unit=f2b.target --log-target=console --show-status=no
END
cat >"$T/enter.sh" <<-END
	for g in ${groups[*]}; do echo \$\$ >\$g/cgroup.procs; done 2>/dev/null
	exec unshare --fork --pid --mount --cgroup --uts --ipc --net --mount-proc --kill-child bash $T/inside.sh
END
start_process "$T/systemd.out" bash "$T/enter.sh"
outer=${PIDS[-1]}
manager() { pgrep -P "$outer"; }
inside() { nsenter -t "$(manager)" -a "$@"; }
sc() { inside systemctl "$@"; }
PATIENCE=3 soon 10 sc list-units || skip "no systemd of our own runs here: $(tail -n 1 "$T/systemd.out")"
show() { sc show -p "$1" --value fail2ban.service; }
is() { [ "$(show "$1")" = "$2" ]; }
f2b() { inside "$(realpath "$BIN")/f2b-client" "$@"; }
banned() { f2b get web banip | tr ' ' '\n' | grep -qx "$1"; }
bad() { echo "$(date '+%Y-%m-%d %H:%M:%S') bad $1" >>"$T/bad.log"; }

expect "the service starts" sc start fail2ban
expect "it is active once it is ready" is ActiveState active
expect "it answers" f2b ping
expect "no device is closed to it, as the kernel's log would be" is DeviceAllow ""
bad 198.51.100.1
expect_soon 10 "it bans" banned 198.51.100.1

first=$(show MainPID)
expect "a reload" sc reload fail2ban
expect "leaves the process" is MainPID "$first"
expect "and the bans" banned 198.51.100.1

inside kill -9 "$first"
started_anew() { is ActiveState active && ! is MainPID "$first"; }
expect_soon 20 "killed, it is started again" started_anew
expect_soon 10 "and has its bans" banned 198.51.100.1

first=$(show MainPID)
inside kill -STOP "$first"
expect_soon 40 "hanging, it is ended by the watchdog and started again" started_anew
expect_soon 10 "and has its bans" banned 198.51.100.1

expect "a stop" sc stop fail2ban
expect "is no failure" is Result success
expect "and leaves nothing running" is ActiveState inactive

expect "the socket alone" sc start fail2ban.socket
expect "does not start the service" is ActiveState inactive
expect_soon 20 "but who connects does" f2b ping
expect_soon 10 "which then is active" is ActiveState active
expect_soon 10 "with its bans" banned 198.51.100.1
first=$(show MainPID)
expect "the client's restart" f2b restart
expect_soon 10 "leaves the start to systemd" started_anew
expect_soon 10 "and the bans are there" banned 198.51.100.1
expect "the client's stop" f2b stop
expect_soon 10 "ends the service" is ActiveState inactive
sleep 1
expect "and it stays so" is ActiveState inactive
expect_soon 20 "until somebody connects again" f2b ping
expect "a stop of both" sc stop fail2ban.socket fail2ban.service
expect "has no failure" is Result success
