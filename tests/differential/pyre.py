"""Random regexes of Python's dialect on random lines: Python's re against ours.

usage: pyre.py PROGRAM FILTERS [SEED [COUNT]]    PROGRAM is test-scan-pattern, FILTERS a folder of filters

Some regexes are made by a grammar, some are those of filters with small changes, and some have few
letters and many ways to them, so that a search goes back often. Half of the lines are made from the
regex, so that they match or nearly do. COUNT is how many pairs are compared. Both
must refuse the same regexes with the same words, and find the same match and groups. A line reaches
both as bytes of some encoding, which often are none that it allows, as a log's. Groups within
loops are left out where Python 3.11 itself is not steady: it keeps what a try that failed has set.
"""
import glob
import os
import random
import re
import signal
import subprocess
import sys
import time
import warnings
from re import _constants as c
from re import _parser

warnings.simplefilter("ignore")

LITERALS = list("abcABCkKsSiI019 _-.,:=@/<>~#&'\"%!`") + [
    "\n", "\t", "\r", "é", "É", "ß", "ẞ", "ſ", "K", "Å", "µ", "μ", "σ", "ς", "Σ", "İ", "ı", "日", "١", "\x85", "\xa0", "\u2028",
    "\u180e", "\u0301", "²", "½", "_", "‿", "ʰ", "\u200d", "\x1c", "\x1f", "\x00", "\x7f", "\ufffd", "\ufeff", "ǅ", "ﬅ", "😀", "𝐀"]
ESCAPES = ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\b", "\\B", "\\A", "\\Z", "\\.", "\\\\", "\\-", "\\[", "\\]", "\\x41", "\\x0a",
           "\\u00e9", "\\U0001F600", "\\n", "\\t", "\\0", "\\012", "\\101", "\\1", "\\2", "\\9", "\\h", "\\z", "\\Q", "\\x4", "\\u12",
           "\\N{SPACE}", "\\N{DIGIT ONE}", "\\N{x}", "\\N", "\\377", "\\400", "\\a", "\\v", "\\f", "\\r", "\\<", "\\#", "\\ ", "\\\n",
           "\\ud800", "\\08", "\\18", "\\100", "\\99", "\\R", "\\K", "\\G", "\\X", "\\pL", "\\e", "\\c", "\\é", "\\_", "\\"]
QUANTIFIERS = ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{,2}", "{1,}", "{,}", "{2,1}", "{x}", "{", "{}",
               "{1", "{0}", "{2}?", "{1,3}+", "**", "{0,0}", "{,0}", "{1,2}?", "{,3}?", "{ 1}", "{1 ,2}", "{1,2,3}", "{01}", "{1}{1}",
               "{300}", "{4294967295}", "+{2}", "?{,1}"]
GROUPS = ["(", "(", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:", "(?s:", "(?m:", "(?x:", "(?a:", "(?u:",
          "(?is-m:", "(?P<n%d>", "(?P<n%d>", "(?(1)", "(?(n1)", "(?P=n1)", "(?P<a-b>", "(?<n>", "(?|", "(?#c)", "(?i)", "(?P>", "(*F)",
          "(?ai:", "(?L:", "(?-a:", "(?i-i:", "(?z)", "(?(2)", "(?(0)", "(?(x)", "(?s-x:", "(?aiu:", "(?-:", "(?i", "(?i-", "(?:)",
          "(?=)", "(?!)", "(?P<é>", "(?P<1a>", "(?P<>", "(?P<n1", "(?P=", "(?P=x)", "(?P=1)", "(?(n1", "(?(1a)", "(?(-1)", "(?( 1)",
          "(?(01)", "(?(?=a)", "(?#", "(?R)", "(?1)", "(?&n1)", "(?'n'", "(?C)", "(?", "(?P", "(?<", "(?xi-sm:", "(?-imsx:", "(?^i:"]
# Encodings of logs, the commonest several times, and bytes that begin, continue or break a character.
ENCODINGS = ["utf-8"] * 8 + ["ascii", "iso-8859-1", "iso-8859-15", "cp1250", "cp1251", "cp1252", "koi8-r", "utf-16-le", "utf-16-be",
                             "utf-32-le"]
BYTES = [0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xfe, 0xff,
         0x20, 0x41, 0x31]
# What turns writing round, or ends a line or paragraph.
TURNING = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Heads that open a group of the whole language, and what else may stand where one would.
PLAIN_HEADS = 19


def literal(r):
    return r.choice(LITERALS)


def char_class(r):
    items = []
    for _ in range(r.randint(1, 4)):
        k = r.random()
        if k < 0.35:
            items.append(r.choice(["a", "b", "k", "K", "i", "S", "[", "^", "-", ":", "&", "]", "é", "É", "µ", "σ", "ß", "日", "#", " ", "{",
                                   "~", "|", "\n", "."]))
        elif k < 0.6:
            lo, hi = r.choice([("a", "c"), ("0", "9"), ("A", "Z"), ("c", "a"), ("a", "\\d"), ("\\x00", "\\x1f"), ("é", "日"), ("+", "."),
                               ("h", "j"), (" ", "~"), ("\\u0100", "\\u2000"), ("[", "a"), ("\\w", "a"), ("a", "\\]"), ("!", "-"), ("Z", "a"),
                               ("À", "Þ"), ("\\x80", "\\xff"), ("\\0", "\\377"), ("\\U00010000", "\\U0010ffff"), ("\\ud000", "\\ue000"),
                               ("-", "a"), ("α", "ω"), ("\\b", "\\t")])
            items.append(lo + "-" + hi)
        elif k < 0.85:
            items.append(r.choice(["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\n", "\\b", "\\]", "\\-", "\\x41", "\\101", "\\h", "\\A", "\\^",
                                   "\\1", "\\8", "\\B", "\\Z", "\\u00e9", "\\[", "\\\\", "\\0", "\\N{SPACE}"]))
        else:
            items.append(r.choice(["[:alpha:]", "[.a.]", "[=a=]", "--", "&&", "||", "~~", "[:", "-a-", "a-z-9", "[^a]", "[:^digit:]"]))
    return "[" + r.choice(["", "", "^"]) + "".join(items) + r.choice(["]"] * 20 + [""])


class Grammar:
    """One regex at a time."""

    def __init__(self, r):
        self.r = r

    def make(self):
        r = self.r
        self.names = self.opened = 0
        prefix = r.choice([""] * 12 + ["(?i)", "(?i)", "(?s)", "(?m)", "(?x)", "(?a)", "(?ai)", "(?im)", "(?is)(?m)", " (?i)"])
        return prefix + self.sequence(0) + ("|" + self.sequence(0) if r.random() < 0.15 else "")

    def sequence(self, depth):
        out = []
        for _ in range(self.r.randint(0 if depth else 1, 4)):
            out.append(self.piece(depth))
            if self.r.random() < 0.3:
                out.append(self.r.choice(QUANTIFIERS[:8] if self.r.random() < 0.8 else QUANTIFIERS))
        return "".join(out)

    def piece(self, depth):
        r, k = self.r, self.r.random()
        if k < 0.38:
            if r.random() < 0.02:
                return r.choice("*+?{|)")
            return "".join(literal(r) for _ in range(r.randint(1, 2)))
        if k < 0.53:
            return r.choice(ESCAPES[:13] if r.random() < 0.7 else ESCAPES)
        if k < 0.65:
            return char_class(r)
        if k < 0.73:
            return r.choice([".", ".", "^", "$"])
        if k < 0.79 and self.opened:
            return self.reference(depth)
        return self.group(depth) if depth < 3 else "a"

    def reference(self, depth):
        """To a group that was opened: back, by number or name, or as a condition."""
        r, n = self.r, self.r.randint(1, self.opened)
        k = r.random()
        if k < 0.3:
            return "\\%d" % n
        if k < 0.5 and self.names:
            return "(?P=n%d)" % r.randint(1, self.names)
        head = "(?(n%d)" % r.randint(1, self.names) if self.names and r.random() < 0.5 else "(?(%d)" % n
        tail = "|" + self.sequence(depth + 2) if r.random() < 0.6 else ""
        return head + self.sequence(depth + 2) + tail + ")"

    def group(self, depth):
        r = self.r
        head = r.choice(GROUPS[:PLAIN_HEADS] if r.random() < 0.88 else GROUPS)
        if "%d" in head:
            self.names += 1
            head = head % (self.names if r.random() < 0.95 else 1)
        if head == "(" or head.startswith("(?P<n"):
            self.opened += 1
        if head.endswith(")"):
            return head
        text = head + self.sequence(depth + 1)
        while r.random() < 0.3:
            text += "|" + self.sequence(depth + 1)
        return text + (")" if r.random() < 0.99 else "")


IP4 = r"(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})"
IP6 = r"(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):))"
ADDR = r"\[?(?:" + IP4 + "|" + IP6 + r")\]?"


def filter_regexes(folder):
    """Regexes as filters have them. What they take from elsewhere is left out, tags are expanded."""
    out = []
    for path in sorted(glob.glob(os.path.join(folder, "*.conf"))):
        inside = False
        for line in open(path, encoding="utf-8"):
            head = re.match(r"(\w+re|prefregex|mdre-\w+|failregex\w*)\s*=\s*(.*)", line)
            inside = bool(head) or (inside and line[:1].isspace())
            text = (head.group(2) if head else line).strip()
            if not inside or len(text) < 8 or text[0] in "#;":
                continue
            text = re.sub(r"%\(\w+\)s", r"(?:\\S+ )?", text).replace("%%", "%")
            text = re.sub(r"<(HOST|ADDR|IP4|SUBNET)>", lambda m: ADDR, text, 1)
            text = re.sub(r"<F-([A-Z_0-9]+)>", lambda m: "(?P<%s>" % m.group(1).lower(), text)
            text = re.sub(r"</F-[A-Z_0-9]+>", ")", text)
            text = re.sub(r"<F-ID/>", r"(?P<fid>\\S+)", text)
            out.append(re.sub(r"</?[\w/-]+>", "xy", text))
    return out


def changed(r, regex):
    """The regex with none to three small changes."""
    tokens = re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|P=\w+\)|\(\w+\)|[a-z:=!<]+)?|.", regex, re.S)
    for _ in range(r.choice([0, 0, 1, 1, 2, 3])):
        at = r.randrange(len(tokens))
        k = r.random()
        if k < 0.3:
            del tokens[at]
        elif k < 0.5:
            tokens.insert(at, r.choice(QUANTIFIERS[:12]))
        elif k < 0.6:
            tokens[at] = char_class(r)
        elif k < 0.7:
            tokens.insert(at, r.choice(ESCAPES))
        elif k < 0.8:
            tokens.insert(at, r.choice(["(?i)", "(?x)", "(?s)"]) if r.random() < 0.2 else r.choice(["^", "$", "|", ".*", ".*?", "\\s+", "\\b"]))
        elif k < 0.9:
            tokens.insert(at, tokens[r.randrange(len(tokens))])
        else:
            tokens[at] = r.choice(GROUPS[:PLAIN_HEADS] + [")"]).replace("%d", "1")
        if not tokens:
            tokens = ["a"]
    prefix = r.choice([""] * 8 + ["(?i)", "(?x)", "(?ai)", "(?s)"])
    return prefix + "".join(tokens)


FEW = ["a", "a", "a", "b", "c", " ", ".", "[ab]", "\\w"]


def few_letters(r, least, most):
    return "".join(r.choice(FEW) for _ in range(r.randint(least, most)))


def forked(r):
    """Ways of several lengths to a loop, and to a letter behind it, which is not always there."""
    ways = "|".join(few_letters(r, 0, 2) for _ in range(r.randint(2, 3)))
    loop = r.choice(FEW + [".", "[^b]", "\\d"]) + r.choice(QUANTIFIERS[:6] + ["{1,2}"])
    rest = few_letters(r, 0, 2) if r.random() < 0.7 else "(?:" + few_letters(r, 1, 2) + "|" + few_letters(r, 0, 2) + ")b"
    return r.choice(["", "", "^", "a", "\\b", "(?=a)"]) + r.choice(["(", "(?:"]) + ways + ")" + loop + r.choice("abc ") + rest


CATEGORY = {c.CATEGORY_DIGIT: "0189١", c.CATEGORY_NOT_DIGIT: "ax -é", c.CATEGORY_SPACE: "  \t\n\x85\xa0\x1c", c.CATEGORY_NOT_SPACE: "a1.é",
            c.CATEGORY_WORD: "aZ_9éß日²", c.CATEGORY_NOT_WORD: " .-\n\x00‿"}


class Example:
    """A text that a parsed regex matches, but for what look-around and anchors ask."""

    def __init__(self, r):
        self.r = r

    def make(self, tree):
        self.groups = {}
        self.room = 400
        return self.sequence(tree)

    def sequence(self, tree):
        return "".join(self.item(op, av) for op, av in tree)

    def set_member(self, items):
        op, av = self.r.choice(items)
        if op is c.NEGATE:
            return literal(self.r)
        if op is c.RANGE:
            return chr(self.r.choice([av[0], av[1], (av[0] + av[1]) // 2]))
        return chr(av) if op is c.LITERAL else self.r.choice(CATEGORY.get(av, "a"))

    def item(self, op, av):
        r = self.r
        self.room -= 1
        if op is c.LITERAL:
            ch = chr(av)
            return r.choice([ch, ch, ch, ch, ch.upper(), ch.lower()])
        if op in (c.NOT_LITERAL, c.ANY):
            return literal(r)
        if op is c.IN:
            return self.set_member(av)
        if op is c.BRANCH:
            return self.sequence(r.choice(av[1]))
        if op is c.SUBPATTERN:
            text = self.sequence(av[3])
            self.groups[av[0]] = text
            return text
        if op is c.ATOMIC_GROUP:
            return self.sequence(av)
        if op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            most = 0 if self.room < 0 else min(av[1], av[0] + 3)
            return "".join(self.sequence(av[2]) for _ in range(r.randint(min(av[0], 20), max(most, min(av[0], 20)))))
        if op is c.GROUPREF:
            return self.groups.get(av, "")
        if op is c.GROUPREF_EXISTS:
            branch = av[1] if av[0] in self.groups else av[2]
            return self.sequence(branch) if branch else ""
        if op is c.ASSERT and r.random() < 0.3:
            return self.sequence(av[1])
        return ""


def line(r, rx, example):
    """A line that matches, nearly matches, or has pieces of the regex in it."""
    if example is not None and r.random() < 0.7:
        text = example
        for _ in range(r.choice([0, 0, 0, 1, 1, 2])):
            at = r.randint(0, len(text))
            text = text[:at] + r.choice([literal(r), "", text[at:at + 3] * 2]) + text[at + r.randint(0, 2):]
    else:
        out = []
        for _ in range(r.randint(1, 8)):
            if r.random() < 0.4 and rx:
                at = r.randrange(len(rx))
                out.append(rx[at:at + r.randint(1, 3)])
            else:
                out.append(literal(r))
        text = "".join(out)
    text = "".join(ch for ch in text if not 0xd800 <= ord(ch) < 0xe000)
    return (text if r.random() < 0.5 else "".join(ch for ch in text if ord(ch) < 128)) + "\n"


def encoded(r, text, encoding):
    """The bytes of a line, in two of three cases with some that the encoding does not allow."""
    whole = bytearray(text.encode(encoding, "ignore"))
    for _ in range(r.choice([0, 1, 1, 2, 3, 6])):
        at = r.randint(0, len(whole))
        k = r.random()
        if k < 0.5:
            whole[at:at] = bytes(r.choice(BYTES) for _ in range(r.randint(1, 3)))
        elif k < 0.8:
            del whole[at:at + 1]
        else:
            whole[at:at + 1] = bytes([r.randrange(256)])
    return bytes(whole) or b"\n"


def loop_groups(tree, inside=False, out=None):
    """Numbers of the groups that are in a loop."""
    out = set() if out is None else out
    for op, av in tree:
        if op is c.SUBPATTERN:
            if inside and av[0] is not None:
                out.add(av[0])
            loop_groups(av[3], inside, out)
        elif op in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
            loop_groups(av[2], inside or av[1] > 1, out)
        elif op is c.BRANCH:
            for branch in av[1]:
                loop_groups(branch, inside, out)
        elif op in (c.ASSERT, c.ASSERT_NOT):
            loop_groups(av[1], inside, out)
        elif op is c.ATOMIC_GROUP:
            loop_groups(av, inside, out)
        elif op is c.GROUPREF_EXISTS:
            loop_groups(av[1], inside, out)
            loop_groups(av[2] or [], inside, out)
    return out


class Regex:
    """What Python makes of a regex."""

    def __init__(self, text, flags):
        self.text, self.code, self.tree, self.error, self.loops = text, None, None, None, set()
        try:
            self.code = re.compile(text, flags)
            self.tree = _parser.parse(text, flags)
            self.loops = loop_groups(self.tree)
        except re.error as e:
            self.error = "error " + str(e)
        except (OverflowError, RecursionError, ValueError, IndexError) as e:
            self.error = "other " + str(e)

    def search(self, subject):
        """Python's search, but where it errs: a \\W under (?a:…) at the start it looks for by the whole's rules."""
        if not re.search(r"\(\?[aimsux]*[au][aimsux]*(-[imsx]+)?:", self.text):
            return self.code.search(subject)
        return next(filter(None, (self.code.match(subject, i) for i in range(len(subject) + 1))), None)

    def answer(self, subject):
        if self.error:
            return self.error
        m = self.search(subject)
        if m is None:
            return "none"
        at = lambda i: len(subject[:i].encode())
        return " ".join("-1" if m.start(g) < 0 else "%d-%d" % (at(m.start(g)), at(m.end(g))) for g in range(self.code.groups + 1))


def shown(text):
    """As our messages are: what could steer a terminal is escaped."""
    out = []
    for ch in text:
        if (ord(ch) < 32 and ch != "\t") or 127 <= ord(ch) < 160 or ch in TURNING:
            out += ["\\x%02x" % b for b in ch.encode()]
        else:
            out.append(ch)
    return "".join(out)


def localised(rx):
    """fail2ban's own change to flags that open a group; left out of the comparison, as tags are."""
    return re.search(r"(?<!\\)\((?:\?:)?\(\?[a-z]+\)", rx) or re.search(r"</?[\w-]+/?>", rx)


def same(want, got, regex):
    if want == got:
        return True
    rx = regex.text
    if want.startswith("other"):
        return True
    if re.search(r"\(\?[a-zA-Z]*-?[a-zA-Z]*t", rx):
        return True                 # 3.11 knows a flag t of old, which works with next to nothing
    if re.search(r"\)(?:[*+?]|\{[\d,]*\})\+", rx):
        return True                 # Python 3.11's possessive groups take what they may not
    if got.endswith("regular expression is too large"):
        return True                 # for PCRE2, which repeats a group by writing it down as often
    if "look-behind" in got and re.search(r"\(\?<[=!].*\)[*+?{]", rx, re.S):
        return True                 # a repeated nothing in it, which PCRE2 refuses and so do we
    if got.startswith("error") and want.startswith("error"):
        # A newline in the pattern would end our message early: compare what stands before.
        return "\n" in rx or shown(want) == got
    w, g = want.split(" "), got.split(" ")
    return len(w) == len(g) and all(a == b or i in regex.loops for i, (a, b) in enumerate(zip(w, g)))


class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def answer(self, rx, subject, encoding, flags):
        self.process.stdin.write(("%d %s %s %s\n" % (flags, rx.encode().hex(), subject.hex(), encoding)).encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().rstrip("\n").rstrip(" ")

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def main():
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time()) % 1000000
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 20000
    print("seed %d, %d pairs" % (seed, count), flush=True)
    signal.signal(signal.SIGVTALRM, too_long)
    r = random.Random(seed)
    known = filter_regexes(sys.argv[2])
    grammar, example, ours = Grammar(r), Example(r), Ours(sys.argv[1])
    bad = refused = matched = broken = pairs = number = 0
    while pairs < count:
        # So that the next regex is the same, whether this one took too long or not.
        r.seed("%d-%d" % (seed, number))
        number += 1
        kind = r.random()
        few = kind < 0.2
        rx = forked(r) if few else changed(r, r.choice(known)) if known and kind < 0.45 else grammar.make()
        if not rx.strip() or localised(rx):
            continue
        for _ in range(4):
            flags = r.choice([0, 0, 1, 4, 5])
            regex = Regex(rx, re.MULTILINE if flags & 1 else 0)
            encoding = r.choice(ENCODINGS)
            if few:
                subject = "".join(r.choice("abc ab1") for _ in range(r.randint(1, 8))).encode(encoding)
            else:
                subject = encoded(r, line(r, rx, example.make(regex.tree) if regex.tree is not None else None), encoding)
            text = subject.decode(encoding, "replace")
            broken += "\ufffd" in text
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.3)
            begin = time.process_time()
            try:
                want = regex.answer(text)
            except TooLong:
                break               # we have a limit, Python has none
            except SystemError:
                break               # a mistake of Python's in a regex's own words
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            got = ours.answer(rx, subject, encoding, flags)
            pairs += 1
            if not got:
                print("the program ended at %r" % rx)
                return 1
            refused += want.startswith("error")
            matched += want[0].isdigit()
            if got == "limit" and time.process_time() - begin > 0.001:
                break               # here too it would have taken long
            if not same(want, got, regex):
                bad += 1
                if bad <= 15:
                    print(("regex   %r\nsubject %r %s flags %d\npython  %s\nours    %s\n" % (rx, subject, encoding, flags, want, got))[:2000])
                break
            if regex.error:
                break
    code = ours.end()
    print("%d pairs, %d refused, %d matched, %d of broken bytes, %d differ" % (pairs, refused, matched, broken, bad))
    return 1 if bad or code else 0


if __name__ == "__main__":
    sys.exit(main())
