"""Random configurations: what fail2ban-client -d prints of them against what ours prints.

usage: config_random.py CLIENT [SEED [COUNT [FIRST]]]

Configuration number N of a seed is always the same one. Standard output and exit status must be
equal; where nothing is printed but an error, the exit status alone, for the words are ours. The
folder of one that differs is kept, and named. F2B_ORACLE is the folder of a fail2ban that is not
the installed one.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

oracle = os.environ.get("F2B_ORACLE")
if oracle:
    sys.path.insert(0, os.path.join(oracle, "root/usr/lib/python3/dist-packages"))
try:
    from fail2ban.client.fail2banclient import exec_command_line
    from fail2ban.version import version
except ImportError:
    print("SKIP: fail2ban is not installed")
    sys.exit(77)

# fail2ban 1.1 refuses what is wrong in an option list; 1.0 passes over it.
STRICT_LISTS = version >= "1.1"

NAMES = ["mode", "port", "x", "y", "chain", "_word", "opt-a", "opt.b", "name2", "_re_hard", "_re_soft", "blocktype", "lt"]
JAILS = ["sshd", "web", "mail-a", "j4", "a.b", "ünï", "with space"]
SECTIONS = ["extra", "lt", "lt_file", "lt_short"]      # beside the usual ones, for references
FILTERS = ["f1", "f2", "sub/f3", "sshd", "web"]
ACTIONS = ["a1", "a2", "a3"]
BASES = ["base1", "base2", "base3"]
FILTER_OPTIONS = ["failregex", "ignoreregex", "prefregex", "maxlines", "datepattern", "usedns", "journalmatch"]
ACTION_OPTIONS = ["actionstart", "actionstart_on_demand", "actionstop", "actionflush", "actionreload", "actioncheck",
                  "actionrepair", "actionrepair_on_unban", "actionban", "actionprolong", "actionreban", "actionunban",
                  "norestored"]
JAIL_TEXTS = ["ignorecommand", "ignorecache", "logtimezone", "bantime.factor", "bantime.formula", "bantime.multipliers",
              "bantime.maxtime", "bantime.rndtime", "logencoding"]
JAIL_BOOLS = ["bantime.increment", "bantime.overalljails", "ignoreself", "skip_if_nologs", "systemd_if_nologs"]
WORDS = ["a", "b c", "0", "22,80", "tcp", "é–日", "\"q\"", "'s'", "it's", "x;y", "a#b", "\\d+", "^x$", "a=b", "k:v", "{1}", "[z]", "~", "\\",
         "a\\nb", "\U0001f600", "\u0301", "!", "DROP", "*", "$x", "`w`", "a\u00a0b", "\u00ad", "\u200b", "/p/q"]
SPACES = [" ", " ", " ", " ", " ", "\t", "  ", "\u00a0", "\x0b", "\x0c", "\u3000", "\x1f", "\x85", "\u2028", "\x1c"]


class Maker:
    def __init__(self, r, root):
        self.r, self.root = r, root
        self.bad = r.random() < 0.35        # mistakes are allowed in this one
        self.jail_name = ""
        self.in_action = False      # what is written is an action's file

    def some(self, p):
        return self.r.random() < p

    def wrong(self, p):
        return self.bad and self.r.random() < p

    def pick(self, items):
        return self.r.choice(items)

    # ---- values

    def reference(self):
        k = self.r.random()
        if self.wrong(0.06):
            return self.pick(["%(nosuch)s", "%z", "%(open", "%()s", "%(x)d", "%", "%(known/nosuch)s", "%(Definition/x)s", "%(nosuch/x)s",
                              "%( x )s", "%(x)", "%(loop1)s", "%(x y)s"])
        if self.wrong(0.05):
            return "%(" + self.pick(NAMES + ["name", "actname", "logtype"]) + ")s"
        if k < 0.5:
            return "%(" + self.pick(BASES + ["BASE1"]) + ")s"
        if k < 0.6:
            return "%(__name__)s"
        if k < 0.72:
            return "%(known/" + self.pick(["base1", "base2"]) + ")s"
        if k < 0.84:
            return "%(default/" + self.pick(BASES) + ")s"
        if k < 0.9:
            return "%(" + self.pick(SECTIONS) + "/" + self.pick(["base1", "base2"]) + ")s"
        return "%%"

    def jail_option(self):
        """The name of an option of the jail, as an action may refer to it."""
        name = self.pick(["findtime", "maxretry", "filter", "backend", "enabled", "ignoreself", "logpath", "maxlines"])
        return self.pick([name, name, name.upper()])

    def tag(self, depth=0):
        k = self.r.random()
        if self.in_action and self.some(0.1):
            return "<" + self.jail_option() + ">"
        if k < 0.45:
            name = self.pick(NAMES)
            return "<" + (name if self.some(0.9) else name.upper()) + ">"
        if k < 0.55:
            return "<" + self.pick(SECTIONS + ["known", "Init", "Definition", "default", "nosuch", "DEFAULT"]) + "/" + self.pick(
                NAMES + ["base1"]) + ">"
        if k < 0.6:
            return "<lt_" + self.pick(["<logtype>", "<mode>", "file"]) + "/" + self.pick(NAMES + BASES) + ">"
        if k < 0.7 and depth < 2:
            return "<_re_" + self.tag(depth + 1) + ">"
        if k < 0.85:
            return self.pick(["<HOST>", "<ip>", "<F-USER>u</F-USER>", "<matches>", "<bantime>", "<family>", "<ADDR>", "<timeout>"])
        return self.pick(["<", ">", "<<", "< x>", "<x y>", "<>", "<x", "x>", "a < b > c", "<\t>", "<x\\>", "<<x>>", "<é>", "</x>", "<X>"])

    def text(self, tags=True, n=4):
        out = []
        for _ in range(self.r.randint(0, n)):
            k = self.r.random()
            if k < 0.55:
                out.append(self.pick(WORDS))
            elif k < 0.7:
                out.append(self.reference())
            elif tags:
                out.append(self.tag())
        return self.pick(["", " ", " ", self.pick(SPACES)]).join(out)

    def lines(self, make, most=4):
        return [make() for _ in range(self.r.randint(0, most))]

    def number(self):
        if self.wrong(0.1):
            return self.pick(["five", "1.5", "0x10", "1__0", "_1", "", "- 1", "1 2"])
        return self.pick(["0", "1", "5", "10", "-1", "+3", "1_000", " 7", "007", "123456789"])

    def boolean(self):
        return self.pick(["true", "false", "1", "0", "yes", "no", "on", "off", "True", "YES", "On", "t", "", "2", "enabled", "tRuE", "\"true\"", "01"])

    def period(self):
        return self.pick(["600", "10m", "1h 30m", "1d12h", "-1", "1w", "abc", "", "1year-6mo", "1.5h", "2 weeks", "5 MIN", "3*1m", "1d5", "1h # an hour", "600#10m"])

    def shell(self):
        if self.wrong(0.08):
            return self.pick(["\"open", "'open", "a\\"])
        return self.pick(["_COMM=x", "_SYSTEMD_UNIT=a.service + _COMM=b", "\"A=b c\" d", "a\\ b", "'x y'z", "\"\\\"\" '\\'", "''", "a#b", "é=1",
                          "# x", "\"a\\b\\\\\"", "a\tb"])

    def address(self):
        return self.pick(["127.0.0.1/8", "::1", "10.0.0.0/8", "host.example", "2001:db8::/32", ",", "a,b", "%(base1)s"])

    def one_of_known(self, kind, name):
        if name in ("maxlines", "maxretry", "maxmatches", "dbmaxmatches", "stacksize"):
            return [self.number()]
        if name in JAIL_BOOLS or name in ("actionstart_on_demand", "actionrepair_on_unban", "norestored"):
            return [self.boolean()]
        if name in ("findtime", "bantime", "dbpurgeage"):
            return [self.period()]
        if name == "journalmatch":
            return self.lines(self.shell, 3)
        if name == "ignoreip":
            return [self.pick([" ", ", ", ","]).join(self.address() for _ in range(self.r.randint(0, 3))) for _ in range(self.r.randint(1, 2))]
        if name in ("failregex", "ignoreregex", "actionstart", "actionban"):
            return self.lines(lambda: self.text(kind != "jail"))
        return [self.text(kind != "jail")]

    # ---- option lists, "name[a=b, c="d"]"

    def option_list(self, names):
        out = []
        for _ in range(self.r.randint(0, 3)):
            name = self.pick(names)
            if self.some(0.08):
                name = self.pick([name.upper(), name.capitalize()])
            if self.some(0.12):
                name += "?family=" + self.pick(["inet6", "inet4"])
            value = self.text(True, 2).replace("]", "").replace("\"", "").replace("'", "")
            value = value.replace("\x85", " ").replace("\u2028", " ").replace("\x1c", " ")
            quote = self.pick(["\"", "\"", "'", ""])
            if not quote:
                value = value.replace(",", "").replace("[", "").strip()
                value = re.sub(r"\s+", "_", value)
            elif self.some(0.3):
                value = self.pick([" " + value + " ", value + ", b", value + "]" if STRICT_LISTS else value,
                                   value + ("'" if quote == "\"" else "\""), value + "\n" + self.text(True, 1).strip("\"']")])
                value = value.replace(quote, "")
            out.append(name + "=" + quote + value + quote)
        if not out:
            return self.pick(["", "", "[]"])
        if self.wrong(0.15) and STRICT_LISTS:
            out.append(self.pick(["x", "x y", "=", "x=\"1\"2", "x=\"open", "x = 1", "x='o", "x==1", "é=1", "x=[", "", "\"x\"=1"]))
        if self.some(0.15) and len(out) > 1:
            return "[" + "][".join(out) + "]"
        return "[" + self.pick([", ", ",", ",  ", ",\n", ", \n"]).join(out) + self.pick(
            ["", "", "", ",", " " if self.bad else ""] if STRICT_LISTS else [""]) + "]"

    def filter_value(self):
        if self.wrong(0.08):
            return self.pick(["nosuch", "f1[", "f1]", "[x=1]", "f1 f2", "f1[x=1] f2", "F1", "%(nosuch)s", "./f1", "f1[x=1]y"])
        name = self.pick(FILTERS) if self.some(0.9) or self.jail_name not in FILTERS else "%(__name__)s"
        if self.some(0.1):
            return name + "[mode=\"%(mode)s\"]"
        return name + self.option_list(NAMES + ["logtype", "maxlines", "failregex", "usedns", "base1"])

    def action_value(self):
        if self.wrong(0.05):
            return self.pick(["nosuch", "a1[", "a1,a2", "[x=1]", "a1]", "A1"])
        if self.some(0.06):
            return self.pick(["p.py", "p.py[a=\"é\\x\", b=2]", "p.py[actname=z, c='\"']"])
        if self.some(0.15):
            return self.pick(["%(action_)s", "%(action_two)s", "%(banaction)s[name=%(__name__)s, port=\"%(port)s\"]", "%(banaction)s"])
        return self.pick(ACTIONS) + self.option_list(NAMES + ["name", "actname", "actionban", "timeout", "norestored", "base1"])

    # ---- the text of a file

    def option(self, name, values):
        """The lines of one option; values are the lines of its value."""
        values = [line for v in values for line in v.split("\n")]
        if name == "filter" and not self.wrong(0.2):        # the whole value counts, and most is lost if it names none
            return ["filter = " + "\n  ".join(values)]
        first = [] if self.some(0.2) and values else values[:1]
        name = name if self.some(0.9) else name.upper() if name.isascii() else name
        delimiter = self.pick([" = ", " = ", "=", ": ", " : ", "= ", "\t=\t", " =", " := " if self.some(0.02) else "="])
        out = [name + delimiter + "".join(first)]
        indent = self.pick(["  ", "\t", "            ", " ", " \t "])
        for v in values[len(first):]:
            if self.some(0.08):
                out.append(self.pick(["# note", "  # note", "; note", "\t;note", "", "   ", indent + "x ; gone", indent + "; gone"]))
            out.append(indent + v)
        if self.some(0.06):
            out[-1] += self.pick([" ; gone", " # stays", "  ", ";stays", "\t; gone ; too", " ;"])
        if self.some(0.05):
            out.append(self.pick(["", "", "# c", ";", "  ", "#", "\x0c"]))
        return out

    def section(self, name, options):
        header = "[" + name + "]"
        if self.wrong(0.012):
            header = self.pick(["[" + name, "[" + name + "]]", "[ " + name + " ]", "[]", name + "]", "[[" + name + "]", "[" + name + "] x"])
        elif self.some(0.03):
            header += self.pick([" ; c", " # c", "  ", "\t"])
        out = [header]
        seen = set()
        for name, values in options:
            if name in seen and not self.wrong(0.2):
                continue
            seen.add(name)
            out += self.option(name, values)
        if self.wrong(0.02):
            out.insert(self.r.randint(0, len(out)), self.pick(["rubbish", "= v", ": v", "  indented = 1", "x", "a b c", "[", "]", "%(x)s", "\x00 = 1",
                                                               "x = \x01\x7f"]))
        return out

    def plain(self, name, options):
        return ["[" + name + "]"] + [name + " = " + "\n  ".join(values) for name, values in options]

    def write(self, path, sections, plain=False):
        out = []
        if self.some(0.2):
            out += self.pick([["# head"], ["; head", ""], [""], ["", "#", ""]])
        if self.wrong(0.01):
            out.append(self.pick(["x = 1", "  x = 1", "text"]))
        for name, options in sections:
            out += self.plain(name, options) if plain else self.section(name, options)
            if self.some(0.5):
                out.append("")
        text = self.pick(["\n"] * 15 + ["\r\n"]).join(out) + self.pick(["\n"] * 9 + [""])
        data = text.encode("utf-8", "surrogatepass")
        if self.wrong(0.01):
            data = self.pick([b"\xef\xbb\xbf" + data, data + b"# \xe9\n", data + "\u2028x\n".encode(), data.replace(b"\n", b"\r"), b"",
                              data + b"# \xf0\x9f\n"])
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as f:
            f.write(data)

    # ---- whole configurations

    def base(self, p=0.7):
        """Options that others refer to, so that most references lead somewhere."""
        out = []
        for i, name in enumerate(BASES):
            if self.some(p):
                values = [self.pick(WORDS)]
                if i > 0 and self.some(0.4):
                    values.append("%%(base%d)s" % i)
                if self.wrong(0.01):
                    values.append("%%(%s)s" % name)
                out.append((name, values))
        return out

    def referred(self, jails=False):
        """The sections of a first file in which references end; rarely one of them is missing."""
        p = 0.9 if self.bad else 1
        out = [("DEFAULT", self.base(p) + (self.jail_defaults() if jails else []))] if self.some(p) else []
        for name in SECTIONS:
            if self.some(p):
                out.append((name, self.base(p) + self.helpers() + ([("enabled", ["false"])] if jails else [])))
        return out

    def includes(self, folder):
        names = [n for n in ("before", "after") if self.some(0.5)]
        pool = ["common.conf", "more.conf", "missing.conf", "sub/deep.conf", "common.local"]
        out = []
        for n in names:
            files = [self.pick(pool) for _ in range(self.r.randint(1, 2))]
            if self.some(0.1):
                files.append(self.pick(["%(file)s", "%(part)s.conf", "sub/%(part)s.conf"]))
                out += [("file", ["more.conf"]), ("part", [self.pick(["common", "deep", "more"])])]
            out.append((n, files))
        return ("INCLUDES", dict(out).items())

    def helpers(self):
        return [(self.pick(NAMES) + ("?family=" + self.pick(["inet6", "inet4"]) if self.some(0.04) else ""), self.lines(self.text, 2))
                for _ in range(self.r.randint(0, 4))]

    def definition(self, kind, options, known_p=0.5):
        rows = self.base() + self.helpers()
        for o in options:
            if self.some(known_p):
                rows.append((o, self.one_of_known(kind, o)))
        if self.some(0.1):
            self.r.shuffle(rows)
        if self.some(0.12):
            name = self.pick(options)
            rows.append((name, ["%(known/" + name + ")s"] + self.lines(self.text, 1)) if self.some(0.3) and self.bad else
                        (self.pick(NAMES), self.lines(self.text, 2)))
        return rows

    def definition_file(self, kind, options, folder, part=False):
        sections = []
        if self.some(0.3):
            sections.append(self.includes(folder))
        if not part:
            sections += self.referred()
        elif self.some(0.4):
            sections.append(("DEFAULT", self.base() + (self.helpers() if self.some(0.3) else [])))
        if not (part and self.some(0.3)) and not self.wrong(0.04):
            sections.append(("Definition", self.definition(kind, options, 0.2 if part else 0.5)))
        if self.some(0.5):
            rows = self.helpers()
            if self.some(0.1):
                rows.append((self.pick(options), self.one_of_known(kind, options[0])))
            if self.some(0.15):
                rows.append(("logtype" if kind == "filter" else "timeout", [self.pick(["file", "short", "%(base1)s" if self.bad else "1"])]))
            sections.append(("Init", rows))
        if self.some(0.2):
            sections.append((self.pick(["Init", "Init", "Init", "Definition", "extra"]) + "?family=" + self.pick(["inet6", "inet4"]), self.helpers()))
        for name in ("extra", "lt"):
            if part and self.some(0.25):
                sections.append((name, self.base(0.8) + self.helpers()))
        return sections

    def definitions(self, kind, names, options):
        folder = kind + ".d"
        for n in names:
            path = folder + "/" + n
            if not self.wrong(0.02):
                self.write(path + (".conf" if self.some(0.95) else ".local"), self.definition_file(kind, options, folder))
            if self.some(0.2):
                self.write(path + ".local", self.definition_file(kind, options, folder, True))
            if self.some(0.08):
                self.write(path + ".d/10.conf", self.definition_file(kind, options, folder, True))
        self.common(folder, lambda: self.definition_file(kind, options, folder, True))

    def common(self, folder, make):
        for f, p in (("common.conf", 0.7), ("common.local", 0.2), ("more.conf", 0.5), ("sub/deep.conf", 0.3), ("sub/common.conf", 0.1)):
            if self.some(p):
                self.write(os.path.join(folder, f), make())

    def logs(self):
        k = self.r.random()
        names = ["log/one.log", "log/*.log", "log/t[wx]o.log", "log/none*", "log/link", "log/two.log tail", "log/one.log head", "log/?ne.log",
                 "log/**", "log/one.log nothing", "log/{one,two}.log", "log/[!t]*", "log/one.log  tail"]
        if k < 0.5:
            names = names[:2]
        return [self.root + "/" + self.pick(names) for _ in range(self.r.randint(1, 3))]

    def jail_defaults(self):
        """What stock jails refer to."""
        return [("port", [self.pick(WORDS)]), ("mode", [self.pick(["hard", "soft", "file"])]), ("banaction", [self.pick(ACTIONS)]),
                ("action_", ["a1" + self.option_list(NAMES)]), ("action_two", ["%(action_)s", "a2[name=%(__name__)s-2]"])]

    def jail(self, default=False):
        rows = self.base(0.6 if default else 0.2)
        if not default and self.some(0.9):
            rows.append(("enabled", [self.pick(["true"] * 8 + ["1", "yes", "false", self.boolean()])]))
        if self.some(0.9):
            rows.append(("filter", [self.filter_value()] if self.some(0.97) else [""]))
        if self.some(0.9):
            values = [self.action_value() for _ in range(self.r.randint(1, 3))]
            rows.append(("action", [self.pick([" ", "\t"]).join(values)] if self.some(0.2) else values))
        rows.append(("logpath", self.logs()))
        if self.some(0.3):
            rows.append(("backend", [self.pick(["auto", "polling", "systemd", "systemd[journalflags=1]", "pyinotify", "AUTO", "bogus",
                                                "%(base1)s" if self.bad else "auto"])]))
        for o in ("maxretry", "maxmatches", "findtime", "bantime", "ignoreip"):
            if self.some(0.3):
                rows.append((o, self.one_of_known("jail", o)))
        for o in JAIL_TEXTS + JAIL_BOOLS:
            if self.some(0.08):
                rows.append((o, self.one_of_known("jail", o)))
        for o in FILTER_OPTIONS:
            if self.some(0.1):
                rows.append((o, self.one_of_known("filter", o)))
        for o in NAMES:
            if self.some(0.1):
                rows.append((o, [self.text(True, 3)]))
        if self.some(0.1) and not default:
            rows.append((self.pick(["failregex", "ignoreregex"]), ["%(known/" + self.pick(["failregex", "failregex", "ignoreregex"] + NAMES) + ")s", "^more <HOST>"])
                        if self.bad else ("fail", ["x"]))
        self.r.shuffle(rows)
        return rows

    def without_repeats(self, rows):
        return [(n, v) for i, (n, v) in enumerate(rows) if n not in [m for m, _ in rows[:i]]]

    def jail_file(self, main):
        sections = []
        if self.some(0.3):
            sections.append(self.includes(""))
        if main:
            sections += self.referred(True)
            if self.some(0.3):
                sections = [(n, self.without_repeats(rows + self.jail(True)) if n == "DEFAULT" else rows) for n, rows in sections]
        elif self.some(0.2):
            sections.append(("DEFAULT", self.jail(True) if self.some(0.5) else self.base(0.9)))
        names = self.r.sample(JAILS, self.r.randint(1, 2))
        for n in names:
            self.jail_name = n
            sections.append((n, self.jail() if main else self.r.sample(jail := self.jail(), min(3, len(jail)))))
        if self.some(0.03):
            sections.append((self.pick(JAILS) + "?family=inet6", self.jail()))
        if not main and self.some(0.1):
            sections.append(("extra", self.base(1) + [("enabled", ["false"])]))
        if self.wrong(0.02):
            sections.append(self.pick(sections))
        return sections

    def server(self, p):
        rows = [(n, [v]) for n, v in (
            ("loglevel", self.pick(["INFO", "INFO", "debug", "Warning", "5" if self.bad else "ERROR"])), ("logtarget", self.pick(["STDERR", "/x/y.log"])),
            ("syslogsocket", self.pick(["auto", "/dev/log", ""])), ("allowipv6", self.pick(["auto", "yes", "no", "TRUE", ""])),
            ("socket", self.root + "/sock"), ("pidfile", self.root + "/pid"), ("dbfile", self.pick([":memory:", self.root + "/db", "None"])),
            ("dbpurgeage", self.period()), ("dbmaxmatches", self.number())) if self.some(p)]
        return [("Definition", rows)] + ([("Thread", [("stacksize", [self.number()])])] if self.some(0.1) else []) + (
            [("DEFAULT", [("dbpurgeage", [self.period()])])] if self.some(0.1) else [])

    def make(self):
        self.write("fail2ban.conf", self.server(0.95), not self.wrong(0.1))
        for f in ("fail2ban.local", "fail2ban.d/x.conf"):
            if self.some(0.05):
                self.write(f, self.server(0.3), not self.wrong(0.1))
        self.write("jail.conf", self.jail_file(True))
        for f, p in (("jail.local", 0.4), ("jail.d/a.conf", 0.3), ("jail.d/B.conf", 0.15), ("jail.d/a.local", 0.1), ("jail.d/.hidden.conf", 0.03)):
            if self.some(p):
                self.write(f, self.jail_file(False))
        self.common("", lambda: self.jail_file(False))
        self.definitions("filter", FILTERS, FILTER_OPTIONS)
        self.in_action = True
        self.definitions("action", ACTIONS, ACTION_OPTIONS)
        os.makedirs(os.path.join(self.root, "log"), exist_ok=True)
        for f in ("one.log", "two.log"):
            open(os.path.join(self.root, "log", f), "w").close()
        if self.some(0.2):
            os.symlink("/nonexistent/log", os.path.join(self.root, "log/link"))


def oracle_start(root, out):
    """fail2ban-client -c root -d in a child of this process, which has it loaded already."""
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        os.dup2(os.open(out + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
        signal.alarm(30)
        try:
            exec_command_line(["fail2ban-client", "-c", root, "-d"])
            status = 0
        except SystemExit as e:
            status = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status & 255)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def same_words(out):
    """Of a mistake in an option list only the place counts: we show more of what stands there."""
    return re.sub(rb"(: (?:unexpected syntax at|expected option, wrong syntax at) \d+)[^\n]*", rb"\1", out)


def only_errors(out):
    return out.startswith(b"ERROR: ")


def compare(client, root, work):
    """What differs, as text; empty if nothing does, None if there is nothing to compare. And whether all was good."""
    out = os.path.join(work, "oracle.out")
    pid = oracle_start(root, out)
    ours = subprocess.run([client, "-c", root, "-d"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    theirs = same_words(read(out))
    mine = same_words(ours.stdout)
    said = read(out + ".err")
    if b"maximum recursion depth exceeded" in said or b"is not iterable" in said or status == -signal.SIGALRM:
        return None, False      # fail2ban's own end: at no depth that one could name, or over a known value that is no text
    good = status == 0 and b"'config-error'" not in theirs
    if status == ours.returncode and (theirs == mine or only_errors(theirs) and only_errors(mine)):
        return "", good
    text = ["exit status: fail2ban %d, ours %d" % (status, ours.returncode)]
    a, b = theirs.decode("utf-8", "replace").split("\n"), mine.decode("utf-8", "replace").split("\n")
    for i in range(max(len(a), len(b))):
        x, y = a[i] if i < len(a) else "(nothing)", b[i] if i < len(b) else "(nothing)"
        if x != y:
            k = len(os.path.commonprefix([x, y]))
            text += ["  fail2ban " + x[max(0, k - 100):k + 200], "  ours     " + y[max(0, k - 100):k + 200]]
            break
    text.append("  fail2ban said: " + read(out + ".err").decode("utf-8", "replace")[-600:].strip())
    text.append("  ours said:     " + ours.stderr.decode("utf-8", "replace")[-600:].strip())
    return "\n".join(text), good


def main(argv):
    client = os.path.abspath(argv[1])
    seed = int(argv[2]) if len(argv) > 2 else int(time.time())
    count = int(argv[3]) if len(argv) > 3 else 300
    first = int(argv[4]) if len(argv) > 4 else 0
    work = tempfile.mkdtemp(prefix="f2b-config-")
    failed = good = given_up = 0
    print("seed %d, %d configurations from %d on, fail2ban %s" % (seed, count, first, version), flush=True)
    for i in range(first, first + count):
        root = os.path.join(work, "c%d" % i)
        os.mkdir(root)
        Maker(random.Random("%d-%d" % (seed, i)), root).make()
        text, fine = compare(client, root, work)
        good += fine
        given_up += text is None
        if text:
            failed += 1
            print("FAIL %d: %s\n%s" % (i, root, text), flush=True)
            if failed == 20:
                break
        else:
            shutil.rmtree(root)
    print("%d of %d differ; %d were without mistakes, %d were too much for fail2ban itself" % (failed, count, good, given_up))
    if not failed:
        shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
