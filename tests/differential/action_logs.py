"""Log lines of commands: fail2ban's own action, run in this process, against a server of ours.

usage: action_logs.py PROGRAMS

Each command is the actionban of an action of its own, and so is run twice where it fails. The number
before a block is any; the hint on 127 is in each program's own words. Left out: SIGHUP, which fail2ban
calls SIG_IGN, and a command of blanks, which it runs.
"""
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

oracle = os.environ.get("F2B_ORACLE")
if oracle:
    sys.path.insert(0, os.path.join(oracle, "root/usr/lib/python3/dist-packages"))
try:
    from fail2ban.server.action import CommandAction
except ImportError:
    print("SKIP: fail2ban is not installed")
    sys.exit(77)

COMMANDS = [
    ("exit 3", 60), (":", 60), ("true", 60), ("echo hi", 60), ("exit 126", 60), ("exit 200", 60), ("exit 137", 60), ("exit 255", 60),
    ("exit 128", 60), ("exit 130", 60), ("exit 193", 60),
    ("echo out; echo err >&2; printf 'a\\nb\\n\\nc'; exit 1", 60), ("echo; echo; exit 1", 60), ("echo '  x  '; exit 1", 60),
    ("kill -9 $$", 60), ("kill -TERM $$", 60), ("kill -USR1 $$", 60), ("kill -SEGV $$", 60), ("no-such-command x", 60),
    ("echo \"<x>\"; exit 4", 60), ("no-such-command \"<x>\"", 60), ("echo one\necho two\nfalse", 60),
    ("printf 'tab\\tq\"s'; exit 1", 60), ("printf 'it'\"'\"'s'; exit 1", 60), ("printf '\\303\\251 \\001'; exit 1", 60),
    ("echo e >&2", 60), ("", 60), ("# nothing", 60),
    ("sleep 100 & echo x; sleep 100", 3), ("trap '' TERM; sleep 100; sleep 100", 3), ("echo before; sleep 100; true", 3),
]
VALUE = "va'l\n$x"
CONFIG = """[Definition]
loglevel = DEBUG
logtarget = %(top)s/log
syslogsocket = auto
socket = %(top)s/sock
pidfile = %(top)s/pid
dbfile = None
dbpurgeage = 1d
"""


def comparable(lines):
    out = []
    for line in lines:
        m = re.match(r"(\w+) (?:[0-9a-f]+ -- )?(.*)", line, re.S)
        if m and "HINT on" in m.group(2):
            out.append(m.group(1) + " HINT")
        # It may find a group that it wanted to kill gone.
        elif m and "failed with [Errno 3]" not in m.group(2) and not m.group(2).startswith("Nothing to do"):
            out.append(m.group(1) + " " + m.group(2))
    return out


def theirs():
    lines = []

    class Taker(logging.Handler):
        def emit(self, record):
            lines.append("%s %s" % (record.levelname, record.getMessage()))

    logger = logging.getLogger("fail2ban.utils")
    logger.addHandler(Taker())
    logger.setLevel(logging.DEBUG)
    out = []
    for command, timeout in COMMANDS:
        del lines[:]
        action = CommandAction(None, "x")
        action.actionban = command
        action.timeout = timeout
        try:
            action.ban({"ip": "192.0.2.1", "family": "inet4", "x": VALUE})
        except RuntimeError:
            pass
        out.append(comparable(lines))
    return out


def ours(programs, top):
    conf = top + "/conf"
    for d in "", "/action.d", "/filter.d":
        os.mkdir(conf + d)
    with open(conf + "/fail2ban.conf", "w") as f:
        f.write(CONFIG % {"top": top})
    with open(conf + "/filter.d/x.conf", "w") as f:
        f.write("[Definition]\nfailregex = ^ bad <HOST> <F-X>.*</F-X>$\n")
    with open(conf + "/jail.conf", "w") as f:
        f.write("[x]\nenabled = true\nfilter = x\nlogpath = %s/in\nbackend = polling\nignoreself = false\naction =\n" % top)
    with open(top + "/in", "w"):
        pass
    server = subprocess.Popen([programs + "/f2b-server", "-c", conf, "-xf", "start"], stdout=subprocess.DEVNULL)

    def ask(*words):
        subprocess.run([programs + "/f2b-client", "-c", conf] + list(words), stdout=subprocess.DEVNULL, check=True)

    try:
        for _ in range(2000):
            if subprocess.run([programs + "/f2b-client", "-c", conf, "ping"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.1)
        out = []
        for i, (command, timeout) in enumerate(COMMANDS):
            name = "a%d" % i
            ask("set", "x", "addaction", name)
            ask("set", "x", "action", name, "actionban", command.replace("<x>", "<matches>"))
            ask("set", "x", "action", name, "timeout", str(timeout))
            start = os.path.getsize(top + "/log")
            ask("set", "x", "maxretry", "1")
            ask("set", "x", "attempt", "192.0.2.%d" % (i + 1), VALUE)
            ask("set", "x", "unbanip", "192.0.2.%d" % (i + 1))
            ask("set", "x", "delaction", name)
            with open(top + "/log", "rb") as f:
                f.seek(start)
                text = f.read().decode("utf-8", "replace")
            out.append(comparable(records(text)))
        return out
    finally:
        server.terminate()
        server.wait(300)


def records(text):
    """A record begins with a date; other lines go on with the one before."""
    out = []
    for line in text.split("\n"):
        m = re.match(r"[\d-]+ [\d:,]+ (fail2ban\S*)\s*\[\d+\]: (\w+) +(.*)", line)
        if m:
            out.append([m.group(1), m.group(2) + " " + m.group(3)])
        elif out and line:
            out[-1][1] += "\n" + line
    return [r for module, r in out if module == "fail2ban.utils"]


def main():
    top = tempfile.mkdtemp(prefix="f2b-action-logs-")
    try:
        want, have = theirs(), ours(sys.argv[1], top)
    finally:
        shutil.rmtree(top)
    differ = 0
    for (command, _), a, b in zip(COMMANDS, want, have):
        a = [line.replace("f2bV_x", "f2bV_matches") for line in a]
        if a != b:
            differ += 1
            print("DIFFERENT: %r\n  fail2ban: %s\n  f2b:      %s" % (command, "\n            ".join(a), "\n            ".join(b)))
    print("%d commands, %d differ; %d lines" % (len(COMMANDS), differ, sum(map(len, want))))
    sys.exit(1 if differ or sum(map(len, want)) < 50 else 0)


main()
