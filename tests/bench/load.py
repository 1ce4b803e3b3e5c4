#!/usr/bin/python3
"""How long it takes to read the whole stock configuration with every jail enabled, and to print its
commands: our client and fail2ban's in turn, medians of both and the ratio in one run. It measures and
judges nothing. Arguments: the programs' folder, how often (20). F2B_ORACLE is the folder of a fail2ban
that is not the installed one."""
import os
import re
import shutil
import statistics
import sys
import tempfile
import time


def configuration(stock, root):
    """A copy of the stock configuration, with a jail.local that enables all of its jails."""
    conf, log = os.path.join(root, "conf"), os.path.join(root, "log")
    shutil.copytree(stock, conf)
    open(log, "w").close()
    with open(os.path.join(conf, "jail.conf"), encoding="utf-8") as f:
        jails = [j for j in re.findall(r"^\[(.+)\]", f.read(), re.M) if j not in ("DEFAULT", "INCLUDES")]
    with open(os.path.join(conf, "jail.local"), "w", encoding="utf-8") as f:
        for jail in jails:
            f.write("[%s]\nenabled = true\nlogpath = %s\n" % (jail, log))
    return conf, len(jails)


def run(client, conf, out):
    """Milliseconds of wall and processor time of one "client -c conf -d"."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    start = time.perf_counter()
    pid = os.posix_spawnp(client, [client, "-c", conf, "-d"], os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, out + ".err", flags, 0o600)])
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        with open(out + ".err", encoding="utf-8", errors="replace") as f:
            sys.exit("%s: exit status %d\n%s" % (client, os.waitstatus_to_exitcode(status), f.read()))
    return wall * 1000, (used.ru_utime + used.ru_stime) * 1000


def main(argv):
    runs = int(argv[2]) if len(argv) > 2 else 20
    oracle = os.environ.get("F2B_ORACLE", "")
    reference = os.path.join(oracle, "bin/fail2ban-client") if oracle else "fail2ban-client"
    stock = oracle + "/etc/fail2ban"
    if shutil.which(reference) is None or not os.path.exists(stock + "/jail.conf"):
        print("SKIP: there is no %s with its %s/jail.conf" % (reference, stock))
        return 77
    clients = {"f2b": os.path.join(argv[1], "f2b-client"), "fail2ban": reference}
    with tempfile.TemporaryDirectory(prefix="f2b-bench-load-") as root:
        conf, jails = configuration(stock, root)
        times = {name: [] for name in clients}
        for i in range(runs + 1):
            for name, client in clients.items():
                took = run(client, conf, os.path.join(root, name))
                if i > 0:  # the first fills the page cache
                    times[name].append(took)
        printed = [open(os.path.join(root, name), "rb").read() for name in clients]
    print("%d jails, %d commands, %s output, medians of %d runs" % (
        jails, printed[0].count(b"\n"), "the same" if printed[0] == printed[1] else "DIFFERENT", runs))
    wall, cpu = ({n: statistics.median(t[i] for t in times[n]) for n in clients} for i in (0, 1))
    for name in clients:
        print("%-9s wall %7.2f ms, processor %7.2f ms" % (name, wall[name], cpu[name]))
    print("ratio     wall 1/%.1f, processor 1/%.1f" % (
        wall["fail2ban"] / wall["f2b"], cpu["fail2ban"] / cpu["f2b"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
