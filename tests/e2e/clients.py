"""Clients for clients.sh: many that ask and check what they are told, and hostile ones beside them.

usage: clients.py SOCKET SERVER_PID CLIENTS REQUESTS HOSTILE SEED
"""
import os, pickle, random, resource, selectors, socket, struct, sys, time

path, pid, clients, requests, hostile, seed = sys.argv[1], *map(int, sys.argv[2:7])
END = b"<F2B_END_COMMAND>"
chance = random.Random(seed)
STUCK_S = 60


def rss_kb():
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The queue of those who wait to be let in may be full for a moment.
    end = time.monotonic() + STUCK_S
    while time.monotonic() < end:
        try:
            s.connect(path)
            return s
        except BlockingIOError:
            time.sleep(0.002)
        except (ConnectionRefusedError, FileNotFoundError):
            sys.exit("the server is gone")
    sys.exit("nobody is let in")


# ---- those that ask

QUESTIONS = [
    (["ping"], lambda v: v == "pong"),
    (["status"], lambda v: v == [("Number of jail", 1), ("Jail list", "portscan")]),
    (["status", "portscan"], lambda v: v[1][1][2] == ("Banned IP list", ["198.51.100.1"])),
    (["get", "portscan", "maxretry"], lambda v: v == 1),
]


class Client:
    def __init__(self, requests):
        self.socket = connect()
        self.socket.setblocking(False)
        self.left = requests
        self.input = b""
        self.slowest = 0

    def ask(self):
        self.question = QUESTIONS[self.left % len(QUESTIONS)]
        self.asked = time.perf_counter()
        data = pickle.dumps(self.question[0], self.left % 6) + END
        if self.socket.send(data) != len(data):
            sys.exit("a request does not fit into the socket")

    def told(self, waits):
        """What has come; true when that was the last answer."""
        data = self.socket.recv(65536)
        if not data:
            sys.exit("a client that did nothing wrong was sent away")
        self.input += data
        if not self.input.endswith(END):
            return False
        code, value = pickle.loads(self.input[:-len(END)])
        if code != 0 or not self.question[1](value):
            sys.exit("%s was answered with %r" % (self.question[0], (code, value)))
        waits.append(time.perf_counter() - self.asked)
        self.input = b""
        self.left -= 1
        if self.left > 0:
            self.ask()
        return self.left == 0


def ask_all():
    """All clients at once; returns how long each answer took, and when each client was done."""
    waits, done = [], []
    selector = selectors.DefaultSelector()
    all_clients = [Client(requests // clients) for _ in range(clients)]
    started = time.perf_counter()
    for c in all_clients:
        selector.register(c.socket, selectors.EVENT_READ, c)
        c.ask()
    while len(done) < clients:
        events = selector.select(STUCK_S)
        if not events:
            sys.exit("%d clients get no answer" % (clients - len(done)))
        for key, _ in events:
            if key.data.told(waits):
                selector.unregister(key.fileobj)
                done.append(time.perf_counter() - started)
    return waits, done


# ---- those that are hostile: each returns what it sends

def good():
    return pickle.dumps(["status", "portscan"], chance.randrange(6))


def truncated():
    data = good()
    return data[:chance.randrange(len(data))] + END


def nested():
    return chance.choice([b"(", b"]", b"}", b")", b"(("]) * chance.randrange(1, 50000) + b"." + END


def nested_well():
    n = chance.randrange(60, 20000)
    return b"\x80\x02" + b"]" * n + b"a" * (n - 1) + b"." + END


def huge_length():
    op = chance.choice([b"X" + struct.pack("<I", 0xffffffff), b"T" + struct.pack("<i", -1),
                        b"\x8d" + struct.pack("<Q", 1 << 62), b"\x8e" + struct.pack("<Q", 1 << 63),
                        b"\x8b" + struct.pack("<i", 0x7fffffff), b"B" + struct.pack("<I", 1 << 31),
                        b"\x95" + struct.pack("<Q", (1 << 64) - 1)])
    return b"\x80\x05" + op + os.urandom(chance.randrange(50)) + b"." + END


def huge_memo():
    return b"\x80\x02K\x01r" + struct.pack("<I", chance.choice([0xffffffff, 1 << 24])) + b"." + END


def bomb():
    """Lists of the list before, twice: small on the wire."""
    return b"\x80\x02]q\x00" + b"".join(
        b"]q" + bytes([i]) + b"(h" + bytes([i - 1]) + b"h" + bytes([i - 1]) + b"e"
        for i in range(1, 60)) + b"." + END


def wrong_opcodes():
    return bytes(chance.choice(b"\x00\x01/?xyz~\xff\x99\x9c") for _ in range(40)) + b"." + END


def object_of_a_class():
    return chance.choice([b"cos\nsystem\n(S'touch /tmp/f2b-was-here'\ntR.",
                          b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
                          b"\x80\x02csubprocess\nPopen\n(](U\x02ideO.",
                          b"(i__main__\nX\n.", b"\x80\x02cbuiltins\neval\nX\x01\0\0\0a\x85R."]) + END


def digits():
    return chance.choice([b"L", b"I", b"F"]) + b"9" * chance.randrange(1, 100000) + b"L\n." + END


def noise():
    return os.urandom(chance.randrange(1, 5000)) + (END if chance.random() < 0.8 else b"")


def pipelined():
    return b"".join((good() + END) for _ in range(chance.randrange(2, 50)))


def odd_commands():
    value = chance.choice([{}, {"a": 1}, 5, None, "status", (), [None], [[["status"]]], ["status"] * 3000,
        ["set", "portscan", "banip"], ["get", "portscan", "\udcff" * 100],
        ["status", "x" * 300000], ["status", "a\0b\x1b[2J"], [{"status": 1}], ["ping", 1e308]])
    return pickle.dumps(value, 5) + END


KINDS = [truncated, nested, nested_well, huge_length, huge_memo, bomb, wrong_opcodes, object_of_a_class,
         digits, noise, pipelined, odd_commands]


def send_bluntly(s, data):
    """The server may end the connection whenever it likes."""
    try:
        s.sendall(data)
    except (BrokenPipeError, ConnectionResetError, BlockingIOError):
        pass


class SlowWriter:
    """Sends a right request byte by byte, and wants its answer all the same."""

    def __init__(self):
        self.socket = connect()
        self.data = good() + END
        self.answer = b""

    def step(self):
        if self.data:
            self.socket.send(self.data[:1])
            self.data = self.data[1:]

    def end(self):
        self.socket.sendall(self.data)
        self.socket.settimeout(STUCK_S)
        while not self.answer.endswith(END):
            data = self.socket.recv(65536)
            if not data:
                sys.exit("a slow writer got no answer")
            self.answer += data


def be_hostile():
    """In a process of its own, beside the others; it says what went wrong by its exit status."""
    slow = [SlowWriter() for _ in range(5)]
    deaf = []
    for i in range(hostile):
        kind = KINDS[i % len(KINDS)]
        s = connect()
        s.settimeout(STUCK_S)
        send_bluntly(s, kind())
        if i % 7 == 0 and len(deaf) < 20:
            # Never reads what it asks for.
            s.setblocking(False)
            for _ in range(200):
                send_bluntly(s, good() + END)
            deaf.append(s)
            continue
        if chance.random() < 0.5:
            # The connection is as good as before, or closed; the server does not hang.
            send_bluntly(s, pickle.dumps(["ping"]) + END)
            s.shutdown(socket.SHUT_WR)
            try:
                while s.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        s.close()
        for w in slow:
            w.step()
    for w in slow:
        w.end()


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    before = rss_kb()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        be_hostile()
        os._exit(0)
    waits, done = ask_all()
    seconds = time.perf_counter() - started
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("the hostile clients got to the server")
    waits.sort()
    print("ok: %d clients, %d requests in %.1f s (%.0f/s); answered after %.1f ms (median), %.1f (99 %%), "
          "%.1f (slowest); clients done between %.1f and %.1f s; %d hostile frames; resident %d -> %d kB; seed %d" % (
        clients, len(waits), seconds, len(waits) / seconds, waits[len(waits) // 2] * 1000,
        waits[len(waits) * 99 // 100] * 1000, waits[-1] * 1000, min(done), max(done), hostile,
        before, rss_kb(), seed))


main()
