"""From write() of the one line that is too many, to the kernel's commit of the address: in the nftables set of the
stock action, or as a rule of iptables. The pause between two is drawn at random, so that no loop of a server is hit in
step."""
import os
import random
import time

import lib

FIGURES = {"first": ("ms for the first ban", "less"), "median": ("ms, median", "less"), "p90": ("ms, 90 % within", "less"), "p99": ("ms, 99 % within", "less"), "cpu": ("ms CPU per ban", "less")}


def cases(quick):
    yield "line to kernel", {"trials": 10 if quick else 60, "action": lib.NFTABLES}
    if not quick:
        yield "line to iptables", {"trials": 60, "action": lib.IPTABLES}


def measure(peer, case, folder, size):
    log = os.path.join(folder, "log")
    open(log, "w", encoding="ascii").close()
    server = lib.Server(peer, folder, {"bench": {"filter": "portscan", "logpath": log, "action": case["action"]}})
    rnd, watch, took = random.Random(3), lib.SetWatch(), []
    try:
        server.start()
        time.sleep(.5)
        with open(log, "ab", buffering=0) as f:
            for n, address in enumerate(lib.addresses(case["trials"] + 1)):
                if n == 1:  # the first ban puts the rules up
                    before = server.cpu()
                watch.forget()
                start = time.perf_counter()
                f.write(lib.denied(address))
                seen = watch.wait(address, 30)
                if seen is None:
                    raise RuntimeError("%s did not ban %s" % (peer.name, address))
                took.append((seen - start) * 1000)
                time.sleep(rnd.uniform(.1, .4))
        used = sum(server.cpu()) - sum(before)
    finally:
        server.stop()
    return {"first": took[0], "median": lib.percentile(took[1:], 50), "p90": lib.percentile(took[1:], 90),
            "p99": lib.percentile(took[1:], 99), "cpu": used * 1000 / case["trials"]}
