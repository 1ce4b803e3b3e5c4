"""The options that fail2ban reads, and its durations, against ours.

usage: options.py CLIENT [SEED [COUNT]]

Every option that fail2ban's readers know must stand in the table that "convert --schema" prints,
with the same kind of value and the same default; a random duration must be as many seconds.
F2B_ORACLE is the folder of a fail2ban that is not the installed one.
"""
import os
import random
import subprocess
import sys

if os.environ.get("F2B_ORACLE"):
    sys.path.insert(0, os.path.join(os.environ["F2B_ORACLE"], "root/usr/lib/python3/dist-packages"))
try:
    from fail2ban.client.actionreader import ActionReader
    from fail2ban.client.filterreader import FilterReader
    from fail2ban.client.jailreader import JailReader
    from fail2ban.server.mytime import MyTime
    from fail2ban.version import version
except ImportError:
    print("SKIP: fail2ban is not installed")
    sys.exit(77)

KINDS = {"bool": ("true or false",), "int": ("whole number",)}
TEXTS = ("text", "text or list", "text or map", "text, map, or list of them")
UNITS = ["s", "sec", "seconds", "m", "min", "mi", "hour", "h", "HOURS", "d", "da", "days", "w", "week", "ww", "mo", "mon", "months", "y", "ye",
         "year", "x", "ms", "seco", "M", "Y"]


def table(client):
    """{heading: {option: (value, default)}}"""
    out, here = {}, None
    for line in subprocess.run([client, "convert", "--schema"], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout.split("\n"):
        cells = [c.strip() for c in line.split("|")]
        if line.startswith("### "):
            here = out.setdefault(line[4:], {})
        elif line.startswith("| `"):
            here[cells[1].strip("`")] = (cells[2], cells[3].strip("`"))
    return out


def check_table(client):
    wrong = 0
    tables = table(client)
    for reader, heading in ((JailReader, "jail"), (FilterReader, "filter.d"), (ActionReader, "action.d")):
        ours = {}
        for title, rows in tables.items():
            if title.startswith("`" + heading) or (heading == "jail" and title.startswith("`filter.d")):
                ours.update(rows)
        for name, (kind, default) in reader._configOpts.items():
            want = "" if default in (None, "") else str(default).lower() if isinstance(default, bool) else str(default)
            value, got = ours.get(name, (None, None))
            if value not in KINDS.get(kind, TEXTS) or got != want:
                wrong += 1
                print("FAIL %s: fail2ban %s, default %r; ours %s, default %r" % (name, kind, default, value, got))
        print("%s: %d options" % (reader.__name__, len(reader._configOpts)))
    return wrong


def duration(r):
    out = []
    for _ in range(r.randint(1, 3)):
        out.append(r.choice(["", "", "", "-", " ", "+", "2*"]) + r.choice(["1", "5", "10", "1.5", "0", "007", "30"]) + r.choice(["", " ", "  "]) * (
            r.random() < 0.3) + r.choice(UNITS + [""]))
    text = r.choice(["", " ", " ", "+", "-", " + ", "\t", "\n", "*", "/"]).join(out)
    return text + r.choice(["", "", "", "", "# 1h", "  # " + text, " #\n", "#\n# 5 d"])


def seconds(text):
    try:
        return str(MyTime.str2seconds(text))
    except Exception:
        return None


def same(want, got):
    """Beyond 64 bits, which are 300 thousand million years, as many digits as a double has are enough."""
    return want == got or None not in (want, got) and abs(float(want)) >= 2**63 and float(want) == float(got)


def check_durations(client, seed, count):
    wrong = good = 0
    r = random.Random(seed)
    for _ in range(count):
        text = duration(r)
        want = seconds(text)
        run = subprocess.run([client, "--str2sec=" + text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
        got = run.stdout.strip() if run.returncode == 0 else None
        good += want is not None
        if not same(want, got):
            wrong += 1
            print("FAIL %r: fail2ban %s, ours %s" % (text, want, got))
    print("seed %d: %d of %d durations differ; %d were good" % (seed, wrong, count, good))
    return wrong


def main(argv):
    seed = int(argv[2]) if len(argv) > 2 else 1
    count = int(argv[3]) if len(argv) > 3 else 300
    print("fail2ban %s" % version)
    return 1 if check_table(argv[1]) + check_durations(argv[1], seed, count) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
