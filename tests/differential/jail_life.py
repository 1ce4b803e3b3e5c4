"""Random failures in random jails, for jail_life.sh.

usage: jail_life.py REFERENCE_SERVER SERVER SEED RUNS

Both servers get the same configuration, the same database and, once their jails are at work, the same
lines at the same moment, dated up to some seconds back, so that they are not always in order. What
counts at the end is what the databases hold, and when bans end.

What was counted of an address goes when it has been quiet for findtime, but both look for such only
every few seconds, and each at another moment. An address whose next line came when that might have been
is not compared; how many these are is told.

An address gets one line at a time: the reference grows and stores a ban in another thread, and what it
stores would depend on whether the next failure has prolonged it by then.
"""
import collections, datetime, glob, itertools, json, os, random, re, shutil, sqlite3, subprocess, sys, tempfile, time

JAILS, ADDRESSES = 10, 25
FORMULAS = [
    None,
    "ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor",
    "ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)",
    "ban.Time + 10 * ban.Count ** 2",
    "max(ban.Time, min(ban.Count * 1000, 5000)) if ban.Count > 2 else ban.Time / 2",
    "int(ban.Time * 1.7) // 3 + round(ban.Count * 2.5)",
]


def jail_settings(r):
    """The options of a jail, as in jail.conf."""
    s = {
        "maxretry": r.choice([1, 1, 2, 3, 5, 8]),
        "findtime": r.choice([7, 8, 10, 12, 600]),
        "bantime": r.choice(["1000", "10m", "1h", "1d", "-1"]),
    }
    if r.random() < 0.4:
        s["maxmatches"] = r.choice([1, 2, 10])
    if r.random() < 0.75:
        s["bantime.increment"] = "true"
        if r.random() < 0.5:
            s["bantime.factor"] = r.choice(["1", "2", "0.5", "3/2", "24"])
        formula = r.choice(FORMULAS)
        if formula:
            s["bantime.formula"] = formula
        if r.random() < 0.3:
            s["bantime.multipliers"] = r.choice(["1 2 4 8 16 32 64", "1 5 30 60 300 720 1440 2880", "3"])
        if r.random() < 0.4:
            s["bantime.maxtime"] = r.choice(["1h", "2000", "1w"])
        if r.random() < 0.3:
            s["bantime.overalljails"] = r.choice(["true", "false"])
    return s


def addresses(jail):
    return ["10.%d.0.%d" % (jail // 3, i + 1) if i % 5 else "2001:db8::%x:%x" % (jail // 3, i + 1)
            for i in range(ADDRESSES)]


def failures(r, jail):
    """[(seconds back, address)]: the jails of three share their addresses."""
    out = []
    for address in addresses(jail):
        for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4, 5, 7])):
            out.append((r.randint(0, 3), address))
    r.shuffle(out)
    return out


def history(r, now):
    """Rows of bips: bans that are over."""
    rows = []
    for jail in range(JAILS):
        for address in addresses(jail):
            if r.random() < 0.4:
                bantime = r.choice([60, 600, 1234])
                rows.append((address, "j%d" % jail, now - 70 - bantime - r.randrange(5000), bantime,
                    r.choice([1, 1, 2, 3, 7, 25]), '{"matches": ["old"], "failures": 3}'))
    return rows


def configure(folder, settings):
    os.makedirs(folder + "/etc/filter.d")
    os.makedirs(folder + "/etc/action.d")
    with open(folder + "/etc/fail2ban.conf", "w") as f:
        f.write("[Definition]\nloglevel = INFO\nlogtarget = %s/log\nsyslogsocket = auto\nsocket = %s/sock\n"
            "pidfile = %s/pid\ndbfile = %s/db\ndbpurgeage = 1d\ndbmaxmatches = 10\n" % ((folder,) * 4))
    with open(folder + "/etc/filter.d/bad.conf", "w") as f:
        f.write("[Definition]\nfailregex = ^\\s*bad <F-USER>\\S*</F-USER> from <ADDR>$\n")
    with open(folder + "/etc/action.d/none.conf", "w") as f:
        f.write("[Definition]\nactionban =\n")
    with open(folder + "/etc/jail.conf", "w") as f:
        f.write("[DEFAULT]\nbackend = polling\nusedns = no\naction = none\nfilter = bad\nenabled = true\n")
        for i, s in enumerate(settings):
            f.write("[j%d]\nlogpath = %s/j%d.log\n" % (i, folder, i))
            f.writelines("%s = %s\n" % o for o in s.items())


def make_database(folder, schema, rows):
    with sqlite3.connect(folder + "/db") as db:
        db.executescript(schema)
        db.execute("INSERT INTO fail2banDb VALUES(4)")
        db.executemany("INSERT INTO jails VALUES(?, 0)", [("j%d" % i,) for i in range(JAILS)])
        db.executemany("INSERT INTO bips(ip, jail, timeofban, bantime, bancount, data) VALUES(?,?,?,?,?,?)", rows)


class Server:
    def __init__(self, program, folder):
        self.folder = folder
        self.client = program[:-len("server")] + "client"
        self.process = subprocess.Popen([program, "-f", "-c", folder + "/etc", "start"],
            stdout=open(folder + "/out", "w"), stderr=subprocess.STDOUT)
        for _ in range(3000):
            if self.log().count("started") >= JAILS:
                return
            time.sleep(0.1)
        fail("%s does not start: %s" % (program, open(folder + "/out").read()))

    def log(self):
        try:
            return open(self.folder + "/log").read()
        except FileNotFoundError:
            return ""

    def rows(self):
        with sqlite3.connect(self.folder + "/db", timeout=100) as db:
            out = {}
            for jail, ip, when, bantime, count, data in db.execute(
                    "SELECT jail, ip, timeofban, bantime, bancount, data FROM bips"):
                data = json.loads(data)
                matches = ["".join(m) for m in data.get("matches", [])]
                matches = [m for m, _ in itertools.groupby(matches)]
                out[jail, ip] = [when, count, data.get("failures"), matches]
            return out

    def bans(self):
        """What is stored, and behind it the line that "banip --with-time" has of it."""
        out = self.rows()
        for i in range(JAILS):
            p = subprocess.run([self.client, "-c", self.folder + "/etc", "get", "j%d" % i, "banip",
                "--with-time"], capture_output=True, text=True)
            for line in p.stdout.splitlines():
                if line.strip():
                    out.setdefault(("j%d" % i, line.split()[0]), []).append(line.split("\t")[-1])
        return out

    def unsteady(self, settings):
        """(jail, address) that might have been forgotten before its next line."""
        last, out = {}, set()
        for read, jail, address, date in re.findall(
                r"^(\S+ [\d:]+),\d+ .* \[(j\d+)\] Found (\S+)\b.* - (\S+ \S+)$", self.log(), re.M):
            read, date = (datetime.datetime.fromisoformat(t) for t in (read, date))
            findtime = datetime.timedelta(seconds=settings[int(jail[1:])]["findtime"] - 1)
            if (jail, address) in last and read >= last[jail, address] + findtime:
                out.add((jail, address))
            last[jail, address] = max(date, last.get((jail, address), date))
        return out

    def works(self):
        """Whether a thread of it computes, or would if the machine had the time."""
        for path in glob.glob("/proc/%d/task/*/stat" % self.process.pid):
            try:
                with open(path) as f:
                    if f.read().rpartition(")")[2].split()[0] in "RD":
                        return True
            except OSError:
                pass
        return False

    def settle(self):
        """Waits until all lines were read, and nothing changes any more."""
        last, same = None, 0
        while same < 5:
            now = self.log().count("\n")
            same = same + 1 if now == last and not self.works() else 0
            last = now
            time.sleep(0.1)

    def stop(self):
        subprocess.run([self.client, "-c", self.folder + "/etc", "stop"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.process.wait()


def fail(text):
    print("FAIL: " + text)
    sys.exit(1)


def has_version(folder):
    """The last that the reference writes into a new database."""
    if not os.path.exists(folder + "/db"):
        return False
    try:
        with sqlite3.connect(folder + "/db", timeout=60) as db:
            return db.execute("SELECT version FROM fail2banDb").fetchone() is not None
    except sqlite3.OperationalError:
        return False


def schema_of(reference, folder):
    """The tables as the reference makes them."""
    os.mkdir(folder)
    configure(folder, [])
    p = subprocess.Popen([reference, "-f", "-c", folder + "/etc", "start"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    for _ in range(1000):
        if has_version(folder):
            break
        time.sleep(0.1)
    p.terminate()
    p.wait()
    with sqlite3.connect(folder + "/db") as db:
        return ";".join(r[0] for r in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")) + ";"


def same(want, got, known):
    """A failure of somebody who is known counts several times; the reference also keeps its line twice
    then, which helps nobody, so that older ones go sooner."""
    if want == got or not known or want is None or got is None:
        return want == got
    n = len(want[3])
    return want[:3] + want[4:] == got[:3] + got[4:] and got[3][len(got[3]) - n:] == want[3]


def run(reference, ours, seed, top):
    r = random.Random(seed)
    settings = [jail_settings(r) for _ in range(JAILS)]
    schema = schema_of(reference, top + "/schema")
    rows = history(r, int(time.time()))
    lines = [failures(r, i) for i in range(JAILS)]
    # Where bans in other jails count, the reference does not store one that another jail was quicker
    # with; so there are no others then.
    for i, s in enumerate(settings):
        if s.get("bantime.overalljails") == "true":
            for j in range(i // 3 * 3, min(i // 3 * 3 + 3, JAILS)):
                lines[j] = lines[j] if j == i else []
    servers = []
    for name, program in ("reference", reference), ("ours", ours):
        folder = top + "/" + name
        os.mkdir(folder)
        configure(folder, settings)
        make_database(folder, schema, rows)
        for i in range(JAILS):
            with open("%s/j%d.log" % (folder, i), "w") as f:
                f.write("2026-01-01 00:00:00 this is no failure\n")
        servers.append(Server(program, folder))
    # So that both have read what was there, and what comes is dated by its lines.
    time.sleep(3)
    written = 0
    for n in range(max(map(len, lines))):
        batch = [[] for _ in lines]
        now = datetime.datetime.now().replace(microsecond=0)
        for i, jail in enumerate(lines):
            seen = collections.Counter()
            for back, address in jail:
                seen[address] += 1
                if seen[address] == n + 1:
                    batch[i].append("%s bad %s from %s\n" % (
                        now - datetime.timedelta(seconds=back), "user%d" % n if n % 3 else "", address))
        if not any(batch):
            break
        for i, text in enumerate(batch):
            for s in servers:
                with open("%s/j%d.log" % (s.folder, i), "a") as f:
                    f.write("".join(text))
        written += sum(map(len, batch))
        for s in servers:
            for _ in range(1000):
                if s.log().count("] Found ") - s.log().count(", bad - ") >= written:
                    break
                time.sleep(0.1)
            s.settle()
    want, got = (s.bans() for s in servers)
    unsteady = set.union(*(s.unsteady(settings) for s in servers))
    known = {(row[1], row[0]) for row in rows}
    for i, s in enumerate(settings):
        if s.get("bantime.overalljails") == "true":
            known |= {("j%d" % i, row[0]) for row in rows}
    bad = 0
    for key in sorted((set(want) | set(got)) - unsteady):
        if not same(want.get(key), got.get(key), key in known):
            bad += 1
            if bad <= 12:
                print("%s %s: expected %s\n%*s got      %s\n    settings %s" % (
                    key[0], key[1], want.get(key), len(key[0] + key[1]) + 2, "", got.get(key),
                    settings[int(key[0][1:])]))
                for s in servers:
                    print("".join("    %s: %s\n" % (os.path.basename(s.folder), l) for l in s.log().split("\n")
                        if "[%s] " % key[0] in l and (" %s " % key[1] in l + " ")))
    for s in servers:
        s.stop()
    new = len([k for k in want if want[k][0] > time.time() - 120])
    if bad:
        fail("seed %d: %d of %d bans differ" % (seed, bad, len(want)))
    print("ok: seed %d: %d bans of %d failures are the same; %d addresses were not compared" % (
        seed, new - len(unsteady & set(want)), sum(map(len, lines)), len(unsteady)))


def main():
    reference, ours, seed, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    for i in range(runs):
        top = tempfile.mkdtemp(prefix="f2b-life-")
        try:
            run(shutil.which(reference) or reference, ours, seed + i, top)
        finally:
            shutil.rmtree(top, ignore_errors=True)


main()
