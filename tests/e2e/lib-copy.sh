# shellcheck shell=bash
# Common to the tests of packages: a copy of this system that is thrown away.

# in_copy FILE...: runs $T/inside.sh there, with the files in /tmp.
in_copy() {
	mkdir "$T/copy" "$T/files"
	cp "$T/inside.sh" "$@" "$T/files"
	cat >"$T/outside.sh" <<'END'
set -e
mount -t tmpfs -o size=2g none "$1/copy" && cd "$1/copy" && mkdir upper work root &&
	mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root || exit 77
mount -t tmpfs none root/tmp
mount -t proc none root/proc
mount --rbind /dev root/dev
cp "$1"/files/* root/tmp
exec chroot root bash /tmp/inside.sh
END
	unshare -mnpf --kill-child bash "$T/outside.sh" "$T" 2>"$T/outside.err"
	case $? in
	0) ;;
	77) skip "no copy of the system can be made here: $(tail -n 1 "$T/outside.err")" ;;
	*) fail "in the copy: $(tail -n 5 "$T/outside.err")" ;;
	esac
}
