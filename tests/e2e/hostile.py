"""Hostile text through every action, seen from behind the shell. Run by hostile.sh in namespaces.

usage: hostile.py PROGRAMS ACTION.D FOLDER COUNT SEED

/bin/sh is a recorder here, so nothing can be executed but by the server itself. What is checked of
each call: it is "/bin/sh -c SCRIPT VALUE…"; its environment is the server's own; no byte of a text that
means something to a shell is in SCRIPT; and all of a text, but for NULs, arrived in a VALUE, or,
where it is harmless, in SCRIPT.
"""
import os
import pickle
import random
import re
import socket
import struct
import subprocess
import sys
import time

UNSAFE = re.compile(rb"""[\\#&;`|*?~<>^()\[\]{}$'"\n\r]""")
PARTS = [b"'", b'"', b"$(touch %s)", b"`touch %s`", b";touch %s;", b"|touch %s", b"&& touch %s", b"\n", b"\r", b"\0", b"%s", b"%n",
         b"%%", b"*", b"?", b"[a-z]", b"~root", b"<ip>", b"<matches>", b"<F-USER>", b"<jail.name>", b"\\", b"\\n", b"\\'", b"${IFS}",
         b"$0", b"$f2bV_matches", b"$((1+1))", b"!!", b"#", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xe2\x80\xa8",
         b"\x1b[31m", b"\x7f", b"\t", b"  ", b"-n", b"--", b"/etc/passwd", b">", b">>/tmp/x", b"<", b"{a,b}", b"=", b"\xc2\x85",
         b"EOF\n", b"a", b"root", b"1.2.3.4"]
CAPTURES = ("USER", "B", "C", "D", "E")
LINE_MAX = 65000
GROUP = 80                            # texts that are the matches of one ban
VALUE_MAX = 100 * 1024                # one argument of a program has at most 128 KiB
IN_HOSTS = b"\n\r\0\t\x0b\x0c #"     # what a line of /etc/hosts cannot hold in a name
ALL_TAGS = """[Definition]
actionban = tags <ip> <fid> "<F-USER>" '<F-B>' <F-C> "<F-D>" <F-E> "<matches>" "<ipmatches>" "<ipjailmatches>" "<ip-host>"
    "<jail.name>" "<raw-ticket>" "<F-*>"
actionflush = flush
"""


class Failed(Exception):
    pass


def texts(r, count, first=0, longest=LINE_MAX, without=b""):
    """Each has a mark of its own, by which it is found again; none ends like a line."""
    out = []
    for i in range(count):
        mark = b"Zq%06dqZ" % (first + i)
        parts = [p.replace(b"%s", b"CANARY") if b"touch" in p else p for p in r.choices(PARTS, k=r.randint(1, 12))]
        if i % 10 == 0:
            parts = [b"plain", b" text"]
        if i % 200 == 1:
            parts.append((r.choice(PARTS) or b"x") * 70000)
        text = mark + bytes(c for c in b"".join(parts) if c not in without)
        out.append((mark, text[:longest].rstrip(b"\r\n")))
    return out


def in_lines(all_texts):
    """Each line holds some texts, as many as there are captures and as fit."""
    lines, line = [], []
    for _, text in all_texts + [(None, None)]:
        if line and (text is None or len(line) == len(CAPTURES) or sum(map(len, line)) + len(text) > LINE_MAX):
            lines.append(line + [b""] * (len(CAPTURES) - len(line)))
            line = []
        line.append(re.sub(rb"\n", b"", text) if text is not None else b"")
    return {"10.%d.%d.%d" % (1 + i // 40000, i // 200 % 200, 1 + i % 200): line for i, line in enumerate(lines)}


def without_nul(text):
    return text.replace(b"\0", b"")


class Server:
    def __init__(self, programs, top):
        self.top = top
        env = {"PATH": os.environ["PATH"], "RECORD": top + "/record", "F2B_FASTPATH": "off", "HOME": "/",
               "LC_ALL": "C"}  # else the server adds a locale
        self.env = sorted(b"%s=%s" % (k.encode(), v.encode()) for k, v in env.items())
        self.process = subprocess.Popen([programs + "/f2b-server", "-c", top + "/conf", "-xf", "start"], env=env,
                                        stdin=subprocess.DEVNULL, stdout=open(top + "/out", "wb"), stderr=subprocess.STDOUT)
        self.wait("the server answers", 200, lambda: self.ask("ping") == "pong")

    def wait(self, what, seconds, done):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if done():
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise Failed("the server ended: " + open(self.top + "/out", errors="replace").read()[-2000:])
            time.sleep(0.1)
        raise Failed("not so within %d s: %s" % (seconds, what))

    def ask(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(600)
            s.connect(self.top + "/sock")
            s.sendall(pickle.dumps(list(words), 2) + b"<F2B_END_COMMAND>")
            data = b""
            while not data.endswith(b"<F2B_END_COMMAND>"):
                block = s.recv(65536)
                if not block:
                    raise Failed("no answer to %r" % (words[:3],))
                data += block
        code, value = pickle.loads(data[:-len(b"<F2B_END_COMMAND>")], errors="surrogateescape")
        if code != 0:
            raise Failed("%r: %r" % (words[:3], value))
        return value


def text_of(raw):
    return raw.decode("utf-8", "surrogateescape")


def configure(top, actions):
    conf = top + "/conf"
    for d in "", "/filter.d":
        os.mkdir(conf + d)
    subprocess.run(["cp", "-r", actions, conf + "/action.d"], check=True)
    names = sorted(n[:-5] for n in os.listdir(conf + "/action.d")
                   if n.endswith(".conf") and not n.endswith("-common.conf") and n != "nft.conf")
    write(conf + "/action.d/all-tags.conf", ALL_TAGS)
    groups = r"\x1e".join("<F-%s>[^\\n\\x1e]*</F-%s>" % (g, g) for g in CAPTURES)
    write(conf + "/filter.d/user.conf", "[Definition]\nfailregex = ^ bad <HOST> user=%s$\nlogtype = file\n" % groups)
    write(conf + "/fail2ban.conf", "[Definition]\nloglevel = INFO\nlogtarget = %s/log\nsyslogsocket = auto\nsocket = %s/sock\npidfile = "
          "%s/pid\ndbfile = %s/db\ndbpurgeage = 1d\n" % ((top,) * 4))
    write(conf + "/jail.conf", "[DEFAULT]\nbackend = polling\nfilter = user\nlogpath = %s/users\nusedns = no\nbantime = 1h\n"
          "logencoding = utf-8\nport = ssh\nprotocol = tcp\nchain = INPUT\n"
          "[stock]\nenabled = true\nmaxretry = %d\nmaxmatches = 100\nlogpath = %s/nothing\naction = %s\n"
          "[tags]\nenabled = true\nmaxretry = 1\naction = all-tags\n" %
          (top, GROUP, top, "\n\t".join("%s[name=stock]" % n for n in names)))
    for name in "users", "nothing", "record":
        write(top + "/" + name, "")
    return names


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def hosts_file(top, hosts):
    with open(top + "/hosts", "wb") as f:
        f.write(b"127.0.0.1 localhost\n")
        for ip, name in hosts.items():
            f.write(ip.encode() + b" " + name + b"\n")
    subprocess.run(["mount", "--bind", top + "/hosts", "/etc/hosts"], check=True)
    write(top + "/nsswitch.conf", "hosts: files\npasswd: files\ngroup: files\n")
    subprocess.run(["mount", "--bind", top + "/nsswitch.conf", "/etc/nsswitch.conf"], check=True)


def records(top):
    with open(top + "/record", "rb") as f:
        data = f.read()
    at, out = 0, []
    while at < len(data):
        total, argc, envc = struct.unpack_from("=III", data, at)
        end, at, words = at + 4 + total, at + 12, []
        for _ in range(argc + envc):
            n, = struct.unpack_from("=I", data, at)
            words.append(data[at + 4:at + 4 + n])
            at += 4 + n
        if at != end:
            raise Failed("the record is damaged")
        out.append((words[:argc], words[argc:]))
    return out


def check_call(argv, env, server, unsafe_marks):
    if argv[:2] != [b"/bin/sh", b"-c"] or len(argv) < 3:
        raise Failed("called as %r" % argv[:3])
    # A session of its own may add nothing to what the server was given.
    if sorted(env) != server.env:
        raise Failed("the environment is %r" % env)
    for mark in re.findall(rb"Zq\d{6}qZ", argv[2]):
        if mark in unsafe_marks:
            raise Failed("%r is in the script %r" % (mark, argv[2][:500]))
    variables = re.match(rb"((?:f2bV_\w+=\$(?:\d|\{\d+\}) )*)", argv[2]).group(1).split()
    if len(variables) != len(argv) - 3:
        raise Failed("%d variables, %d values: %r" % (len(variables), len(argv) - 3, argv[2][:300]))
    return {v.split(b"=")[0]: value for v, value in zip(variables, argv[3:])}


def expect_text(what, have, want, script):
    """have is the variable's value, or None where the text should be in the script."""
    want = without_nul(want)[:VALUE_MAX]
    if have is None:
        if UNSAFE.search(want) or want not in script:
            raise Failed("%s is lost: wanted %r in %r" % (what, want[:200], script[:300]))
    elif have != want:
        n = len(os.path.commonprefix([have, want]))
        raise Failed("%s is changed at byte %d: %r, wanted %r" % (what, n, have[n:n + 100], want[n:n + 100]))


def main():
    programs, actions, top = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
    count, seed = int(sys.argv[4]), int(sys.argv[5])
    print("%d texts, seed %d, actions of %s" % (count, seed, actions))
    r = random.Random(seed)
    all_texts = texts(r, count)
    names = configure(top, actions)
    # Users: lines of a log. Hosts: names of some of these addresses. Matches: told by hand.
    some = min(count, 100)
    host_texts, jail_texts = texts(r, some, 900000, 250, IN_HOSTS), texts(r, some, 800000, 60, b"\0\n")
    users = in_lines(all_texts)
    hosts = {ip: t for ip, (_, t) in zip(users, host_texts)}
    groups = [all_texts[i:i + GROUP] for i in range(0, count, GROUP)]
    jails = [t for _, t in jail_texts]
    unsafe = {m for m, t in all_texts + host_texts + jail_texts if UNSAFE.search(t.replace(b"\n", b""))}
    hosts_file(top, hosts)
    subprocess.run(["mount", "--bind", top + "/sh", os.path.realpath("/bin/sh")], check=True)
    server = Server(programs, top)
    with open(top + "/users", "ab") as f:
        for ip, text in users.items():
            f.write(time.strftime("%Y-%m-%d %H:%M:%S").encode() + b" bad " + ip.encode() + b" user=" + b"\x1e".join(text) + b"\n")
    for i, group in enumerate(groups):
        if len(group) < GROUP:
            server.ask("set", "stock", "maxretry", str(len(group)))
        server.ask("set", "stock", "attempt", "192.0.2.%d" % (i + 1), *[text_of(t) for _, t in group])
    for i, name in enumerate(jails):
        jail = text_of(name)
        server.ask("add", jail, "polling")
        server.ask("set", jail, "addaction", "act")
        server.ask("set", jail, "action", "act", "actionban", "named <ip> \"<jail.name>\"")
        server.ask("start", jail)
        server.ask("set", jail, "banip", "198.51.100.%d" % (i + 1))
    server.wait("all users are banned", 600, lambda: server.ask("status", "tags")[1][1][0][1] == len(users))
    server.ask("stop")
    server.process.wait(600)
    check(server, names, users, hosts, groups, jails, unsafe)


def check(server, names, users, hosts, groups, jails, unsafe):
    seen_users, seen_hosts, seen_matches, seen_jails, stock = set(), set(), {}, set(), set()
    calls = records(server.top)
    for argv, env in calls:
        values = check_call(argv, env, server, unsafe)
        script = argv[2].split(b"\n", 1)[1] if values else argv[2]
        words = script.split(b" ", 2)
        if words[0] == b"tags":
            ip = words[1].decode()
            # A line of a log is UTF-8 from then on.
            for capture, user in zip(CAPTURES, users[ip]):
                user = user.decode("utf-8", "replace").encode()
                expect_text(capture + " of " + ip, values.get(b"f2bV_F_" + capture.lower().encode()), user, script)
            seen_users.add(ip)
            if ip in hosts and b"None" not in script.split(b'"'):
                expect_text("host of " + ip, values.get(b"f2bV_ip_host"), hosts[ip], script)
                seen_hosts.add(ip)
        elif words[0] == b"named":
            i = int(words[1].split(b".")[-1]) - 1
            expect_text("jail %d" % i, values.get(b"f2bV_jail_name"), jails[i], script)
            seen_jails.add(i)
        elif b"f2bV_matches" in values:
            group = re.findall(rb"Zq(\d{6})qZ", values[b"f2bV_matches"])
            i = int(group[0]) // GROUP
            expect_text("matches of group %d" % i, values[b"f2bV_matches"], b"\n".join(t for _, t in groups[i]), script)
            seen_matches[i] = seen_matches.get(i, 0) + 1
        for ip in re.findall(rb"192\.0\.2\.\d+", script):
            stock.add((ip, script[:60]))
    print("%d calls: %d lines with users, %d host names, %d jails; matches of %d bans in %d calls; %d different calls of stock actions" %
          (len(calls), len(seen_users), len(seen_hosts), len(seen_jails), len(seen_matches), sum(seen_matches.values()), len(stock)))
    for what, have, want in (("lines with users", len(seen_users), len(users)), ("jails", len(seen_jails), len(jails)),
                             ("host names", len(seen_hosts), len(hosts)), ("bans with matches", len(seen_matches), len(groups))):
        if have < want:
            raise Failed("only %d of %d %s arrived" % (have, want, what))
    if len(stock) < len(groups) * len(names) / 2:
        raise Failed("stock actions ran too seldom")
    if os.path.exists("CANARY") or os.path.exists(server.top + "/CANARY"):
        raise Failed("something was executed")


try:
    main()
except Failed as e:
    print("FAIL: %s" % e)
    sys.exit(1)
