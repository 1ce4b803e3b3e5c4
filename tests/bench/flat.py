"""What one look-up takes, the end of one record, and rest, with few addresses and with very many: with such that
failed (a look-up is another line of theirs) and such that are banned (a question on the socket). Only of f2b: fail2ban
would take hours."""
import time

import lib

FIGURES = {"lookup": ("us CPU for a look-up", "less"), "expiry": ("us CPU for one that ends", "less"),
           "rest": ("ms CPU in 10 s of rest", "less")}
LOOKUPS = 20000
TIDY = 11  # whoever has been quiet is looked for every ten seconds


def cases(quick):
    for n in (1000, 10000) if quick else (1000, 10000, 100000, 1000000):
        yield "%d tracked" % n, {"addresses": n, "series": n, "banned": False, "once": True}
        yield "%d banned" % n, {"addresses": n, "series": n, "banned": True, "once": True}


def measure(peer, case, folder, _size):
    if not peer.quick:
        return None
    log, n, banned = folder + "/denied.log", case["addresses"], case["banned"]
    open(log, "w", encoding="ascii").close()
    server = lib.Server(peer, folder, {"bench": {
        "filter": "portscan", "logpath": log, "action": lib.NOTHING, "maxretry": 1 if banned else 1000}}, database=False)
    label = "Currently banned" if banned else "Currently failed"
    addresses = lib.addresses(n)
    try:
        server.start()
        write(log, addresses)
        lib.wait_until("all are known", lambda: server.count("bench", label) == n)
        time.sleep(1)
        rest = used(server, lambda: time.sleep(TIDY))
        # In a virtual machine, memory that nobody touched for seconds may take long: this does.
        look_up = (lambda: ask(server, addresses)) if banned else (lambda: fail_again(server, log, addresses))
        look_up()
        lookup = used(server, look_up)
        expiry = used(server, lambda: end_all(server, "bantime" if banned else "findtime", label))
        return {"lookup": lookup * 1e6 / LOOKUPS, "expiry": expiry * 1e6 / n, "rest": rest * 1e3 / TIDY * 10}
    finally:
        server.stop()


def used(server, what):
    before = server.cpu()[0]
    what()
    return server.cpu()[0] - before


def end_all(server, option, label):
    server.command("set", "bench", option, 1)
    time.sleep(TIDY)
    while server.count("bench", label) > 0:
        time.sleep(1)


def write(log, addresses):
    with open(log, "ab", buffering=0) as f:
        f.write(b"".join(map(lib.denied, addresses)))


def some(addresses):
    """So many of them for look-ups, as far from each other as can be."""
    return [addresses[i * 7919 % len(addresses)] for i in range(LOOKUPS)]


def fail_again(server, log, addresses):
    seen = server.count("bench", "Total failed")
    write(log, some(addresses))
    lib.wait_until("all were counted", lambda: server.count("bench", "Total failed") == seen + LOOKUPS)


def ask(server, addresses):
    asked = some(addresses)
    for i in range(0, LOOKUPS, 500):
        if server.command("get", "bench", "banned", *asked[i:i + 500])[1] != [1] * 500:
            raise RuntimeError("somebody is not banned")
