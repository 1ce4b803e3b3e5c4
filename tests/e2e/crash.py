"""The load, the crashes and the counting of crash.sh.

usage: crash.py FOLDER NAMESPACE BIN ROUNDS SEED

Each address writes three lines, far apart from one another, so that crashes come between them. The
jail "once" bans it with its first line and "often" with its third. What must be banned is thus
known from the lines that were written, however often the server was killed meanwhile.
"""
import atexit, datetime, json, os, random, re, shutil, signal, sqlite3, subprocess, sys, threading, time

folder, namespace, programs, rounds, seed = sys.argv[1:6]
rounds = int(rounds)
chance = random.Random(int(seed))
log_path = folder + "/denied.log"
server_log = folder + "/f2b.log"
database = folder + "/f2b.sqlite3"
LINES = 3
# A ban may be lost that is younger than 100 ms; on a machine that has other things to do than run
# the server, older ones as well: ten times as old as this process was late itself.
YOUNG_S = float(os.environ.get("F2B_CRASH_YOUNG_MS", "1000")) / 1000
FRESH_EVERY = 20	# rounds with one database: so that starts do not become ever slower


class Load:
    """Writes lines in bursts of random size, some in two pieces, and rotates the log now and then."""

    def __init__(self):
        self.next = 0
        self.open = []		# addresses that have yet to write: [address, lines written]
        self.once, self.often = set(), set()
        self.rotations = 0
        self.late_s = 0		# at most, for what it wanted to do
        self.stop = threading.Event()

    def address(self):
        self.next += 1
        return "10.%d.%d.%d" % (self.next >> 16 & 255, self.next >> 8 & 255, self.next & 255)

    def line(self):
        if len(self.open) < 40 or chance.random() < 0.3:
            self.open.append([self.address(), 0])
        entry = chance.choice(self.open)
        entry[1] += 1
        if entry[1] == LINES:
            self.open.remove(entry)
        now = datetime.datetime.now().astimezone().isoformat()
        return entry, ("%s victim kernel: [  123.456789] PORT DENIED: IN=eth0 OUT= SRC=%s "
                       "DST=192.0.2.1 LEN=44 PROTO=TCP SPT=5 DPT=23\n" % (now, entry[0])).encode()

    def rotate(self):
        for i in range(3, 0, -1):
            if os.path.exists("%s.%d" % (log_path, i)):
                os.rename("%s.%d" % (log_path, i), "%s.%d" % (log_path, i + 1))
        os.rename(log_path, log_path + ".1")
        self.rotations += 1

    def burst(self):
        entries, text = [], b""
        for _ in range(chance.randint(1, 60)):
            entry, line = self.line()
            entries.append(list(entry))
            text += line
        fd = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if chance.random() < 0.3:
            cut = chance.randrange(len(text))
            os.write(fd, text[:cut])
            time.sleep(chance.random() * 0.01)
            os.write(fd, text[cut:])
        else:
            os.write(fd, text)
        os.close(fd)
        for address, written in entries:
            self.once.add(address)
            if written == LINES:
                self.often.add(address)

    def run(self):
        while not self.stop.is_set():
            begin, pause = time.monotonic(), chance.random() * 0.02
            self.burst()
            if chance.random() < 0.02:
                self.rotate()
            time.sleep(pause)
            self.late_s = max(self.late_s, time.monotonic() - begin - pause)

    def start(self):
        self.stop.clear()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def end(self):
        self.stop.set()
        self.thread.join()
        # A rotation may have been the last thing that happened; a jail needs its log to start.
        open(log_path, "a").close()

    def expected(self):
        return {"once": self.once, "often": self.often}


def start_server():
    out = open(folder + "/server.out", "ab")
    server = subprocess.Popen(["ip", "netns", "exec", namespace, programs + "/f2b-server", "-c",
        folder + "/etc", "-xf", "start"], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    atexit.register(server.kill)	# where the test ends early
    return server


def kill(server):
    """Returns when, by the clock that the log has, before the server knew of it."""
    moment = time.time()
    server.send_signal(signal.SIGKILL)
    server.wait()
    return moment


BAN = re.compile(r"^(\S+ \S+),(\d+) fail2ban\.actions .* \[(\w+)\] (?:Ban|Restore Ban) (\S+)$")


def logged_bans():
    """When, by the log of the last run, (jail, address) was banned."""
    bans = {}
    with open(server_log, errors="replace") as f:
        for line in f:
            m = BAN.match(line)
            if m:
                when = time.mktime(time.strptime(m[1], "%Y-%m-%d %H:%M:%S")) + int(m[2]) / 1000
                bans[m[3], m[4]] = when
    return bans


def rows(path):
    with sqlite3.connect(path, timeout=100) as db:
        return db.execute("SELECT jail, ip, count(*) FROM bans GROUP BY jail, ip").fetchall()


def stored_after_crash():
    """What a reader finds in the database; a copy of it, so that the server meets what it left."""
    copy = folder + "/copy"
    shutil.rmtree(copy, ignore_errors=True)
    os.mkdir(copy)
    for suffix in "", "-journal":
        if os.path.exists(database + suffix):
            shutil.copy(database + suffix, copy)
    if not os.path.exists(database):
        return set()
    try:
        return {(jail, ip) for jail, ip, _ in rows(copy + "/f2b.sqlite3")}
    except sqlite3.OperationalError as e:
        if "no such table" in str(e):
            return set()
        raise


def kernel(jail):
    p = subprocess.run(["ip", "netns", "exec", namespace, "nft", "-j", "list", "set", "inet",
        "f2b-table", "addr-set-" + jail], capture_output=True)
    if p.returncode:
        return []
    for item in json.loads(p.stdout)["nftables"]:
        if "set" in item:
            return [e if isinstance(e, str) else json.dumps(e) for e in item["set"].get("elem", [])]
    return []


def difference(expected, found):
    missing, extra = sorted(expected - found), sorted(found - expected)
    return "%d missing %s, %d too many %s" % (len(missing), missing[:5], len(extra), extra[:5])


def settled(expected, seconds=200):
    """Waits for kernel and database to be as they must; what is wrong, or None."""
    end = time.time() + seconds
    while True:
        wrong = None
        for jail, addresses in expected.items():
            found = kernel(jail)
            if set(found) != addresses:
                wrong = "kernel, %s: %s" % (jail, difference(addresses, set(found)))
        if wrong is None:
            stored = rows(database)
            for jail, addresses in expected.items():
                found = {ip for j, ip, _ in stored if j == jail}
                if found != addresses:
                    wrong = "database, %s: %s" % (jail, difference(addresses, found))
            twice = [r for r in stored if r[2] != 1]
            if twice:
                return "database: banned more than once: %s" % twice[:5]
        if wrong is None or time.time() > end:
            return wrong
        time.sleep(0.05)


def fail(round_, text):
    print("round %d of seed %s: %s" % (round_, seed, text))
    sys.exit(1)


def fresh():
    for name in os.listdir(folder):
        if name.startswith(("denied.log", "f2b.sqlite3")):
            os.unlink(folder + "/" + name)
    # Without a first line no reader could tell that a file is the one that it knew.
    with open(log_path, "w") as f:
        f.write(datetime.datetime.now().astimezone().isoformat() + " victim kernel: the log begins\n")
    subprocess.run(["ip", "netns", "exec", namespace, "nft", "flush", "ruleset"], check=True)


def ready(server):
    end = time.time() + 200
    while subprocess.run([programs + "/f2b-client", "-c", folder + "/etc", "ping"],
                         capture_output=True).returncode:
        if server.poll() is not None or time.time() > end:
            return False
        time.sleep(0.02)
    return True


def log_known(seconds=200):
    """
    Waits until both jails have stored which file they read. Before, a rotation cannot be followed by the
    next server; a server that is slow to begin could be killed so early.
    """
    end = time.time() + seconds
    while time.time() < end:
        with sqlite3.connect(database, timeout=100) as db:
            if db.execute("SELECT count(*) FROM logs WHERE firstlinemd5 <> ''").fetchone()[0] == 2:
                return True
        time.sleep(0.02)
    return False


def main():
    load, server, bans, rotations, oldest = None, None, 0, 0, 0
    started = time.time()
    for n in range(1, rounds + 1):
        if (n - 1) % FRESH_EVERY == 0:
            load = Load()
            fresh()
        open(server_log, "w").close()
        server = start_server()
        # Some are killed while they start, with the load of the time when there was none.
        early = chance.random() < 0.2
        if not early and not ready(server):
            fail(n, "the server does not start")
        if not early:
            if not log_known():
                fail(n, "the log's position is not stored")
            load.start()
        time.sleep(chance.random() * (0.25 if early else 1))
        if not early and chance.random() < 0.5:
            load.end()
            moment = kill(server)
        else:
            moment = kill(server)
            if not early:
                # The lines that come while nobody reads them.
                time.sleep(chance.random() * 0.1)
                load.end()
        stored = stored_after_crash()
        lost = {b: moment - when for b, when in logged_bans().items() if b not in stored}
        oldest = max([oldest, *lost.values()])
        if max(lost.values(), default=0) > YOUNG_S + 10 * load.late_s:
            fail(n, "%d bans are not stored, the oldest of %d ms: %s" % (
                len(lost), oldest * 1000, sorted(lost, key=lost.get)[-5:]))
        server = start_server()
        if not ready(server):
            fail(n, "the server does not start after the crash")
        wrong = settled(load.expected())
        if wrong:
            fail(n, wrong)
        if n % FRESH_EVERY == 0 or n == rounds:
            bans += len(load.once) + len(load.often)
            rotations += load.rotations
        # The next round kills this one while nothing happens, as often as not in its commit.
        kill(server)
    print("ok: %d crashes in %.0f s, %d bans, %d rotations, seed %s: none lost, none twice; "
          "what was not stored was at most %d ms old" % (
        2 * rounds, time.time() - started, bans, rotations, seed, oldest * 1000))


main()
