"""Distinct addresses banned at once, by log lines or by a command on the socket, with the stock nftables action
(counted in the kernel) or an action that does nothing (counted by status)."""
import os
import time

import lib

FIGURES = {"cpu": ("ms CPU per ban", "less"), "wall": ("bans per s", "more")}


def cases(quick):
    yield "nftables, log lines", {"action": lib.NFTABLES, "from": "log"}
    if not quick:
        yield "nftables, command", {"action": lib.NFTABLES, "from": "socket"}
        yield "nftables, no database", {"action": lib.NFTABLES, "from": "log", "database": False}
        yield "no action, log lines", {"action": lib.NOTHING, "from": "log"}
        yield "no action, command", {"action": lib.NOTHING, "from": "socket"}


def measure(peer, case, folder, size):
    kernel = case["action"] == lib.NFTABLES
    n = int(peer.size(20000, 100 if kernel else 2000) * size)
    log = os.path.join(folder, "log")
    open(log, "w", encoding="ascii").close()
    server = lib.Server(peer, folder, {"bench": {"filter": "portscan", "logpath": log, "action": case["action"]}},
                        case.get("database", True))

    try:
        server.start()
        first, *rest = lib.addresses(n + 1)
        server.ban("bench", [first])  # the first ban puts the rules up
        time.sleep(1)
        watch = lib.SetWatch()
        before, start = server.cpu(), time.perf_counter()
        if case["from"] == "log":
            with open(log, "ab", buffering=0) as f:
                f.write(b"".join(map(lib.denied, rest)))
        else:
            server.ban("bench", rest)
        if kernel:
            end = watch.wait_all(n + 1)
        else:
            lib.wait_until(peer.name + " has banned all", lambda: server.count("bench", "Currently banned") == n + 1)
            end = time.perf_counter()
        return {"cpu": (sum(server.cpu()) - sum(before)) * 1000 / n, "wall": n / (end - start)}
    finally:
        server.stop()
