#!/usr/bin/python3
"""What a server costs that has nothing to do: 300 jails, each with a log file that a pattern finds, and
nobody writes. Processor time, wake-ups and memory, with inotify and by polling, and how long it takes
from a line to its being found. It measures and judges nothing.

Usage: idle.py PROGRAMS [--jails 300] [--seconds 10] [--json]. F2B_ORACLE is the folder of a fail2ban to
be measured beside ours; --without-fail2ban leaves it out."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FILTER = """[Definition]
failregex = ^ \\S+ app: refused <HOST>$
"""


def configure(root, backend, jails):
    """A configuration of its own, and its logs; returns the folder."""
    conf, logs = os.path.join(root, "conf"), os.path.join(root, "logs")
    for folder in (conf + "/filter.d", conf + "/action.d", logs):
        os.makedirs(folder)
    with open(conf + "/filter.d/app.conf", "w", encoding="utf-8") as f:
        f.write(FILTER)
    with open(conf + "/fail2ban.conf", "w", encoding="utf-8") as f:
        f.write("[Definition]\nloglevel = INFO\nlogtarget = %s/log\nsyslogsocket = auto\nsocket = %s/sock\n"
                "pidfile = %s/pid\ndbfile = %s/db\ndbmaxmatches = 10\ndbpurgeage = 1d\n[Thread]\n" %
                (root, root, root, root))
    with open(conf + "/jail.conf", "w", encoding="utf-8") as f:
        f.write("[DEFAULT]\nbackend = %s\nfilter = app\naction =\nmaxretry = 1000000\nbantime = 600\n"
                "findtime = 600\nignoreip =\nusedns = no\nlogencoding = utf-8\n" % backend)
        for i in range(jails):
            open(os.path.join(logs, "app%d-main.log" % i), "w").close()
            f.write("[app%d]\nenabled = true\nlogpath = %s/app%d-*.log\n" % (i, logs, i))
    return conf


def processor_s(pid):
    """Of all its threads, to the nanosecond."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def wakeups(pid):
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task), encoding="ascii") as f:
            total += int(f.read().split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return total


def memory_mb(pid):
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
        fields = dict(line.split()[:2] for line in f if line.split()[0].endswith(":"))
    return int(fields["Pss:"]) / 1024


def found(root):
    with open(root + "/log", encoding="utf-8", errors="replace") as f:
        return f.read().count(" Found ")


def latency_ms(root, jails):
    """From a line to "Found" in the log, of one jail after the other, each after a pause."""
    took = []
    for i in range(5):
        before = found(root)
        time.sleep(0.5)
        with open("%s/logs/app%d-main.log" % (root, i * jails // 5), "a", encoding="utf-8") as f:
            f.write("%s host app: refused 192.0.2.%d\n" % (time.strftime("%Y-%m-%dT%H:%M:%S%z"), i + 1))
        start = time.perf_counter()
        while found(root) == before and time.perf_counter() - start < 10:
            time.sleep(0.0005)
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


def measure(name, server, backend, args):
    with tempfile.TemporaryDirectory(prefix="f2b-bench-idle-") as root:
        conf = configure(root, backend, args.jails)
        client = os.path.join(os.path.dirname(server), os.path.basename(server).replace("server", "client"))
        start = time.perf_counter()
        process = subprocess.run([client, "-c", conf, "-s", root + "/sock", "-p", root + "/pid", "start"],
                                 capture_output=True, text=True, check=False)
        started = time.perf_counter() - start
        if process.returncode != 0:
            sys.exit("%s start: %s%s" % (client, process.stdout, process.stderr))
        with open(root + "/pid", encoding="ascii") as f:
            pid = int(f.read())
        try:
            time.sleep(3)
            cpu, woken = processor_s(pid), wakeups(pid)
            time.sleep(args.seconds)
            row = {
                "program": name, "backend": backend, "jails": args.jails,
                "start_s": round(started, 3),
                "idle_cpu_percent": round((processor_s(pid) - cpu) / args.seconds * 100, 3),
                "wakeups_per_s": round((wakeups(pid) - woken) / args.seconds, 1),
                "memory_mb": round(memory_mb(pid), 1),
                "descriptors": len(os.listdir("/proc/%d/fd" % pid)),
                "threads": len(os.listdir("/proc/%d/task" % pid)),
            }
            row["line_to_found_ms"] = round(latency_ms(root, args.jails), 1)
        finally:
            subprocess.run([client, "-s", root + "/sock", "-p", root + "/pid", "stop"],
                           capture_output=True, check=False)
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("programs")
    parser.add_argument("--jails", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--without-fail2ban", action="store_true")
    args = parser.parse_args()
    servers = [("f2b", os.path.join(args.programs, "f2b-server"))]
    reference = os.path.join(os.environ.get("F2B_ORACLE", ""), "bin/fail2ban-server")
    reference = shutil.which(reference if os.environ.get("F2B_ORACLE") else "fail2ban-server")
    if reference and not args.without_fail2ban:
        servers.append(("fail2ban", reference))
    rows = [measure(name, server, backend, args) for name, server in servers
            for backend in ("auto", "polling")]
    if args.json:
        print(json.dumps(rows, indent=1))
        return
    columns = [c for c in rows[0] if c != "jails"]
    print("%d jails, %g s without a line" % (args.jails, args.seconds))
    print("  ".join("%*s" % (max(9, len(c)), c) for c in columns))
    for row in rows:
        print("  ".join("%*s" % (max(9, len(c)), row[c]) for c in columns))


if __name__ == "__main__":
    main()
