#!/bin/bash
# Parameters of our actions: each that the stock file of the same name has in its [Init] is one of ours,
# so that what a jail passes to it is not lost. Argument: the programs' folder.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
stock=${F2B_ORACLE:-}/etc/fail2ban/action.d
[ -e "$stock/iptables.conf" ] || { echo "SKIP: no stock actions are here"; exit 77; }
exec /usr/bin/python3 - "$bin/f2b-client" "$(cd "$(dirname "$0")/../.." && pwd)" "$stock" <<'END'
import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile

client, source, stock = sys.argv[1:4]
# How a stock file puts its rules together, not what a jail passes to it.
INNER = {"rule-jump", "pre-rule", "to_target", "match", "match_allprotos", "rule_stat", "rule_stat_allprotos", "name"}


def init_options(path):
    c = configparser.RawConfigParser(strict=False, interpolation=None, delimiters=("=",))
    c.optionxform = str
    c.read(path)
    return {o for o in (c["Init"] if "Init" in c else ()) if not o.startswith("_")} - INNER


names = sorted(n for n in os.listdir(source + "/action.d") if os.path.exists(stock + "/" + n) and not n.endswith("-common.conf"))
top = tempfile.mkdtemp(prefix="f2b-names-")
shutil.copytree(source + "/action.d", top + "/action.d")
os.mkdir(top + "/filter.d")
shutil.copy(source + "/fail2ban.conf", top)
with open(top + "/filter.d/x.conf", "w") as f:
    f.write("[Definition]\nfailregex = ^ bad <HOST>$\n")
with open(top + "/jail.conf", "w") as f:
    for n in names:
        f.write("[%s]\nenabled = true\nbackend = polling\nfilter = x\nlogpath = /dev/null\naction = %s\n" % (n, n[:-5]))
run = subprocess.run([client, "-c", top, "-d"], stdout=subprocess.PIPE, check=True)
have = {}
for line in run.stdout.decode().splitlines():
    c = ast.literal_eval(line)
    if c[0] == "multi-set" and c[2] == "action":
        have.setdefault(c[1], set()).update(k.split("?")[0] for k, _ in c[4])
    elif c[0] == "set" and c[2] == "action":
        have.setdefault(c[1], set()).add(c[4])
shutil.rmtree(top)
checked = missing = 0
for n in names:
    wanted = init_options(stock + "/" + n)
    checked += len(wanted)
    lost = sorted(wanted - have.get(n, set()))
    missing += len(lost)
    if lost:
        print("DIFFERENT: %s lacks %s" % (n, ", ".join(lost)))
print("%d actions, %d parameters, %d missing" % (len(names), checked, missing))
sys.exit(1 if missing or checked < 50 else 0)
END
