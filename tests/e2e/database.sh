#!/bin/bash
# Whatever is wrong with the database, it is said, and bans go on; what could not be written is, as
# soon as it can be.

. "$(dirname "$0")/lib.sh"

need sqlite3 mount nsenter
lab_new
portscan_configure 1
mkdir "$T/disk"
mount -t tmpfs -o size=512k none "$T/disk" 2>"$T/mount.out" ||
	skip "no tmpfs can be mounted here: $(tail -n 1 "$T/mount.out")"
UNDO+=("umount $T/disk")
db=$T/disk/f2b.sqlite3
sed -i "s,^dbfile = .*,dbfile = $db," "$ETC/fail2ban.local"
echo "dbmaxmatches = 7" >>"$ETC/fail2ban.local"
test_bips() { [ "$(sqlite3 "$db" "SELECT count(*) FROM bips WHERE ip LIKE '$1'")" = "$2" ]; }
rows() { sqlite3 "$db" "SELECT count(*) FROM bans WHERE ip LIKE '$1'"; }
marked() { stat -c %y "$db" | grep -q '\.718281000 '; }
stored() { [ "$(rows "$1")" = "$2" ]; }
# lock IMMEDIATE|EXCLUSIVE WHAT: as somebody else would, until a ROLLBACK. A COMMIT is refused while somebody
# reads, as we do when we look whether all is stored, and then keeps the lock.
lock() {
	sqlite3 "$db" <"$T/lock" >"$T/lock.out" 2>&1 &
	PIDS+=($!)
	exec 8>"$T/lock"
	echo "BEGIN $1; SELECT 'locked';" >&8
	expect_soon 5 "$2" has locked "$T/lock.out"
}
test_banned() { client status portscan short | grep -q "Currently banned:[[:space:]]*$1\$"; }
has_status() { client status | grep -q "$1"; }
ban() {
	denied "$1" >>"$T/denied.log"
	expect_soon 10 "$2: $1 is banned" rules_name "$1"
}

server_start
ban 198.51.100.1 "all is well"
expect_soon 5 "and stored" stored 198.51.100.1 1

# Somebody has it locked.
mkfifo "$T/lock"
lock IMMEDIATE "the database is locked"
for i in 2 3 4 5 6; do
	ban 198.51.100.$i "the database is locked"
done
expect "commands are answered" alive
expect_soon 20 "it is told" has "ERROR .*$db: .*locked; bans go on" "$LOG"
expect "once" test "$(grep -c 'ERROR .*locked' "$LOG")" = 1
expect "nothing of it is stored" stored '198.51.100.%' 1
echo "ROLLBACK;" >&8
expect_soon 5 "all is stored when the lock is gone" stored '198.51.100.%' 6
expect_soon 5 "which is told" has "$db: is written again" "$LOG"
exec 8>&-

# The disk is full.
dd if=/dev/zero of="$T/disk/full" bs=4096 >/dev/null 2>&1
for i in $(seq 1 40); do
	denied "203.0.113.$i"
done >>"$T/denied.log"
expect_soon 10 "the disk is full: all are banned" rules_name 203.0.113.40
expect_soon 10 "it is told" has "ERROR .*$db: .*\(full\|I/O error\).*; bans go on" "$LOG"
expect "the process is the same" kill -0 "$SERVER"
rm "$T/disk/full"
expect_soon 10 "all are stored when there is room" stored '203.0.113.%' 40
server_stop
server_start
expect_soon 10 "and come back" rules_name 203.0.113.40
expect_soon 5 "at work, it is not marked as closed in good order" not marked
server_stop
expect "after a stop it is" marked

# Somebody deletes it.
server_start
expect_soon 10 "before it is deleted, bans come back" rules_name 203.0.113.40
mv "$db" "$db.moved"
ban 198.51.100.7 "the database is gone"
expect_soon 10 "it is told" has "ERROR .*$db: .*the file was moved or deleted; bans go on" "$LOG"
expect_soon 10 "a new one has who is banned now" stored 198.51.100.7 1
expect_soon 5 "and who was before" stored 203.0.113.40 1
server_stop
rm "$db"
mv "$db.moved" "$db"

# The disk is full at the start.
dd if=/dev/zero of="$T/disk/full" bs=512 >/dev/null 2>&1
server_start
expect_soon 10 "with a full disk at the start, bans come back" rules_name 203.0.113.40
ban 198.51.100.8 "the disk was full at the start"
rm "$T/disk/full"
expect_soon 10 "who was banned meanwhile is stored when there is room" stored 198.51.100.8 1
server_stop

# It may only be read. Without it the log would be read from findtime ago on.
: >"$T/denied.log"
mount -o remount,ro "$T/disk"
server_start
expect "a database on a read-only disk is told of" has 'ERROR .*may only be read' "$LOG"
ban 198.51.100.20 "the disk is read-only"
expect "nobody of it is back" not rules_name 203.0.113.40
mount -o remount,rw "$T/disk"
nsenter -t "$SERVER" -m mount -o remount,rw "$T/disk"	# "ip netns exec" gave it mounts of its own
expect_soon 30 "when it can be written, who was in it is banned again" rules_name 203.0.113.40
expect_soon 5 "and who was banned meanwhile is stored" stored 198.51.100.20 1
expect "who is in both is banned once" test "$(client get portscan banip | tr ' ' '\n' | sort | uniq -d)" = ""
server_stop
server_start
expect_soon 10 "and all come back" rules_name 198.51.100.20
client set portscan banip 198.51.100.30 198.51.100.31 >"$T/out"
expect_soon 5 "who is banned by hand is stored" test_bips 198.51.100.30 1
client set portscan unbanip 198.51.100.30 >"$T/out"
expect "who is unbanned is not, when that is answered" test_bips 198.51.100.30 0
client unban 198.51.100.31 >"$T/out"
expect "be it from all jails" test_bips 198.51.100.31 0
server_stop
: >"$T/denied.log"

# Somebody has it locked at the start, so that it cannot even be read.
lock EXCLUSIVE "the database is locked again"
: >"$LOG"
server_start
expect_soon 10 "it is told" has 'ERROR .*locked; bans go on without it, and it is tried again' "$LOG"
ban 198.51.100.21 "the database is locked at the start"
ban 198.51.100.20 "and again"
expect "a reload does not mind" client reload
sleep 11			# until it was tried once more
expect "it is told once" test "$(grep -c 'ERROR .*locked' "$LOG")" = 1
echo "ROLLBACK;" >&8
expect_soon 30 "when the lock is gone, who was in it is banned again" rules_name 203.0.113.40
expect_soon 5 "and who was banned meanwhile is stored" stored 198.51.100.21 1
expect "options of the database hold for it" test "$(client get dbmaxmatches)" = 7
exec 8>&-
server_stop

# It is of a later version.
sqlite3 "$db" "UPDATE fail2banDb SET version = 5"
before=$(md5sum <"$db")
server_start
expect "a newer database is told of" has 'ERROR .*has version 5, and this program knows 4' "$LOG"
ban 198.51.100.30 "the database is newer"
server_stop
expect "and left as it is" test "$(md5sum <"$db")" = "$before"
sqlite3 "$db" "UPDATE fail2banDb SET version = 4"

# It is damaged, so that only part of it can be read.
dd if=/dev/urandom of="$db" bs=4096 seek=3 count=4 conv=notrunc >/dev/null 2>&1
server_start
expect "a damaged database is told of" has "WARNING .*$db: is damaged; moved to $db\.2" "$LOG"
ban 198.51.100.40 "the database was damaged"
expect_soon 5 "and stored in a new one" stored 198.51.100.40 1
server_stop

# For so long that there is no room for more bans that wait.
many() { # from, to: their addresses
	python3 - "$1" "$2" "$(now_line)" <<-'END'
		import sys
		for i in range(int(sys.argv[1]), int(sys.argv[2])):
		    print("%s victim kernel: [  123.456789] PORT DENIED: IN=eth0 OUT= SRC=10.1%d.%d.%d DST=192.0.2.1 "
		          "LEN=44 PROTO=TCP SPT=5 DPT=23" % (sys.argv[3], i >> 16, i >> 8 & 255, i & 255))
	END
}
umount "$T/disk"
mount -t tmpfs -o size=256m none "$T/disk"
: >"$T/denied.log"
server_start
ban 198.51.100.50 "before there are many"
expect_soon 5 "and stored" stored 198.51.100.50 1
lock IMMEDIATE "the database is locked"
client unban 198.51.100.50 >/dev/null
many 0 100300 >>"$T/denied.log"
expect_soon 120 "very many are banned while it is" test_banned 100300
expect_soon 20 "that there is no room for more is told" has 'ERROR .*too many changes wait for it' "$LOG"
expect "once" test "$(grep -c 'too many changes' "$LOG")" = 1
expect "the status tells how many" has_status 'Changes not stored:.*300$'
echo "ROLLBACK;" >&8
exec 8>&-
expect_soon 60 "all are stored when the lock is gone" stored '10.1%' 100300
expect "how many had no room is told" has 'ERROR .*300 changes could not be stored' "$LOG"
expect "who was unbanned is not in it" stored 198.51.100.50 0
server_stop

# It is locked at the start, and damaged: that shows only when it is opened with jails at work.
: >"$T/denied.log"
: >"$LOG"
lock EXCLUSIVE "the large database is locked"
pages=$(($(stat -c %s "$db") / 4096))
dd if=/dev/urandom of="$db" bs=4096 seek=$((pages / 3)) count=$((pages / 3)) conv=notrunc >/dev/null 2>&1
server_start
ban 198.51.100.60 "the damaged database is locked"
echo "ROLLBACK;" >&8
exec 8>&-
expect_soon 60 "that it is damaged is found, and told" has "$db: is damaged; moved to .*; rescued into a new one: 1 of " "$LOG"
expect_soon 20 "and who was banned is stored in the new one" stored 198.51.100.60 1
expect_soon 60 "and those that were rescued are banned again" rules_name "$(sqlite3 "$db" "SELECT min(ip) FROM bips")"
client unban --all >"$T/out"
expect "who is unbanned with all others is stored no more, when that is answered" test_bips % 0
server_stop
