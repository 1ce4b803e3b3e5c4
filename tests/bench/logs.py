#!/usr/bin/python3
"""Logs to measure with: the same kind, size, ratio and seed give the same bytes, but for a date of now.
Usage: logs.py KIND MB RATIO [SEED] >FILE; what was written is told on stderr.

auth      sshd's lines among those of cron, sudo and logind; RATIO of them are failed logins
kernel    the kernel's lines; RATIO of them begin with PORT DENIED
mixed     lines of many daemons; RATIO of them are the kernel's PORT DENIED
access    a web server's; RATIO of them ask for what is not there
bans      fail2ban's own; RATIO of them are bans
"""
import random
import sys
import time

import lib

START = 1767225600
LINES_PER_SECOND = 2000
USERS = ("root", "admin", "test", "oracle", "postgres", "git", "pi", "deploy", "www", "guest")
PAGES = ("/", "/index.html", "/static/app.js", "/img/logo.png", "/api/v1/items?page={n}", "/search?q=term{n}", "/docs/{n}.html")
PROBES = ("/phpmyadmin/index.php", "/wp-login.php", "/pma/main.php", "/roundcube/", "/cgi-bin/test.cgi", "/mysqladmin/")
AGENTS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
          "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "curl/8.5.0")

DENIED = ("kernel: [{n}.{pid:06d}] PORT DENIED: IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC={ip}"
          " DST=10.0.0.{low} LEN=40 TOS=0x00 PREC=0x00 TTL={low} ID={n} PROTO=TCP SPT={port} DPT={low} WINDOW=1024 RES=0x00 SYN URGP=0",)
# What may stand behind the date and host: those that count, and the others.
TEXTS = {
    "auth": (("sshd[{pid}]: Failed password for {user} from {ip} port {port} ssh2",
              "sshd[{pid}]: Failed password for {user} from {ip} port {port} ssh2",
              "sshd[{pid}]: Failed password for invalid user {user} from {ip} port {port} ssh2",
              "sshd[{pid}]: Invalid user {user} from {ip} port {port}"),
             ("CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
              "CRON[{pid}]: pam_unix(cron:session): session closed for user root",
              "sshd[{pid}]: Accepted publickey for alice from {other} port {port} ssh2: ED25519 SHA256:{hex:040x}",
              "sshd[{pid}]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
              "sshd[{pid}]: pam_unix(sshd:session): session closed for user alice",
              "sudo:    alice : TTY=pts/{low} ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/systemctl status unit{n}",
              "systemd-logind[812]: New session {n} of user alice.",
              "systemd-logind[812]: Session {n} logged out. Waiting for processes to exit.",
              "sshd[{pid}]: Server listening on 0.0.0.0 port 22.")),
    "kernel": (DENIED,
               ("kernel: [{n}.{pid:06d}] eth0: link state change 1, speed {port} Mbps full duplex, txq depth {low} entries",)),
    "mixed": (DENIED,
              ("systemd[1]: Started unit-{low}.service - Some periodic job number {n}.",
               "postfix/smtpd[{pid}]: connect from mail{low}.example.net[{other}]",
               "postfix/qmgr[{pid}]: {hex:010X}: from=<user{low}@example.org>, size={n}, nrcpt=1 (queue active)",
               "dovecot: imap-login: Login: user=<u{low}>, method=PLAIN, rip={other}, lip=10.0.0.1, mpid={pid}, TLS, session=<{hex:012x}>",
               "named[{pid}]: client @0x7f{hex:010x} {other}#{port} (example.com): query: example.com IN A +E(0)K (10.0.0.1)",
               "kernel: [{n}.{pid:06d}] audit: type=1400 audit(1700000000.{low}:{n}): apparmor=\"ALLOWED\" operation=\"open\" profile=\"app\"",
               "dhclient[{pid}]: DHCPREQUEST for 10.0.0.{low} on eth0 to 10.0.0.1 port 67",
               "CRON[{pid}]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)",
               "app[{pid}]: request id={hex:016x} user=alice took {low} ms status=ok")),
    "access": (('{ip} - - [{clf}] "GET {probe} HTTP/1.1" 404 {low} "-" "{agent}"',),
               ('{other} - - [{clf}] "GET {page} HTTP/1.1" 200 {n} "https://www.example.org/" "{agent}"',)),
    "bans": (("fail2ban.actions        [812]: NOTICE  [sshd] Ban {ip}",),
             ("fail2ban.filter         [812]: INFO    [sshd] Found {other} - {iso}",
              "fail2ban.filter         [812]: INFO    [nginx] Found {other} - {iso}",
              "fail2ban.actions        [812]: NOTICE  [sshd] Unban {other}")),
}
DATES = {"access": "", "bans": "{iso},{low:03d} "}


class Lines:
    """Draws the lines of one log."""

    def __init__(self, kind, ratio, seed, start):
        self.rnd, self.kind, self.ratio, self.start, self.n = random.Random(seed), kind, ratio, start, 0
        self.bad, self.good = lib.addresses(1000, seed), lib.addresses(500, seed + 1)
        self.hits, self.second, self.dates = 0, None, {}

    def date(self):
        second = self.start + self.n // LINES_PER_SECOND
        if second != self.second:
            when = time.localtime(second)
            self.second = second
            self.dates = {"syslog": time.strftime("%b %e %H:%M:%S", when), "iso": time.strftime("%Y-%m-%d %H:%M:%S", when),
                          "clf": time.strftime("%d/%b/%Y:%H:%M:%S %z", when)}
        self.n += 1
        return self.dates

    def next(self):
        rnd, hit = self.rnd, self.rnd.random() < self.ratio
        self.hits += hit
        text = DATES.get(self.kind, "{syslog} host ") + rnd.choice(TEXTS[self.kind][0 if hit else 1])
        n = rnd.randrange(1000, 10000)
        return text.format(
            ip=rnd.choice(self.bad), other=rnd.choice(self.good), user=rnd.choice(USERS), pid=rnd.randrange(300, 999999),
            port=rnd.randrange(1024, 65536), low=rnd.randrange(1, 255), n=n, hex=rnd.getrandbits(40),
            probe=rnd.choice(PROBES), page=rnd.choice(PAGES).format(n=n), agent=rnd.choice(AGENTS), **self.date()) + "\n"


def make(path, kind, mb, ratio, seed=1, start=START):
    """Writes mb million bytes; bytes, lines and lines that count."""
    lines, size = Lines(kind, ratio, seed, start), 0
    with open(path, "w", encoding="ascii", newline="\n") as f:
        while size < mb * 1e6:
            size += f.write(lines.next())
    return {"bytes": size, "lines": lines.n, "hits": lines.hits}


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in TEXTS:
        sys.exit(__doc__)
    print(make("/dev/stdout", sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:5])), file=sys.stderr)
