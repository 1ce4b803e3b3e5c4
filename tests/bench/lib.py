"""What the benchmarks share: the programs to compare, a network namespace of their own, the life of a
server, its control socket, and an ear for what the kernel commits to nftables sets."""
import ctypes
import io
import json
import os
import pickle
import random
import shutil
import socket
import struct
import subprocess
import time

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
IPTABLES = "iptables-allports[name=%(__name__)s]"
NFTABLES = 'nftables-multiport[name=%(__name__)s, port="1:65535", protocol=tcp]'
NOTHING = "bench-nothing[name=%(__name__)s]"


class Missing(Exception):
    """The machine, or a program, lacks what a case needs; the text says what."""


class Peer:
    """A server, client and regex tool to be measured. quick says whose cases can be large."""

    def __init__(self, name, folder, prefix, quick):
        self.name, self.quick = name, quick
        self.server, self.client, self.regex = (
            os.path.join(folder, prefix + tool) for tool in ("server", "client", "regex"))
        if shutil.which(self.regex) is None:
            raise Missing("there is no " + self.regex)

    def size(self, large, small):
        return large if self.quick else small


def ours(build):
    return Peer("f2b", os.path.join(os.path.realpath(build), "bin"), "f2b-", True)


def reference():
    """The fail2ban in the folder F2B_ORACLE, else the installed one."""
    oracle = os.environ.get("F2B_ORACLE", "")
    found = shutil.which("fail2ban-server")
    folder = os.path.join(oracle, "bin") if oracle else os.path.dirname(found or "/usr/bin/-")
    return Peer("fail2ban", folder, "fail2ban-", False)


def configuration():
    """Where the stock filters and actions are taken from, the same for both."""
    installed = os.environ.get("F2B_ORACLE", "") + "/etc/fail2ban"
    return installed if os.path.exists(installed + "/filter.d/sshd.conf") else SOURCE


# ---- numbers

def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, round(p / 100 * (len(values) - 1)))]


def run_cpu(command, out=os.devnull):
    """Runs a command to its end: processor seconds, and the peak of its memory in MB."""
    with open(out, "wb") as f:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=f, stderr=f)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def wait_until(what, done, timeout=300):
    """Asks ever more rarely, as asking costs processor time too."""
    start = time.monotonic()
    while not done():
        gone = time.monotonic() - start
        if gone > timeout:
            raise RuntimeError("not in %d s: %s" % (timeout, what))
        time.sleep(min(2, max(.01, gone / 20)))


# ---- addresses and lines

def addresses(n, seed=7):
    """n distinct addresses that are nobody's neighbour."""
    rnd, seen = random.Random(seed), {}
    while len(seen) < n:
        first = rnd.choice((5, 31, 45, 77, 91, 103, 141, 185, 212))
        seen["%d.%d.%d.%d" % (first, rnd.randrange(256), rnd.randrange(256), rnd.randrange(1, 255))] = 1
    return list(seen)


def denied(address):
    """A line of the kernel's log that the filter portscan takes, dated now."""
    return ("%s host kernel: [12345.678901] PORT DENIED: IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00"
            " SRC=%s DST=10.0.0.1 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=41234 DPT=23"
            " WINDOW=1024 RES=0x00 SYN URGP=0\n" % (time.strftime("%b %e %H:%M:%S"), address)).encode()


# ---- the kernel

NEW_RULE, NEW_ELEMENT = 10 << 8 | 6, 10 << 8 | 12  # NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE and NFT_MSG_NEWSETELEM


def enter_namespace():
    """Moves this process, and so all that it starts, into a new network namespace, which goes with it."""
    if os.geteuid() != 0 or shutil.which("nft") is None or shutil.which("ip") is None:
        raise Missing("servers are measured by root, with nft and ip")
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        raise Missing("no network namespace: " + os.strerror(ctypes.get_errno()))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def set_size():
    """How many elements the largest nftables set has."""
    out = subprocess.run(["nft", "-j", "list", "ruleset"], capture_output=True).stdout
    rules = json.loads(out or b"{}").get("nftables", [])
    return max((len(o["set"].get("elem", [])) for o in rules if "set" in o), default=0)


class SetWatch:
    """Hears the kernel's own notes of committed elements and rules, so that waiting costs the server nothing."""

    def __init__(self):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.s.bind((0, 0))
        self.s.setsockopt(270, 1, 7)  # SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES

    def forget(self):
        self.s.setblocking(False)
        try:
            while self.s.recv(1 << 20):
                pass
        except BlockingIOError:
            pass

    def messages(self, timeout):
        """The notes of new ones that come within that time, each with the moment by perf_counter."""
        end = time.perf_counter() + timeout
        while (left := end - time.perf_counter()) > 0:
            self.s.settimeout(left)
            try:
                block = self.s.recv(1 << 20)
            except socket.timeout:
                return
            now, at = time.perf_counter(), 0
            while at + 16 <= len(block):
                length, kind = struct.unpack_from("=IH", block, at)
                if kind in (NEW_RULE, NEW_ELEMENT):
                    yield now, block[at:at + length]
                at += max(16, length + 3 & ~3)

    def wait(self, address, timeout):
        """When the address entered a set, or got a rule that compares with it; None if it did not."""
        value = struct.pack("=HH", 8, 1) + socket.inet_aton(address)
        return next((moment for moment, text in self.messages(timeout) if value in text), None)


class SetSample:
    """Asks the kernel for some of the elements that the set of NFTABLES is to have. That costs the server nothing,
    while a listener has each of its elements told, and a list of all takes longer than putting them in."""
    GET_ELEMENT, INET = 10 << 8 | 13, 1

    def __init__(self, addresses):
        self.n = len(addresses)
        self.sample = random.Random(5).sample(addresses, min(300, self.n)) + addresses[-1:]
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.s.bind((0, 0))

    @staticmethod
    def attribute(kind, value):
        return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)

    def has(self, address):
        nested, attribute = 1 << 15, self.attribute
        key = attribute(1 | nested, attribute(1 | nested, attribute(1, socket.inet_aton(address))))
        body = (struct.pack("=BBH", self.INET, 0, 0) + attribute(1, b"f2b-table\0") + attribute(2, b"addr-set-bench\0") +
                attribute(3 | nested, key))
        self.s.send(struct.pack("=IHHII", 16 + len(body), self.GET_ELEMENT, 1, 1, 0) + body)
        return struct.unpack_from("=IH", self.s.recv(1 << 16))[1] == NEW_ELEMENT

    def wait(self, timeout=300):
        """When the whole sample is there, of which the last address is one; then all must come."""
        end = time.perf_counter() + timeout
        for address in self.sample:
            while not self.has(address):
                if time.perf_counter() > end:
                    raise RuntimeError("not in %d s: %s in a set" % (timeout, address))
                time.sleep(.001)
        now = time.perf_counter()
        wait_until("all of %d elements in a set" % self.n, lambda: set_size() >= self.n, 30)
        return now


# ---- a server

class Plain(pickle.Unpickler):
    """Reads replies, in which a class (an exception) becomes a tuple."""

    def find_class(self, module, name):
        return lambda *args: (name,) + args


class Server:
    """A server in the foreground with a configuration, log and database of its own below folder."""
    END = b"<F2B_END_COMMAND>"

    def __init__(self, peer, folder, jails, database=True, environment={}):
        """jails: name -> options, added to those that all jails have."""
        self.peer, self.folder, self.jails = peer, folder, jails
        self.environment = {**os.environ, **environment}
        self.database = os.path.join(folder, "db") if database else "None"
        self.socket, self.process = os.path.join(folder, "socket"), None
        self.options = ["-c", os.path.join(folder, "conf"), "-s", self.socket, "-p", os.path.join(folder, "pid")]
        self.configure()

    def configure(self):
        conf = os.path.join(self.folder, "conf")
        for part in ("filter.d", "action.d"):
            shutil.copytree(os.path.join(configuration(), part), os.path.join(conf, part), dirs_exist_ok=True)
        files = {
            "fail2ban.conf": "[DEFAULT]\nloglevel = INFO\nlogtarget = %s/server.log\nsyslogsocket = auto\nsocket = %s\n"
                "pidfile = %s/pid\ndbfile = %s\ndbpurgeage = 1d\ndbmaxmatches = 10\nallowipv6 = no\n"
                "[Definition]\n[Thread]\nstacksize = 0\n" % (self.folder, self.socket, self.folder, self.database),
            "filter.d/portscan.conf": "[Definition]\nfailregex = PORT DENIED: .* SRC=<HOST>\n",
            "action.d/bench-nothing.conf": "[Definition]\nactionban =\nactionunban =\n",
            "jail.conf": "[DEFAULT]\nbackend = auto\nusedns = no\nbantime = 1d\nfindtime = 10m\nmaxretry = 1\n"
                "ignoreself = false\n" + "".join(
                    "[%s]\nenabled = true\n%s" % (jail, "".join("%s = %s\n" % o for o in options.items()))
                    for jail, options in self.jails.items())}
        for name, text in files.items():
            with open(os.path.join(conf, name), "w", encoding="utf-8") as f:
                f.write(text)

    def start(self):
        """Until it answers and has all jails: processor seconds."""
        with open(os.path.join(self.folder, "out"), "ab") as out:
            self.process = subprocess.Popen([self.peer.server] + self.options + ["-f", "start"],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment)
        wait_until(self.peer.name + " is ready", self.is_ready)
        return self.cpu()[0]

    def is_ready(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "out"), encoding="utf-8", errors="replace") as f:
                raise RuntimeError("%s ended at its start: %s" % (self.peer.server, f.read()[-1000:]))
        try:
            return find_number(self.command("status"), "Number of jail") == len(self.jails)
        except (OSError, EOFError, pickle.UnpicklingError):
            return False

    def command(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(300)
            s.connect(self.socket)
            s.sendall(pickle.dumps([str(w) for w in words], 2) + self.END)
            reply = b""
            while self.END not in reply[-64:]:
                part = s.recv(1 << 16)
                if not part:
                    raise EOFError
                reply += part
        return Plain(io.BytesIO(reply)).load()

    def count(self, jail, label):
        return find_number(self.command("status", jail), label) or 0

    def ban(self, jail, ids, chunk=500):
        for i in range(0, len(ids), chunk):
            self.command("set", jail, "banip", *ids[i:i + chunk])

    def cpu(self):
        """Processor seconds: of the server's threads, and of the children that it waited for."""
        own = time.clock_gettime(~self.process.pid << 3 | 2)  # the kernel's clock of that process
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return own, (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def status(self, name):
        """A number of /proc/PID/status: VmRSS and VmHWM in kB, Threads."""
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8", errors="replace") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(name + ":"))

    def wakeups(self):
        total = 0
        for task in os.listdir("/proc/%d/task" % self.process.pid):
            with open("/proc/%d/task/%s/status" % (self.process.pid, task), encoding="utf-8", errors="replace") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt"))
        return total

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_number(reply, label):
    """The number behind a label in a reply of status."""
    if isinstance(reply, (list, tuple)):
        if len(reply) == 2 and reply[0] == label:
            return reply[1]
        for part in reply:
            if (found := find_number(part, label)) is not None:
                return found
    return None
