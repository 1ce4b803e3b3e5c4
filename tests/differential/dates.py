"""Random dates in random lines: fail2ban's date detection against ours.

usage: dates.py PROGRAM [SEED [COUNT]]    PROGRAM is test-scan-date

Each detector has the default templates or some patterns, a moment that is now, a zone or none, and
sees several lines, as what matched before has a say in what matches next. Both must cut out the same
text and mean the same moment. fail2ban is used by the names of its public classes only; F2B_ORACLE
names the root of another than the installed one.
"""
import datetime
import functools
import logging
import os
import random
import re
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

ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu",
         "Pacific/Chatham", "Africa/Casablanca", "Europe/Dublin", "Antarctica/Troll", "Pacific/Apia", "America/Sao_Paulo", "Europe/London",
         "CET-1CEST,M3.5.0,M10.5.0/3", "<+0545>-5:45", "EST5EDT"]
LINES_A_ZONE = 400
LOG_ZONES = ["UTC", "UTC+0530", "-08", "CET", "Z", "+05:45", "NPT", "UTC+05:45", "EST-1030", "AEDT", "A", "NDT", "+1345", "-0930", "GMT+1",
             "LHST", "ChST", "IST", "+2", "utc", "Europe/Zurich", "CET+2500", "+19:59"]
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
            "%j %Y", "%Y-%j", "%d\\.%m\\.%Y", "\\[({EPOCH})\\]", "{EPOCH}", "{LEPOCH}", "{DATE}", "=({Epoch})", "={lepoch}", "{Date}", "^{DATE}", "\\[{DATE}\\]",
            "{^LN-BEG}{DATE}", "{^LN-BEG}", "{NONE}", "{UNB}%H%M", "%I:%M:%S %p", "%l:%M %p", "**%H:%M**", "%m%d%H%M", "(?i)%Z %b %d %T",
            "%c", "%x %X", "%Exz %b %d %k:%M:%S", "%ExZ %H:%M:%S", "\\d{2} %Y", "%U %a %Y", "%W %w %Y", "%H:%M:%S$", "x(%H:%M:%S)y",
            "(?:%Y-)?%m-%d %H:%M:%S", "(?P<_x>[-/])%d(?P=_x)%m(?P=_x)%Y", "%Y\\b.*?%H:%M:%S", "\\W%b\\W+%d\\D%H:%M:%S", "%%%Y"]
NOW = 1795700000        # not the clock's, so that a seed gives the same lines each time
LAST = 253402387200     # we take no dates beyond the year 9999
PREFIXES = ["", "", "", "", "[", "<", "  ", "(", "x ", "host ", "[[[", "...", "été ", "1 ", "- ", "pre [", "2026 ", "key=", "\t", "10:11:12 "]
SUFFIXES = ["", " x", "] x 1.2.3.4", ": sshd[12]: y", ">", ") z", "x", "0", " 2020-01-02 03:04:05", " [10/Oct/2020:11:12:13 +0100]", " é",
            " 1600000000", ", a", "Z", " +0230", " UTC", " pm"]


def zone_text(r):
    return r.choice(["Z", "UTC", "GMT", "+0100", "-05:30", "+02", " +1400", "CET", "-0000", "+2500", "EST+0100", "+05:45", "+0545", "-09:30",
                     "+12:45", "+13:45", "NPT", "NPT+0545", "CEST", "+19:59", "-1900", "+01:60", "+1", "M", "utc", "+0099"])


@functools.lru_cache(maxsize=None)
def changes(zone, year):
    """Moments of a year at which the clocks of the zone, which is the machine's, are changed."""
    at = int(datetime.datetime(year, 1, 1, tzinfo=datetime.timezone.utc).timestamp())
    before, out = time.localtime(at).tm_gmtoff, []
    for hour in range(366 * 24):
        offset = time.localtime(at + hour * 3600).tm_gmtoff
        if offset != before:
            out.append(at + hour * 3600)
            before = offset
    return out


def moment(r):
    """A time at which something is special, or any."""
    year = r.choice([1970, 1971, 1999, 2000, 2004, 2023, 2024, 2025, 2026, 2028, 2037, 2038, 2039, 2100])
    k = r.random()
    if k < 0.3:
        return r.choice(changes(os.environ["TZ"], year) or [0]) + r.randint(-4, 4) * 1800 + r.randint(0, 59)
    if k < 0.6:
        day = r.choice([(2, 28), (3, 1), (1, 1), (12, 31), (2, 27), (3, 2)])
        at = datetime.datetime(year, day[0], day[1], r.choice([0, 12, 23]), r.randint(0, 59), r.randint(0, 59))
        return int(at.replace(tzinfo=datetime.timezone.utc).timestamp()) + r.choice([0, 86400])
    if k < 0.7:
        return r.choice([0, 1, 86399, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**32, 951782400, 10**9, 10**10 - 1, 10**10])
    return NOW - r.randint(0, 300 * 86400)


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


def leap_day(text):
    """The day becomes the 29th of February, if it is written in a way known here."""
    text = re.sub(r"[A-Z][a-z][a-z] [ 0-3]\d", "Feb 29", text)
    return re.sub(r"(\d{4}[-/.])\d\d([-/.])\d\d", r"\g<1>02\g<2>29", text)


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
        when = now - back * r.random() if r.random() < 0.8 else moment(r)
        text = fill(r, form, when)
        if r.random() < 0.03:
            text = leap_day(text)
        yield prefix + mutate(r, text) + suffix


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


def same(want, got):
    """Where clocks were set back, a time means either of two moments: by what mktime() was asked before."""
    if want == got:
        return True
    w, g = want.split(), got.split()
    if w[:2] != g[:2] or "." not in w[-1] or "." not in g[-1]:
        return False
    return time.localtime(float(w[2]))[:6] == time.localtime(float(g[2]))[:6]


class Ours:
    """A process of its own for each zone of the machine."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        self.process.stdin.write((" ".join(words) + "\n").encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()) % 1000000
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    r = random.Random(seed)
    print("seed %d, %d lines" % (seed, count), flush=True)
    ours, code, left = None, 0, 0
    done = bad = dated = refused = 0
    while done < count:
        if done >= left:
            code |= ours.end() if ours else 0
            os.environ["TZ"] = r.choice(ZONES)
            time.tzset()
            ours, left = Ours(sys.argv[1]), done + LINES_A_ZONE
        now = max(0, moment(r))
        pattern = patterns(r)
        zone = r.choice(["", r.choice(LOG_ZONES)])
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
            if not same(want, got):
                bad += 1
                if bad <= 15:
                    print("TZ %s pattern %r zone %r now %d\n  lines  %r\n  theirs %s\n  ours   %s" % (os.environ["TZ"], pattern, zone, now, seen, want, got))
                break
    code |= ours.end()
    print("%d lines, %d dated, %d patterns refused, %d differ" % (done, dated, refused, bad))
    return 1 if bad or code else 0


if __name__ == "__main__":
    sys.exit(main())
