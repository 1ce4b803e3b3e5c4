"""Random dates in random lines: fail2ban's date detection against ours.

usage: dates.py PROGRAM [SEED [COUNT]]    PROGRAM is test-scan-date

Each detector has the default templates or some patterns, a moment that is now, a zone or none, and
sees several lines, as what matched before has a say in what matches next. Both must cut out the same
text and mean the same moment. fail2ban is used by the names of its public classes only; F2B_ORACLE
names the root of another than the installed one.
"""
import datetime
import logging
import os
import random
import subprocess
import sys
import time

ROOT = os.environ.get("F2B_ORACLE")
if ROOT:
    sys.path.insert(0, ROOT + "/root/usr/lib/python3/dist-packages")
try:
    from fail2ban.server.filter import Filter
    from fail2ban.server.mytime import MyTime
except ImportError:
    print("no fail2ban to compare with")
    sys.exit(77)
logging.disable(logging.CRITICAL)

ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
LONG_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LONG_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"]
FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y/%m/%d %H:%M:%S,%f", "%Y.%m.%d  %H:%M:%S.%f %z", "%b %d %H:%M:%S",
         "%b %e %H:%M:%S", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S.%f %Y", "%a %b %d %Y %H:%M:%S", "%d/%m/%Y %H:%M:%S",
         "%d-%m-%y %H:%M:%S", "%d/%b/%Y:%H:%M:%S %z", "%d-%b-%Y %H:%M:%S.%f", "%m/%d/%Y:%H:%M:%S", "%m-%d-%Y %H:%M:%S.%f",
         "%s", "%s.%f", "[%s]", "audit(%s.123:45)", "%H:%M:%S", "<%m/%d/%y@%H:%M:%S>", "%y%m%d %H:%M:%S", "%y%m%d  %k:%M:%S",
         "%b %d, %Y %I:%M:%S %p", "%b-%d-%y %H:%M:%S", "%Y%m%d-%H%M%S", "%Y%m%dT%H:%M:%S,%f", "%Y%m%d%H%M%S", "%Z %b %d %H:%M:%S",
         "%z %a %b %d %H:%M:%S %Y", "@4%T", "%A %B %d %Y", "%j %Y", "%Y-%j", "%U %a %Y", "%d.%m.%Y", "%H:%M", "%Y", "%m%d%H%M"]
PATTERNS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d[T ]%H:%M:%S", "^%Y-%m-%d %H:%M:%S", "{^LN-BEG}%Y-%m-%d %H:%M:%S", "%d/%b/%Y:%H:%M:%S %z",
            "%b %d %H:%M:%S", "%ExY-%Exm-%Exd %ExH:%ExM:%ExS", "\\[%d-%m-%y %H:%M:%S\\]", "(%Y)%m%d", "EPOCH", "^EPOCH", "LEPOCH",
            "{^LN-BEG}TAI64N", "TAI64N", "%H:%M:%S", "%H:%M", "%Y", "%y%m%d\\s+%k:%M:%S", "%a %b %d %H:%M:%S %Y", "%A %B %d %Y",
            "%j %Y", "%Y-%j", "%d\\.%m\\.%Y", "\\[({EPOCH})\\]", "{EPOCH}", "{LEPOCH}", "{DATE}", "^{DATE}", "\\[{DATE}\\]",
            "{^LN-BEG}{DATE}", "{^LN-BEG}", "{NONE}", "{UNB}%H%M", "%I:%M:%S %p", "%l:%M %p", "**%H:%M**", "%m%d%H%M", "(?i)%Z %b %d %T",
            "%c", "%x %X", "%Exz %b %d %k:%M:%S", "%ExZ %H:%M:%S", "\\d{2} %Y", "%U %a %Y", "%W %w %Y", "%H:%M:%S$", "x(%H:%M:%S)y",
            "(?:%Y-)?%m-%d %H:%M:%S", "(?P<_x>[-/])%d(?P=_x)%m(?P=_x)%Y", "%Y\\b.*?%H:%M:%S", "\\W%b\\W+%d\\D%H:%M:%S", "%%%Y"]
LAST = 253402387200     # we take no dates beyond the year 9999
PREFIXES = ["", "", "", "", "[", "<", "  ", "(", "x ", "host ", "[[[", "...", "été ", "1 ", "- ", "pre [", "2026 ", "key=", "\t", "10:11:12 "]
SUFFIXES = ["", " x", "] x 1.2.3.4", ": sshd[12]: y", ">", ") z", "x", "0", " 2020-01-02 03:04:05", " [10/Oct/2020:11:12:13 +0100]", " é",
            " 1600000000", ", a", "Z", " +0230", " UTC", " pm"]


def zone_text(r):
    return r.choice(["Z", "UTC", "GMT", "+0100", "-05:30", "+02", " +1400", "CET", "-0000", "+2500", "EST+0100"])


def fill(r, form, when):
    d = datetime.datetime.fromtimestamp(when)
    wild = r.random() < 0.08
    n = lambda width, value, top: ("%0*d" % (width, r.randint(0, top) if wild else value))
    parts = {"Y": "%04d" % (r.choice([1999, 2036, d.year, 2000]) if wild else d.year), "y": n(2, d.year % 100, 99), "m": n(2, d.month, 14),
             "d": n(2, d.day, 33), "e": "%2d" % d.day, "H": n(2, d.hour, 26), "k": "%2d" % d.hour, "I": n(2, d.hour % 12 or 12, 14),
             "M": n(2, d.minute, 62), "S": n(2, d.second, 63), "f": str(r.randint(0, 999999)), "p": r.choice(["am", "PM", "AM", "pm"]),
             "b": MONTHS[d.month - 1], "B": LONG_MONTHS[d.month - 1], "a": DAYS[d.weekday()], "A": LONG_DAYS[d.weekday()],
             "j": n(3, d.timetuple().tm_yday, 370), "U": d.strftime("%U"), "z": zone_text(r), "Z": r.choice(["CET", "PDT", "Z", "UTC", "XQZ"]),
             "s": str(int(when)) + r.choice(["", "", "123", "123456"]), "T": "%023x" % int(when)}
    out, i = [], 0
    while i < len(form):
        if form[i] == "%":
            out.append(parts[form[i + 1]])
            i += 2
        else:
            out.append(form[i])
            i += 1
    text = "".join(out)
    return r.choice([text.upper(), text.lower()]) if r.random() < 0.05 else text


def mutate(r, text):
    k = r.random()
    if not text or k > 0.15:
        return text
    at = r.randrange(len(text))
    if k < 0.05:
        return text[:at] + text[at + 1:]
    if k < 0.1:
        return text[:at] + r.choice("0123456789 :-/.,TZé") + text[at + 1:]
    return text[:at] + r.choice("0 :-/x") + text[at:]


def lines(r, now):
    """Lines as one log has them: mostly of one form."""
    form, prefix, suffix = r.choice(FORMS), r.choice(PREFIXES), r.choice(SUFFIXES)
    for _ in range(r.randint(1, 12)):
        if r.random() < 0.2:
            form = r.choice(FORMS)
        if r.random() < 0.2:
            prefix = r.choice(PREFIXES)
        if r.random() < 0.2:
            suffix = r.choice(SUFFIXES)
        back = r.choice([0, 10, 3600, 90000, 40 * 86400, 400 * 86400, 1000 * 86400, -7200, -90000, -40 * 86400])
        yield prefix + mutate(r, fill(r, form, now - back * r.random())) + suffix


def patterns(r):
    if r.random() < 0.5:
        return ""
    k = r.choice([1, 1, 1, 2, 3])
    return "\n".join(r.sample(PATTERNS, k))


class Theirs:
    def __init__(self, pattern, zone, now):
        MyTime.setTime(now)
        self.filter = Filter(None)
        if pattern:
            self.filter.setDatePattern(pattern)
        if zone:
            self.filter.setLogTimeZone(zone)
        self.detector = self.filter.dateDetector

    def answer(self, line):
        found = self.detector.matchTime(line)
        if found is None or found[0] is None:
            return "none"
        start, end = (len(line[:i].encode()) for i in found[0].span(1))
        if start == end:
            return "%d %d empty" % (start, end)
        try:
            value = self.detector.getTime(line, found)
        except Exception:
            value = None
        if value is None or value[0] is None or value[0] > LAST:
            return "%d %d invalid" % (start, end)
        return "%d %d %.3f" % (start, end, value[0])


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        self.process.stdin.write((" ".join(words) + "\n").encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()) % 1000000
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    r = random.Random(seed)
    os.environ["TZ"] = r.choice(ZONES)
    time.tzset()
    print("seed %d, %d lines, zone %s" % (seed, count, os.environ["TZ"]), flush=True)
    ours = Ours(sys.argv[1])
    done = bad = dated = refused = 0
    while done < count:
        now = int(time.time()) - r.randint(0, 300 * 86400)
        pattern = patterns(r)
        zone = r.choice([""] * 6 + ["UTC", "UTC+0530", "-08", "CET", "Z"])
        try:
            theirs = Theirs(pattern, zone, now)
        except Exception as e:
            theirs = None
        got = ours.ask("new", (pattern.encode().hex() or "-"), (zone.encode().hex() or "-"), str(now))
        if got != "ok" or theirs is None:
            refused += 1
            if (got == "ok") != (theirs is not None):
                bad += 1
                print("pattern %r zone %r: theirs %s, ours %s" % (pattern, zone, "ok" if theirs else "refused", got))
            continue
        seen = []
        for line in lines(r, now):
            done += 1
            seen.append(line)
            try:
                want = theirs.answer(line)
            except Exception as e:
                want = "error %s" % e
            got = ours.ask("line", line.encode().hex() or "-")
            dated += want[0].isdigit()
            if want != got:
                bad += 1
                if bad <= 15:
                    print("pattern %r zone %r now %d\n  lines  %r\n  theirs %s\n  ours   %s" % (pattern, zone, now, seen, want, got))
                break
    ours.process.stdin.close()
    ours.process.wait()
    print("%d lines, %d dated, %d patterns refused, %d differ" % (done, dated, refused, bad))
    return 1 if bad or ours.process.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
