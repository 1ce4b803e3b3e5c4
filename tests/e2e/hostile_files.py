"""Hostile configuration files: one clear error for each, in bounded time and memory.

usage: hostile_files.py CLIENT

Every case is a folder with one jail that is good, and something bad beside it. The client must
name what is bad in one message, or load the rest where fail2ban does; it must neither hang, nor grow
beyond all bounds, nor end by a signal.
"""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

MAX_RSS = 1500 * 1024     # KiB; the sanitizers take the larger part of it
HANGS = 120               # seconds: far beyond what the slowest case takes on a busy machine
NOBODY = 65534

# What follows a first error, in fail2ban's words.
FOLLOWS = ("Init of command line failed", "Read jails configuration failed.", "Errors in jail 'j'. Skipping...",
           "Unable to read the filter 'f'", "it is not UTF-8")


def put(folder, name, text):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def link(to):
    return lambda d: os.symlink(to, d + "/jail.local")


def local(text):
    return lambda d: put(d, "jail.local", text)


def filter_file(text):
    return lambda d: put(d, "filter.d/f.conf", text)


def nested_includes(d):
    for i in range(10000):
        put(d, "i%d.conf" % i, "[INCLUDES]\nbefore = i%d.conf\n" % (i + 1))
    put(d, "jail.local", "[INCLUDES]\nbefore = i0.conf\n")


def tree_of_includes(d):
    for i in range(16):
        put(d, "t%d.conf" % i, "[INCLUDES]\nbefore = %s\n" % "\n ".join(["t%d.conf" % (i + 1)] * 4))
    put(d, "jail.local", "[INCLUDES]\nbefore = t0.conf\n")


def wide_includes(d):
    for i in range(10000):
        put(d, "w%d.conf" % i, "[DEFAULT]\nx = %d\n" % i)
    put(d, "jail.local", "[INCLUDES]\nbefore = %s\n" % "\n ".join("w%d.conf" % i for i in range(10000)))


def wide_folder(d):
    os.makedirs(d + "/jail.d", exist_ok=True)
    for i in range(1100):
        put(d, "jail.d/%d.conf" % i, "[DEFAULT]\nx = %d\n" % i)


def include_loop(d):
    put(d, "jail.local", "[INCLUDES]\nbefore = l.conf\nafter = jail.local\n")
    put(d, "l.conf", "[INCLUDES]\nbefore = jail.local\nafter = l.conf\n")


def unreadable(d):
    put(d, "jail.local", "[j]\nbantime = 1\n")
    os.chmod(d + "/jail.local", 0)


def growing(form):
    """Nine options, each of ten times the next."""
    return "".join("a%d = %s\n" % (i, (form % (i + 1)) * 10) for i in range(9)) + "a9 = lol\n"


def all_of_one(form):
    return "[Definition]\nbig = " + "x" * 1000000 + "\n" + "".join("o%d = %s\n" % (i, form) for i in range(4000))


CASES = [
    # name, what is put there, what the message says; None: it loads
    ("a line of 10 MB", local("[j]\nx = " + "y" * 10000000), r"jail\.local: .*larger than 4 MiB"),
    ("a value of 3 MB", local("[j]\nx = " + "y" * 3000000), r"jail\.local:2:1: .*longer than 1048576 bytes"),
    ("10,000 nested includes", nested_includes, r"i15\.conf:2:10: .*more than 16 deep"),
    ("a tree of includes", tree_of_includes, r"more than 65536 files"),
    ("10,000 included files", wide_includes, None),
    ("a folder of 1,100 files", wide_folder, r"jail\.d: .*more than 1024 files"),
    ("files that include each other", include_loop, None),
    ("a reference to itself", local("[j]\nbantime = %(bantime)s\n"), r"jail\.local:2:11: .*Recursion limit exceeded"),
    ("two references to each other", local("[j]\nbantime = %(a)s\na = %(bantime)s\n"), r"Recursion limit exceeded"),
    ("references that grow", local("[j]\nbantime = %(a0)s\n" + growing("%%(a%d)s")), r"jail\.local:2:11: .*more than 10000 references"),
    ("tags that grow", filter_file("[Definition]\nfailregex = <a0>\n" + growing("<a%d>")), r"f\.conf:.*(grows beyond|too many tags|self referencing)"),
    ("a tag in itself", filter_file("[Definition]\nfailregex = <x>\nx = <y>\ny = <x>\n"), r"f\.conf:.*self referencing"),
    ("references that grow together", filter_file(all_of_one("%(big)s")), r"f\.conf:\d+:\d+: .*beyond 256 MiB"),
    ("tags that grow together", filter_file(all_of_one("<big>")), r"f\.conf:\d+:\d+: .*beyond 256 MiB"),
    ("options without commas", local("[j]\naction = a[" + 'x="a"' * 200000 + "]\n"), r"jail\.local:2:\d+: .*unexpected syntax at 5"),
    ("100,000 sections", local("".join("[s%d]\n" % i for i in range(100000))), r"jail\.local:\d+:1: .*more than 8192 sections"),
    ("500,000 options", local("[j]\n" + "".join("o%x=\n" % i for i in range(500000))), r"jail\.local:4098:1: .*more than 4096 options"),
    ("100,000 actions", local("[j]\naction = " + "a\n " * 100000), r"more than 256 actions"),
    ("NUL bytes", local(b"[j]\nbantime = 1\0 2\n\0 = x\n"), None),
    ("a folder in place of a file", lambda d: os.mkdir(d + "/jail.local"), r"jail\.local: .*Is a directory"),
    ("a pipe in place of a file", lambda d: os.mkfifo(d + "/jail.local"), r"jail\.local: .*it is a pipe"),
    ("a device without end", link("/dev/zero"), r"jail\.local: .*larger than 4 MiB"),
    ("a link that leads nowhere", link("/nonexistent"), None),
    ("a link to itself", link("jail.local"), None),
    ("a folder of filters", lambda d: os.mkdir(d + "/filter.d/f.local"), r"f\.local: .*Is a directory"),
    ("what is not UTF-8", local(b"[j]\nx = \xff\xfe\n"), r"jail\.local:2:5: .*save the file as UTF-8"),
]


def as_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def run(client, folder, user=None):
    return subprocess.run([client, "-c", folder, "-d"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HANGS, preexec_fn=user)


def complaint(ran, wanted):
    """What is wrong with how the client ended; None if nothing is."""
    text = ran.stderr.decode("utf-8", "replace")
    errors = [e for e in text.split("\n") if " ERROR " in e and not e.endswith(FOLLOWS)]
    rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if ran.returncode not in (0, 255):
        return "status %d: %s" % (ran.returncode, text[-2000:])
    if rss > MAX_RSS:
        return "%d KiB of memory" % rss
    if wanted is None:
        return None if ran.returncode == 0 and b"['start', 'j']" in ran.stdout else "does not load: %s" % text[:500]
    if ran.returncode == 0:
        return "loads"
    if len(errors) != 1 or not re.search(wanted, errors[0]):
        return "%d errors: %s" % (len(errors), "\n".join(errors)[:800])
    return None


def new_folder(top, name):
    d = os.path.join(top, re.sub(r"\W+", "-", name))
    os.makedirs(d + "/filter.d")
    os.mkdir(d + "/action.d")
    put(d, "fail2ban.conf", "[Definition]\n")
    put(d, "jail.conf", "[j]\nenabled = true\nfilter = f\naction = a\nlogpath = /dev/null\n")
    put(d, "filter.d/f.conf", "[Definition]\nfailregex = x <HOST>\n")
    put(d, "action.d/a.conf", "[Definition]\nactionban = x\n")
    return d


def check_unreadable(client, top):
    d = new_folder(top, "unreadable")
    unreadable(d)
    if os.geteuid() != 0:
        return complaint(run(client, d), r"jail\.local: .*Permission denied")
    try:
        subprocess.run([client, "-V"], stdout=subprocess.DEVNULL, check=True, preexec_fn=as_nobody)
    except OSError:
        print("SKIP: nobody may not run %s, so an unreadable file was not tried" % client)
        return None
    return complaint(run(client, d, as_nobody), r"jail\.local: .*Permission denied")


def check_changing(client, top):
    """Others write to the file all the time: half of it is never taken for the whole."""
    d = new_folder(top, "changing")
    path = d + "/jail.local"
    script = "import os\nwhile True:\n for n in ('1', '2'):\n  f = open(%r, 'w')\n  for i in range(2000): f.write('[s%%d]\\nx = ' %% i + n * 20 + '\\n'); f.flush()\n  f.close()" % path
    writer = subprocess.Popen([sys.executable, "-c", script])
    try:
        for _ in range(20):
            ran = run(client, d)
            if ran.returncode == 0:
                continue
            wrong = complaint(ran, r"jail\.local: .*changes while it is read|jail\.local:.*(parsing errors|no section headers)")
            if wrong is not None:
                return wrong
    finally:
        writer.kill()
        writer.wait()
    return None


def main(client):
    top = tempfile.mkdtemp(prefix="f2b-hostile-")
    os.chmod(top, 0o755)
    failed = 0
    for name, make, wanted in CASES:
        d = new_folder(top, name)
        make(d)
        wrong = complaint(run(client, d), wanted)
        failed += wrong is not None
        print("%s %s%s" % ("FAIL" if wrong else "ok  ", name, ": " + wrong if wrong else ""), flush=True)
        shutil.rmtree(d)
    for name, check in (("a file that may not be read", check_unreadable), ("a file that changes", check_changing)):
        wrong = check(client, top)
        failed += wrong is not None
        print("%s %s%s" % ("FAIL" if wrong else "ok  ", name, ": " + wrong if wrong else ""), flush=True)
    shutil.rmtree(top)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
