"""The regex tool on a log and a filter. The time it takes to start, measured on the log's first line, is taken
off. f2b reads the same log many times over, so that there is something to measure. On one case, the system's own
tools show what the machine can do: find lines, find a word, match each line by PCRE2."""
import os
import re
import statistics

import lib
import logs

FIGURES = {"rate": ("MB per CPU s", "more"), "start": ("ms CPU for one line", "less"), "peak": ("MB of memory", "less"),
           "matched": ("% of lines match", None)}
PROBES = {"wc -l": ["wc", "-l"], "grep -cF": ["grep", "-cF", "PORT DENIED"],
          "grep -cP": ["grep", "-cP", "PORT DENIED: .* SRC=[0-9.]+"]}
FIGURES.update({probe: ("MB per CPU s, " + probe, None) for probe in PROBES})
COPIES = 20
STARTS = 5
RATES = (0, .001, .01, .1, .3, 1)


def cases(quick):
    yield "sshd, 10 % fail", {"kind": "auth", "filter": "sshd", "ratio": .1}
    if not quick:
        yield "nginx-botsearch, 0.5 %", {"kind": "access", "filter": "nginx-botsearch", "ratio": .005}
        yield "apache-badbots, 0.5 %", {"kind": "access", "filter": "apache-badbots", "ratio": .005}
        yield "recidive, 30 %", {"kind": "bans", "filter": "recidive", "ratio": .3}
    for ratio in (.01, 1) if quick else RATES:
        yield "portscan, %g %%" % (ratio * 100), {"kind": "mixed", "filter": "portscan", "ratio": ratio, "series": ratio * 100}


def measure(peer, case, folder, size):
    if not find_filter(case["filter"]):
        return None
    log, one, out = (os.path.join(folder, name) for name in ("log", "one", "out"))
    made = logs.make(log, case["kind"], 5 * size, case["ratio"])
    with open(log, "rb") as f, open(one, "wb") as first:
        first.write(f.readline())
    copies = peer.size(COPIES, 1)
    lengthen(log, copies)
    options = ["-c", lib.configuration()]
    what = "PORT DENIED: .* SRC=<HOST>" if case["filter"] == "portscan" else case["filter"]
    start = statistics.median(lib.run_cpu([peer.regex] + options + [one, what])[0] for _ in range(STARTS))
    cpu, peak = lib.run_cpu([peer.regex] + options + [log, what], out)
    figures = {"rate": made["bytes"] * copies / 1e6 / max(cpu - start, 1e-6), "start": start * 1000, "peak": peak,
               "matched": count(out, made["lines"] * copies)}
    if peer.quick and case.get("series") == 1:
        for probe, command in PROBES.items():  # not to /dev/null, where grep would stop at its first match
            used, _ = lib.run_cpu(command + [log], out)
            figures[probe] = made["bytes"] * copies / 1e6 / used
    return figures


def lengthen(log, copies):
    with open(log, "rb") as f:
        text = f.read()
    with open(log, "ab") as f:
        for _ in range(copies - 1):
            f.write(text)


def find_filter(name):
    return name == "portscan" or os.path.exists("%s/filter.d/%s.conf" % (lib.configuration(), name))


def count(out, lines):
    """Share of lines that matched, in percent."""
    with open(out, encoding="utf-8", errors="replace") as f:
        told = re.findall(r"Lines: (\d+) lines, \d+ ignored, (\d+) matched", f.read())
    if not told or int(told[-1][0]) != lines:
        raise RuntimeError("%d lines were to be read, and this was told: %s" % (lines, told))
    return int(told[-1][1]) / lines * 100
