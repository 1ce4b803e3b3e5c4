#!/usr/bin/env python3
"""Every name in src/server/path.txt is a function's: a name that is stale would be passed over in silence."""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
defined = set()
for folder in ("src", "compat"):
    for file in (source / folder).rglob("*.c"):
        defined |= set(re.findall(r"^(\w+)\(", file.read_text(), re.M))
names = [n for n in (source / "src/server/path.txt").read_text().split("\n") if n and n[0] != "#"]
wrong = [n for n in names if n not in defined] + [n for n in set(names) if names.count(n) > 1]
for name in wrong:
    print("src/server/path.txt: %s: no function of that name, or named twice" % name)
sys.exit(not names or bool(wrong))
