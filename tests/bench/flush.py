#!/usr/bin/python3
"""How long bans are out of force when another program flushes the ruleset: from the flush to the moment at
which all bans of the module nft are back, by the generations of nf_tables, in a network namespace of its
own. It measures and judges nothing.

Usage: flush.py PROGRAMS [--bans 10000] [--rounds 7] [--json]. Needs root."""
import argparse
import ctypes
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER = 12
NFT_MSG_GETGEN = (10 << 8) | 16
NFTA_GEN_ID = 1
PAUSE_S = 2.5		# more often it would be a contest, which is answered slowly
SETTLED_S = 0.3


class Generation:
    """The number of the last transaction of nf_tables."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.request = struct.pack("=IHHIIBBH", 20, NFT_MSG_GETGEN, 1, 1, 0, 0, 0, 0)

    def __call__(self):
        self.socket.send(self.request)
        answer = self.socket.recv(4096)
        at = 20
        while at + 4 <= len(answer):
            size, kind = struct.unpack_from("=HH", answer, at)
            if kind == NFTA_GEN_ID:
                return struct.unpack_from(">I", answer, at + 4)[0]
            at += (size + 3) & ~3
        raise OSError("no generation in the answer")


def configure(root, source):
    conf = os.path.join(root, "conf")
    os.makedirs(conf + "/filter.d")
    os.makedirs(conf + "/action.d")
    with open(os.path.join(source, "action.d/nft.conf"), encoding="utf-8") as f, \
            open(conf + "/action.d/nft.conf", "w", encoding="utf-8") as copy:
        copy.write(f.read())
    with open(conf + "/fail2ban.conf", "w", encoding="utf-8") as f:
        f.write("[Definition]\nloglevel = INFO\nlogtarget = %s/log\nsyslogsocket = auto\nsocket = %s/sock\n"
                "pidfile = %s/pid\ndbfile = None\ndbpurgeage = 1d\n" % (root, root, root))
    open(root + "/app.log", "w").close()
    with open(conf + "/jail.conf", "w", encoding="utf-8") as f:
        f.write("[bench]\nenabled = true\nbackend = polling\nlogpath = %s/app.log\nfilter =\n"
                "failregex = ^ refused <HOST>$\naction = nft[type=allports]\nbantime = 3600\n" % root)
    return conf


def elements():
    text = subprocess.run(["nft", "-j", "list", "set", "inet", "f2b-table", "addr-set-bench"],
                          capture_output=True, text=True, check=True).stdout
    return sum(len(o["set"].get("elem", [])) for o in json.loads(text)["nftables"] if "set" in o)


def one_round(generation, bans):
    """Milliseconds from the flush to the last transaction after it."""
    before = generation()
    flush = subprocess.Popen(["nft", "flush", "ruleset"])
    while generation() == before:
        pass
    start = last = time.perf_counter()
    now, seen = start, generation()
    while now - last < SETTLED_S:
        current = generation()
        now = time.perf_counter()
        if current != seen:
            seen, last = current, now
    flush.wait()
    there = elements()
    if there != bans:
        sys.exit("%d of %d bans are back" % (there, bans))
    return (last - start) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("programs")
    parser.add_argument("--bans", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) < 0:
        print("SKIP: no network namespace: " + os.strerror(ctypes.get_errno()))
        return 77
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    with tempfile.TemporaryDirectory(prefix="f2b-bench-flush-") as root:
        client = [os.path.join(args.programs, "f2b-client"), "-c", configure(root, source)]
        subprocess.run(client + ["start"], check=True, stdout=subprocess.DEVNULL)
        try:
            addresses = ["10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255) for i in range(args.bans)]
            for i in range(0, args.bans, 1000):
                subprocess.run(client + ["set", "bench", "banip"] + addresses[i:i + 1000],
                               check=True, stdout=subprocess.DEVNULL)
            while elements() < args.bans:
                time.sleep(0.1)
            generation = Generation()
            took = []
            for _ in range(args.rounds):
                time.sleep(PAUSE_S)
                took.append(one_round(generation, args.bans))
        finally:
            subprocess.run(client + ["stop"], check=False, stdout=subprocess.DEVNULL)
    row = {"bans": args.bans, "rounds": args.rounds, "median_ms": round(statistics.median(took), 1),
           "least_ms": round(min(took), 1), "most_ms": round(max(took), 1)}
    if args.json:
        print(json.dumps(row))
    else:
        print("%(bans)d bans are back %(median_ms)s ms after a flush (median of %(rounds)d; "
              "%(least_ms)s to %(most_ms)s)" % row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
