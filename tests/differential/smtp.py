"""Mails of the action smtp.py, fail2ban's and ours, to one server on loopback.

usage: smtp.py PROGRAMS SMTP.PY

Compared are envelope, headers and body, of bans as they are, of starts and stops without the body's
sentence, which is ours.
"""
import email
import email.policy
import importlib.util
import json
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
import logging

from fail2ban.server.jail import Jail
from fail2ban.server.ticket import BanTicket

MATCHES = ["bad login from 198.51.100.7", ".", "..dots", "a'b\"c$(id)`x`<ip>", "\u00fcn\u00ef \U0001f600", "x" * 2000, "tab\there"]
OPTIONS = [
    {},
    {"matches": "matches"},
    {"dest": "a@example.org, b@example.net", "sender": "f2b@example.com", "sendername": "The Guard"},
    {"dest": "Admin <a@example.org>, b@example.net", "sendername": "Ban, Fail2 (web.1)"},
    {"user": "me", "password": "p w", "matches": "matches", "sendername": "G\u00fcard"},
]
JAIL = "web jail"


def mails(path, count):
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if os.path.exists(path):
            with open(path) as f:
                lines = f.readlines()
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
        time.sleep(0.1)
    sys.exit("FAIL: only %d of %d mails came" % (len(open(path).readlines()) if os.path.exists(path) else 0, count))


def comparable(mail):
    m = email.message_from_string(mail["data"].replace("\r\n", "\n"), policy=email.policy.default)
    body = m.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")
    if "banned" not in m["Subject"]:
        body = None
    date = re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d -0000", m["Date"])
    return {"from": mail["from"].upper(), "to": [t.upper() for t in mail["to"]], "auth": mail.get("auth"), "body": body,
            "headers": {k: str(m[k]) for k in ("Subject", "From", "To", "Content-Type", "MIME-Version")}, "date": bool(date)}


def theirs(path, port):
    spec = importlib.util.spec_from_file_location("smtp", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    jail = Jail(JAIL, "polling", None)
    jail.actions.setBanTime(600)
    for options in OPTIONS:
        action = module.Action(jail, "smtp", host="127.0.0.1:%d" % port, **options)
        ticket = BanTicket("198.51.100.7", time.time(), MATCHES)
        ticket.setAttempt(1)  # as "attempt" has it, however many lines it is given
        info = jail.actions._getActionInfo(ticket)
        action.start()
        action.ban(info)
        action.unban(info)
        action.stop()


def ours(programs, top, port):
    conf = top + "/conf"
    os.mkdir(conf)
    os.mkdir(conf + "/filter.d")
    with open(conf + "/fail2ban.conf", "w") as f:
        f.write("[Definition]\nloglevel = DEBUG\nlogtarget = %s/log\nsyslogsocket = auto\nsocket = %s/sock\npidfile = %s/pid\n"
                "dbfile = None\ndbpurgeage = 1d\n" % (top, top, top))
    with open(conf + "/filter.d/x.conf", "w") as f:
        f.write("[Definition]\nfailregex = ^ bad <HOST>$\n")
    for options in OPTIONS:
        given = ", ".join('%s="%s"' % item for item in dict(options, host="127.0.0.1:%d" % port).items())
        with open(conf + "/jail.conf", "w") as f:
            f.write("[%s]\nenabled = true\nfilter = x\nlogpath = %s/in\nbackend = polling\nbantime = 600\nmaxretry = %d\n"
                    "maxmatches = 10\naction = smtp.py[%s]\n" % (JAIL, top, len(MATCHES), given))
        with open(top + "/in", "w"):
            pass
        server = subprocess.Popen([programs + "/f2b-server", "-c", conf, "-xf", "start"], stdout=subprocess.DEVNULL)
        client = [programs + "/f2b-client", "-c", conf]
        for _ in range(2000):
            if subprocess.run(client + ["ping"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.1)
        for command in (["set", JAIL, "attempt", "198.51.100.7"] + MATCHES, ["set", JAIL, "unbanip", "198.51.100.7"], ["stop"]):
            subprocess.run(client + command, stdout=subprocess.DEVNULL, check=True)
        server.wait(300)


def main():
    top = tempfile.mkdtemp(prefix="f2b-smtp-")
    logging.disable(logging.CRITICAL)
    here = os.path.dirname(os.path.abspath(__file__))
    server = subprocess.Popen([sys.executable, here + "/../e2e/smtp_server.py", top + "/port", top + "/mails", "plain"])
    try:
        while not os.path.exists(top + "/port"):
            time.sleep(0.05)
        with open(top + "/port") as f:
            port = int(f.read())
        each = 3 * len(OPTIONS)
        theirs(sys.argv[2], port)
        want = mails(top + "/mails", each)
        ours(sys.argv[1], top, port)
        have = mails(top + "/mails", 2 * each)[each:]
    finally:
        server.terminate()
        shutil.rmtree(top)
    differ = 0
    for i, (a, b) in enumerate(zip(want, have)):
        a, b = comparable(a), comparable(b)
        if a != b:
            differ += 1
            print("DIFFERENT: mail %d\n  fail2ban: %s\n  f2b:      %s" % (i, a, b))
    print("%d mails, %d differ" % (len(want), differ))
    sys.exit(1 if differ else 0)


main()
