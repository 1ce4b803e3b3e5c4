"""Many jails follow one log, to which mixed syslog is appended at once; 1 % of it are failures of each jail.
It is done when every jail has counted them all. Nobody is banned."""
import os
import time

import lib
import logs

FIGURES = {"rate": ("MB of log per CPU s", "more"), "wall": ("MB of log per s", "more"), "peak": ("MB of memory", "less")}


def cases(quick):
    for jails in (1, 10) if quick else (1, 3, 10, 30, 100):
        yield "%d jails" % jails if jails > 1 else "1 jail", {"jails": jails, "series": jails}


def measure(peer, case, folder, size):
    jails = case["jails"]
    if jails > 30 and not peer.quick:
        return None
    log, text = os.path.join(folder, "log"), os.path.join(folder, "text")
    made = logs.make(text, "mixed", peer.size(8, 2 if jails < 5 else .5) * size, .01, start=int(time.time()) - 60)
    copies = peer.size(8, 1)
    with open(text, "rb") as f:
        block = f.read() * copies
    open(log, "w", encoding="ascii").close()
    server = lib.Server(peer, folder, {"bench%d" % i: {
        "filter": "portscan", "logpath": log, "maxretry": 1000000, "action": lib.NOTHING} for i in range(jails)})
    waiting = list(server.jails)

    def all_counted():
        while waiting and server.count(waiting[-1], "Total failed") >= made["hits"] * copies:
            waiting.pop()
        return not waiting

    try:
        server.start()
        time.sleep(.5)
        before, start = server.cpu(), time.perf_counter()
        with open(log, "ab", buffering=0) as f:
            f.write(block)
        lib.wait_until(peer.name + " has counted all", all_counted)
        wall, cpu = time.perf_counter() - start, server.cpu()[0] - before[0]
        return {"rate": len(block) / 1e6 / cpu, "wall": len(block) / 1e6 / wall, "peak": server.status("VmHWM") / 1024}
    finally:
        server.stop()
