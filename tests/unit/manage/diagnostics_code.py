#!/usr/bin/env python3
"""Each message that the reader of the configuration can send has a row in diagnostics_rows.h.

Reads the formats out of the source. Argument: the folder of the source.
"""
import glob
import re
import sys

SOURCE = sys.argv[1]
FILES = ["src/config/*.c", "src/control/check.c", "src/control/skip.c", "src/control/doubt*.c", "src/scan/pattern.c",
         "src/scan/date.c", "src/scan/datepat.c", "src/scan/datecode.c", "src/scan/datedir.c"]
CALLS = r"\b(?:diag_send|load_error|load_fatal|load_doubt|load_note|load_send|FAIL|diag_fail|complain|doubt_say)\("

def literals(text):
    """The string literals of text; those that follow each other are one."""
    out, at, last = [], 0, None
    for m in re.finditer(r'"((?:[^"\\]|\\.)*)"', text):
        if last is not None and not text[last:m.end()].split('"', 1)[0].strip():
            out[-1] += m[1]
        else:
            out.append(m[1])
        last = m.end()
    return [unescaped(s) for s in out]


def unescaped(text):
    def one(m):
        return bytes.fromhex(m[1][1:].decode()) if len(m[1]) == 3 else {b"n": b"\n"}.get(m[1], m[1])
    return re.sub(rb"\\(x[0-9a-f]{2}|.)", one, text.encode()).decode("utf-8", "replace")


def arguments(text, at):
    depth, start = 1, at
    while depth > 0:
        if text[at] == '"':
            at += re.match(r'"(?:[^"\\]|\\.)*"', text[at:]).end()
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[start:at - 1]


def formats():
    for pattern in FILES:
        for path in sorted(glob.glob(f"{SOURCE}/{pattern}")):
            text = open(path).read()
            for m in re.finditer(CALLS, text):
                words = arguments(text, m.end())
                if "DIAG_INFO" in words:
                    continue  # what goes well
                found = [s for s in literals(words) if " " in s and len(s) > 14]
                line = text.count("\n", 0, m.start()) + 1
                if found and not text[m.end():].startswith("struct "):
                    yield f"{path[len(SOURCE) + 1:]}:{line}", found[0]


def as_pattern(format):
    parts = re.split(r"(%(?:\.\*|0?\d*)?(?:z|ll|l)?[sduxXc]|%%)", format)
    return "".join("%" if p == "%%" else ".*?" if p[:1] == "%" and len(p) > 1 else re.escape(p)
                   for p in parts)


rows = open(f"{SOURCE}/tests/unit/manage/diagnostics_rows.h").read()
# A message that stands on two lines in a log is printed on one.
said = [s.replace("\n", " ") for s in literals(rows)]
missing = total = 0
for where, format in formats():
    total += 1
    pattern = as_pattern(format.replace("\n", " "))
    if not any(re.search(pattern, s) for s in said):
        print(f"{where}: no row shows: {format!r}")
        missing += 1
print(f"{total} messages, {missing} without a row")
sys.exit(missing > 0 or total < 100)
