"""Log lines that would steer a terminal, and what the programs print of them.

usage: terminal.py PROGRAMS FOLDER

Each program runs twice: on a terminal (a pty), where nothing may come through that acts on it but
the colours and movements that are the programs' own; and into a pipe, where f2b-regex and the
commands of old print the bytes that fail2ban prints.
"""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import unicodedata

PROGRAMS, FOLDER = sys.argv[1:3]
POISON = {
    "title": b"\x1b]0;owned\x07", "clear": b"\x1b[2J\x1b[1;1H", "colour": b"\x1b[35m", "answer": b"\x1b[6n\x1b[c",
    "c1": b"\x9b2J", "c1utf8": b"\xc2\x9b2J\xc2\x9d0;x\xc2\x9c", "nul": b"a\x00b", "back": b"abc\x08\x08\x08xyz", "return": b"old\rnew",
    "del": b"a\x7fb", "vertical": b"a\x0b\x0cb", "bidi": "\u202eevil\u202c\u2066x\u2069\u200f\u061c".encode(), "lines": "a\u2028b\u2029c".encode(),
    "nel": b"a\xc2\x85b", "broken": b"\xff\xfe\xc3\xe2\x82", "overlong": b"\xc0\x9b\xe0\x80\x9b2J", "surrogate": b"\xed\xa0\x80",
    "charset": b"\x1b(0\x0e", "dcs": b"\x1bP$q\x1b\\", "backtick": b"\x05\x1bZ",
}
# A program's own: colours of --explain; the screen of top.
OWN = re.compile(rb"\x1b\[(?:0|31|32)m|\x1b\[[HKJ]|\x1b\[\?(?:1049|25)[hl]")
BIDI = set("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
failed = 0


def fail(what):
    global failed
    failed = 1
    print("FAIL: " + what, flush=True)


def on_terminal(args, *steps, seconds=300):
    """What the command writes to a terminal. steps: pairs of what to wait for in it, and what is done then."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(args[0], args)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    steps = list(steps)
    out, end = b"", time.time() + seconds
    while time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                out += os.read(fd, 65536)
            except OSError:
                break
        if steps and steps[0](out):
            steps[1](fd)
            del steps[:2]
    else:
        os.kill(pid, 9)
        fail("%s does not end; it wrote %r" % (args, out[-500:]))
    os.close(fd)
    os.waitpid(pid, 0)
    return out


def piped(args):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=300).stdout


def check_harmless(what, out, names=POISON):
    """names: what must be shown in some form, by its marker."""
    missing = [name for name in names if name.encode() not in out]
    if missing:
        fail("%s does not show the lines %s: %r" % (what, missing, out[:2000]))
    try:
        text = OWN.sub(b"", out).decode()
    except UnicodeDecodeError as e:
        fail("%s writes what is not UTF-8: %s, %r" % (what, e, out[max(0, e.start - 60):e.end + 60]))
        return
    # The terminal itself puts a return before each newline.
    for i, ch in enumerate(text.replace("\r\n", "\n")):
        if (unicodedata.category(ch) == "Cc" and ch not in "\n\t") or ch in BIDI:
            fail("%s writes %r: %r" % (what, ch, text[max(0, i - 60):i + 60]))
            return


def lines():
    stamp = time.strftime("%Y-%m-%d %H:%M:%S").encode()
    for name, poison in POISON.items():
        yield b"%s bad <%s>%s end\n" % (stamp, name.encode(), poison)


def check_regex():
    log = os.path.join(FOLDER, "regex.log")
    with open(log, "wb") as f:
        f.writelines(lines())
        f.writelines(line.replace(b" bad ", b" good ") for line in lines())
    regex = r"^ bad <F-ID>.*</F-ID> end$"
    program = os.path.join(PROGRAMS, "f2b-regex")
    runs = [["--print-all-matched", "--print-all-missed"], ["-v", "-v", "--print-all-matched", "-D"], ["--explain"], ["--explain", "-v"],
            ["--json"], ["-o", "id"], ["-o", "row"], ["-o", "msg"], ["-o", "<F-ID> <matches>"], ["-i", "-o", "msg"],
            ["-l", "DEBUG"], ["-l", "HEAVYDEBUG"]]
    for options in runs:
        out = on_terminal([program] + options + [log, regex])
        shows_all = not options[0].startswith("-l") and "-i" not in options
        check_harmless("f2b-regex %s" % options, out, POISON if shows_all else [])
    for name, line in zip(POISON, lines()):
        if b"\0" not in line:
            check_harmless("f2b-regex with %s as its LOG" % name, on_terminal([program, line.decode("utf-8", "surrogateescape"), regex]), [name])
    out = piped([program, "-o", "id", log, regex])
    for name in ("title", "clear", "c1utf8", "nul", "bidi", "del"):
        want = b"<%s>%s\n" % (name.encode(), POISON[name])
        if want not in out:
            fail("into a pipe, f2b-regex -o id prints %r, not %r" % (out, want))


def wait_for(what, test, seconds=300):
    end = time.time() + seconds
    while not test():
        if time.time() > end:
            fail(what)
            return False
        time.sleep(0.1)
    return True


def configure():
    conf = os.path.join(FOLDER, "conf")
    os.makedirs(conf)
    with open(os.path.join(conf, "fail2ban.conf"), "w") as f:
        f.write("[Definition]\nloglevel = HEAVYDEBUG\nlogtarget = STDOUT\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\n"
                "dbfile = %s/db\ndbpurgeage = 1d\n" % (FOLDER, FOLDER, FOLDER))
    with open(os.path.join(conf, "jail.conf"), "w") as f:
        f.write("[web]\nenabled = true\nbackend = polling\nlogpath = %s/server.log\nmaxretry = 1\nfilter =\nusedns = no\n"
                "failregex = ^ bad <F-ID>.*</F-ID> end$\nbantime = 1h\n" % FOLDER)
    open(os.path.join(FOLDER, "server.log"), "w").close()
    return conf


def check_top(client):
    """Bans that come while it looks on."""
    def ban_again(_):
        piped(client + ["unban", "--all"])
        piped(client + ["set", "web", "banip"] + [b"<%s>%s" % (name.encode(), POISON[name]) for name in ("title", "c1utf8", "bidi", "del")])

    out = on_terminal(client + ["top", "--interval=1"], lambda out: b"Latest bans" in out, ban_again,
                      lambda out: out.count(b"[web] ban") >= 4, lambda fd: os.write(fd, b"q"))
    check_harmless("top", out, ["title", "c1utf8", "bidi", "del"])


def check_server():
    conf = configure()
    client = [os.path.join(PROGRAMS, "f2b-client"), "-c", conf]
    pid, fd = pty.fork()
    if pid == 0:
        program = os.path.join(PROGRAMS, "f2b-server")
        os.execv(program, [program, "-c", conf, "-f", "start"])
    said = b""

    def read_server():
        nonlocal said
        while select.select([fd], [], [], 0)[0]:
            try:
                said += os.read(fd, 65536)
            except OSError:
                return

    def answers():
        read_server()
        return b"pong" in piped(client + ["ping"])

    def all_banned():
        read_server()
        return b"Currently banned:\t%d\n" % len(POISON) in piped(client + ["status", "web"])

    if not wait_for("the server does not start: %r" % said, answers):
        return

    due = time.time() + 1

    def told_all(out):
        """In this form it does not say that it has begun, so all are banned again until it has told of them."""
        nonlocal due
        if time.time() > due:
            piped(client + ["unban", "--all"])
            with open(os.path.join(FOLDER, "server.log"), "ab") as f:
                f.writelines(lines())
            due = time.time() + 5
        return all(b"<%s>" % name.encode() in out for name in POISON)

    out = on_terminal(client + ["watch", "--events=ban"], told_all, lambda fd: os.write(fd, b"\x03"))
    check_harmless("watch", out)
    wait_for("not all are banned", all_banned)
    commands = [["status", "web"], ["status", "web", "cymru"], ["status", "--all"], ["status", "--table", "web"], ["banned"], ["get", "web", "banip"],
                ["get", "web", "banip", "--with-time"], ["get", "web", "banned"], ["--json", "banned"], ["--yaml", "banned"],
                ["--json", "status", "web"], ["--yaml", "status", "web"], ["--yaml", "get", "web", "banip", "--with-time"]]
    for command in commands:
        check_harmless("f2b-client %s" % command, on_terminal(client + command), [] if "cymru" in command else POISON)
        read_server()
    check_harmless("status of a jail that is not there", on_terminal(client + ["status", "x\x1b]0;y\x07\u202e"]), [])
    check_top(client)
    out = piped(client + ["get", "web", "banip"])
    for name in ("title", "c1utf8", "bidi", "del"):
        if b"<%s>%s" % (name.encode(), POISON[name]) not in out:
            fail("into a pipe, get web banip prints %r" % out)
    piped(client + ["stop"])
    end = time.time() + 200
    while os.waitpid(pid, os.WNOHANG)[0] == 0 and time.time() < end:
        read_server()
        time.sleep(0.05)
    read_server()
    check_harmless("the server's log", said)


check_regex()
check_server()
sys.exit(failed)
