"""Distinct addresses banned at once, by log lines or by a command on the socket, with the stock nftables action
(counted in the kernel) or an action that does nothing (counted by status). "By the shell": each ban runs its command."""
import os
import time

import lib

FIGURES = {"cpu": ("ms CPU per ban", "less"), "wall": ("bans per s", "more"),
           "over": ("CPU / that of its children", "less")}


def cases(quick):
    yield "nftables, log lines", {"action": lib.NFTABLES, "from": "log"}
    if not quick:
        yield "nftables, command", {"action": lib.NFTABLES, "from": "socket"}
        yield "nftables, no database", {"action": lib.NFTABLES, "from": "log", "database": False}
        yield "nftables, by the shell", {"action": lib.NFTABLES, "from": "log", "shell": True}
        yield "no action, log lines", {"action": lib.NOTHING, "from": "log"}
        yield "no action, command", {"action": lib.NOTHING, "from": "socket"}


def measure(peer, case, folder, size):
    kernel = case["action"] == lib.NFTABLES
    n = int(peer.size(400 if case.get("shell") else 20000, 100 if kernel else 2000) * size)
    log = os.path.join(folder, "log")
    open(log, "w", encoding="ascii").close()
    server = lib.Server(peer, folder, {"bench": {"filter": "portscan", "logpath": log, "action": case["action"]}},
                        case.get("database", True), {"F2B_FASTPATH": "off"} if case.get("shell") else {})

    try:
        server.start()
        first, *rest = lib.addresses(n + 1)
        server.ban("bench", [first])  # the first ban puts the rules up
        time.sleep(1)
        sample = lib.SetSample(rest)
        before, start = server.cpu(), time.perf_counter()
        if case["from"] == "log":
            with open(log, "ab", buffering=0) as f:
                f.write(b"".join(map(lib.denied, rest)))
        else:
            server.ban("bench", rest)
        if kernel:
            end = sample.wait()
        else:
            lib.wait_until(peer.name + " has banned all", lambda: server.count("bench", "Currently banned") == n + 1)
            end = time.perf_counter()
        time.sleep(2)  # the database may come behind, and counts
        own, children = (after - was for after, was in zip(server.cpu(), before))
        figures = {"cpu": (own + children) * 1000 / n, "wall": n / (end - start)}
        if case.get("shell"):
            figures["over"] = (own + children) / children
        return figures
    finally:
        server.stop()
