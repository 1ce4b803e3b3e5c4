"""What a server needs: to start and while nothing happens, for each address that it counts or has banned, to stop,
and to put its bans into the kernel again after a restart."""
import os
import time

import lib

FIGURES = {"start": ("ms CPU until ready", "less"), "rss": ("MB of memory", "less"), "threads": ("threads", "less"),
           "wakeups": ("wake-ups per s", "less"), "status": ("ms CPU for client status", "less"),
           "bytes": ("bytes an address", "less"), "cpu": ("us CPU an address", "less"), "wall": ("s until in the kernel", "less"),
           "stop": ("s until all is gone from it", "less")}
STOCK = ("sshd", "nginx-botsearch", "postfix", "dovecot", "recidive", "apache-auth", "exim", "proftpd", "vsftpd", "named-refused")


def cases(quick):
    yield "idle, 1 jail", {"what": idle, "jails": 1}
    yield "idle, 30 jails", {"what": idle, "jails": 30}
    for n in (10000,) if quick else (1000, 10000, 100000, 1000000):
        yield "%d tracked" % n, {"what": tracked, "addresses": n, "series": n, "once": n > 10000}
        yield "%d banned" % n, {"what": banned, "addresses": n, "series": n, "once": n > 10000}
    yield "stop, 8 jails", {"what": stop, "jails": 8}
    yield "restart, %d bans" % (100 if quick else 2000), {"what": restart, "addresses": 100 if quick else 2000}
    if not quick:
        yield "restart, 100000 bans", {"what": restart, "addresses": 100000}


def measure(peer, case, folder, size):
    if case.get("addresses", 0) > peer.size(1000000, 10000 if case["what"] == restart else 100000):
        return None
    log = os.path.join(folder, "log")
    open(log, "w", encoding="ascii").close()
    return case["what"](peer, case, folder, log)


def idle(peer, case, folder, log):
    stock = [name for name in STOCK if os.path.exists("%s/filter.d/%s.conf" % (lib.configuration(), name))]
    filters = ["portscan"] if case["jails"] == 1 else [stock[i % len(stock)] for i in range(case["jails"])]
    server = lib.Server(peer, folder, {"bench%d" % i: {"filter": name, "logpath": log, "action": lib.NFTABLES}
                                       for i, name in enumerate(filters)})
    try:
        start = server.start()
        time.sleep(2)
        before = server.wakeups()
        time.sleep(3)
        wakeups = (server.wakeups() - before) / 3
        client, _ = lib.run_cpu([peer.client] + server.options + ["status"])
        return {"start": start * 1000, "rss": server.status("VmRSS") / 1024, "threads": server.status("Threads"),
                "wakeups": wakeups, "status": client * 1000}
    finally:
        server.stop()


def filled(peer, folder, n, jail, fill, label):
    """The costs of n addresses that fill(server) brings."""
    server = lib.Server(peer, folder, {"bench": dict(jail, filter="portscan", action=lib.NOTHING)})
    try:
        server.start()
        time.sleep(.5)
        before, cpu = server.status("VmRSS"), server.cpu()[0]
        fill(server)
        lib.wait_until("%s has %d addresses" % (peer.name, n), lambda: server.count("bench", label) >= n)
        time.sleep(2)  # the database may come behind, and counts
        rss = server.status("VmRSS")
        return {"rss": rss / 1024, "bytes": (rss - before) * 1024 / n, "cpu": (server.cpu()[0] - cpu) * 1e6 / n}
    finally:
        server.stop()


def tracked(peer, case, folder, log):
    def fill(_server):
        with open(log, "ab", buffering=0) as f:
            f.write(b"".join(map(lib.denied, lib.addresses(case["addresses"]))))

    return filled(peer, folder, case["addresses"], {"logpath": log, "maxretry": 1000}, fill, "Total failed")


def banned(peer, case, folder, log):
    def fill(server):
        server.ban("bench", lib.addresses(case["addresses"]))

    return filled(peer, folder, case["addresses"], {"logpath": log}, fill, "Currently banned")


def stop(peer, case, folder, log):
    names = ["bench%d" % i for i in range(case["jails"])]
    server = lib.Server(peer, folder, {name: {"filter": "portscan", "logpath": log, "action": lib.NFTABLES} for name in names})
    try:
        server.start()
        for name, address in zip(names, lib.addresses(len(names))):
            server.ban(name, [address])
        time.sleep(5)  # fail2ban's rules come behind, too
        start = time.perf_counter()
        server.stop()
        return {"stop": time.perf_counter() - start}
    finally:
        server.stop()


def restart(peer, case, folder, log):
    n = case["addresses"]
    banned(peer, case, folder, log)  # fills the database, without a firewall
    server = lib.Server(peer, folder, {"bench": {"filter": "portscan", "logpath": log, "action": lib.NFTABLES}})
    try:
        sample, start = lib.SetSample(lib.addresses(n)), time.perf_counter()
        server.start()
        return {"wall": sample.wait() - start, "cpu": sum(server.cpu()) * 1e6 / n}
    finally:
        server.stop()
