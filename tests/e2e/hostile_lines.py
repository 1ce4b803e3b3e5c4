"""Lines built to make a filter backtrack: what the dearest of them costs.

usage: hostile_lines.py PROGRAM CONFIG SAMPLES SEED COUNT [FILTER...]

For each filter of CONFIG, COUNT lines: examples of its regexes, or its sample logs in the folder SAMPLES
("-" if there is none), with a piece of them or of the regexes repeated up to some length, the end cut
off or spoilt. The computing time that PROGRAM (f2b-regex) tells of the dearest line must be at most 50
milliseconds, those included that are passed over since a regex took too long. Of our own filters the lines
below are read in full, too.
"""
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

LIMIT_S = 0.050
LENGTHS = [200, 1000, 4000, 16000, 65000]
PIECES = [" ", ",", "'", '"', "from ", "a", "aaaa ", "0", "1.", "1.2.3.4", "1:", "::", ":", "[", "]", "[1]", "<", ">", "<a>", "(", ")", "=",
          "user=<x>, ", "x=y ", "\t", "-", "/", "\\", "\\x22", "from 1.2.3.4 ", "host ", "a@b.c ", "%20", "rip=1.2.3.4, ", ", session=<a>",
          "authentication failure; ", "A A A A ", "smtp: ", ": : ", "\u00e9", "port 1 ", "[preauth] ", "reject: ", "Nov 22 10:00:00 ",
          "2026-11-22 10:00:00 ", "\x00", "$", "^", "{}", ".*", "__", "?", "%s"]
# A login service that lists in any order what it was told, and a mail server that repeats a thread's
# number and a date of free form; each has been published as an attack on the filter of its name.
PUBLISHED = {
    "dovecot": ["Nov 22 10:00:00 host dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<%s>, method=PLAIN, rip=1.2.3.4, x",
                "Nov 22 10:00:00 host dovecot: imap-login: Aborted login%s (auth failed, 1 attempts in 2 secs): user=<x>, rip=",
                "Nov 22 10:00:00 host dovecot: pop3-login: Disconnected (%s): user=<>, rip=1.2.3.4, lip=5.6.7.8"],
    "domino-smtp": ["22-11-2026 10:00:00   smtp: %s [1.2.3.4] authentication failure using internet passwor",
                    "[1:2-3] 22-11-2026 10:00:00   smtp: %s authentication failure using internet password x",
                    "22-11-2026 10:00:00   SMTP Server: Authentication failed for user %s ; connecting host 1.2.3.4 x"],
}
# What a client may make long in a line, and with what. Such a line has cost a filter too much once.
READ_BYTES = 4000
READ = [
    ("apache-badbots", '192.0.2.1 %s - [14/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 44 "-" "EmailSiphon"', "::"),
    ("exim[mode=more]", '2026-03-14 10:00:00 SMTP protocol error in "AUTH %s" H=(pc) [192.0.2.1] x', 'x" H=(pc) '),
    ("dovecot", "Mar 14 10:00:00 mx dovecot: auth(x,192.0.2.1,sasl:plain)<x>: sql: Password mismatch (given password: %s)", ")<>"),
]


def text_of(regex, r):
    """About what a regex matches: its tags and wildcards filled in, its alternatives left standing."""
    text = re.sub(r"<(HOST|ADDR|IP4|SUBNET|F-ID/)>", "1.2.3.4", regex)
    text = re.sub(r"</?[\w/-]+>", "", text)
    text = re.sub(r"\(\?[:=!<P][^)]{0,12}?>?", "(", text)
    text = re.sub(r"\[\^.\]?[^\]]*\][*+?]*|\\S[*+?]*|\.[*+?]+", lambda m: r.choice(["x", "ab", "user1"]), text)
    text = re.sub(r"\\s[*+?]*", " ", text)
    text = re.sub(r"\\d[*+?]*(\{[^}]*\})?", "12", text)
    text = re.sub(r"\([^()|]*\|([^()|]*)[^()]*\)", r"\1", text)
    return re.sub(r"\\(.)|[\^$?*+()|]", r"\1", text)


def literals(regex):
    return [t for t in re.findall(r"[A-Za-z' :=,/\"<>-]{2,}", regex) if not t.startswith("F-")]


def hostile(r, seeds, pieces):
    seed = r.choice(seeds)
    k = r.random()
    if k < 0.35 and len(seed) > 8:
        at = r.randrange(len(seed))
        piece = seed[at:at + r.choice([1, 2, 3, 5, 8, 13, 30])]
    elif k < 0.6:
        piece = "".join(r.choice(pieces) for _ in range(r.randint(1, 3)))
    else:
        piece = r.choice(PIECES)
    piece = piece or "x"
    length = r.choice(LENGTHS)
    at = r.randint(0, len(seed))
    end = seed[at:] if r.random() < 0.7 else seed[at:at + r.randint(0, 12)]
    line = seed[:at] + piece * max(1, (length - len(seed)) // len(piece)) + end + r.choice(["", "", "!", " x", "\x01", "\u00e9", "]", ">"])
    return line.replace("\n", " ").replace("\r", " ").lstrip("#")


def run(program, config, path, name):
    out = subprocess.run([program, "-c", config, "--usedns", "raw", "--json", "--print-no-missed", "--print-no-ignored", path, name],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=280)
    try:
        return json.loads(out.stdout.decode("utf-8", "replace"))
    except ValueError:
        return None


def filters(config):
    for path in sorted(glob.glob(os.path.join(config, "filter.d", "*.conf"))):
        text = open(path, encoding="utf-8").read()
        if re.search(r"^failregex", text, re.M) and not path.endswith("-common.conf"):
            name = os.path.basename(path)[:-5]
            yield path
            if re.search(r"^mode *=", text, re.M) and "mdre-aggressive" in text:
                yield path + "[mode=aggressive]"


def seeds_of(r, path, known, samples):
    name = os.path.basename(path).split(".conf")[0]
    seeds = [s % "".join(r.choice(PIECES) for _ in range(3)) for s in PUBLISHED.get(name, [])]
    sample = os.path.join(samples, name)
    if os.path.isfile(sample):
        seeds += [l.rstrip("\n") for l in open(sample, encoding="utf-8", errors="replace") if l.strip() and l[0] != "#"]
    prefix = text_of(known.get("prefregex", {}).get("regex", ""), r)
    for regex in known["failregex"]:
        seeds += ["%s%s%s" % (date, head, text_of(regex["regex"], r)) for date in ("Nov 22 10:00:00", "")
                  for head in (" host prog[1]: ", prefix, "")]
    return seeds


def read(program, config, log):
    """How many of READ are passed over."""
    bad = 0
    for name, line, piece in READ:
        open(log, "w").write(line % (piece * (READ_BYTES // len(piece))) + "\n")
        if run(program, config, log, name)["lines"]["passed_over"] > 0:
            print("%s: passed over: %s" % (name, line % (piece + "...")))
            bad += 1
    return bad


def main():
    program, config, samples, seed, count = sys.argv[1:6]
    r = random.Random(int(seed))
    print("seed %s, %s lines a filter" % (seed, count), flush=True)
    bad = 0
    with tempfile.TemporaryDirectory() as work:
        log = os.path.join(work, "log")
        if samples == "-":
            bad += read(program, config, log)
        for path in filters(config):
            name = os.path.basename(path)
            if sys.argv[6:] and name.split(".conf")[0] not in sys.argv[6:]:
                continue
            open(log, "w").write("x\n")
            known = run(program, config, log, path)
            if known is None:
                print("%s: cannot be loaded" % name)
                bad += 1
                continue
            seeds = seeds_of(r, path, known, samples)
            pieces = sorted({p for regex in known["failregex"] + [known.get("prefregex", {"regex": ""})] for p in literals(regex["regex"])})
            lines = [hostile(r, seeds, pieces or ["x"]) for _ in range(int(count))]
            open(log, "w", encoding="utf-8", errors="replace", newline="\n").write("\n".join(l for l in lines if l) + "\n")
            got = run(program, config, log, path)
            if got is None:
                print("%s: no answer" % name)
                bad += 1
                continue
            worst = got["slowest"]
            slow = worst["seconds"] > LIMIT_S
            bad += slow
            print("%-42s worst %6.2f ms, %d passed over%s" % (name, worst["seconds"] * 1000, got["lines"]["passed_over"],
                                                            "   TOO LONG" if slow else ""), flush=True)
            if slow:
                print("    " + repr(([l for l in lines if l] + [""])[worst["line"] - 1])[:300])
    print("%d filters took too long" % bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
