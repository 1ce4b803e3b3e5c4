#!/bin/bash
# Random values, pickled by Python in every protocol, decoded and encoded by us, loaded by Python
# again: nothing may have changed, and our repr() must be Python's.
# Usage: pickle_python.sh BIN_DIR [SEED]
. "$(dirname "$0")/lib_programs.sh"
recode=$bin/../tests/test-compat-pickle
command -v python3 >/dev/null || { echo "SKIP: there is no python3"; exit 77; }
[ -x "$recode" ] || { echo "SKIP: $recode is not built"; exit 77; }
exec python3 - "$recode" "${2:-1}" <<'PYTHON'
import pickle, random, struct, subprocess, sys

recode, seed = sys.argv[1], int(sys.argv[2])
print("seed", seed)
rnd = random.Random(seed)

PIECES = ["a", "'", '"', "\\", "\n", "\x00", "é", "☃", "\U0001f600", "\udcff", "\udc80", "\xa0",
          "\u2028", "\u0378", "<F2B_END_COMMAND>", "\\u0041", "192.0.2.1", "x" * 300]
ERRORS = [Exception, ValueError, KeyError, IndexError, TypeError, AttributeError, LookupError,
          NameError, RuntimeError, NotImplementedError, FileNotFoundError, PermissionError]


def text():
    return "".join(rnd.choice(PIECES) for _ in range(rnd.randrange(6)))


def value(depth):
    kind = rnd.randrange(11 if depth else 5)
    if kind == 0:
        return rnd.choice([None, True, False])
    if kind == 1:
        return rnd.randrange(-2 ** 63, 2 ** 63) >> rnd.randrange(64)
    if kind == 2:
        return rnd.choice([rnd.random(), rnd.uniform(-1e18, 1e18), 0.0, 1e16, 1e-5, float("inf"),
                           struct.unpack("d", rnd.randbytes(8))[0], float(rnd.randrange(10 ** 6))])
    if kind in (3, 4):
        return text()
    if kind == 5:
        return {text(): value(depth - 1) for _ in range(rnd.randrange(5))}
    if kind == 6:
        return {rnd.randrange(100) for _ in range(rnd.randrange(2))}
    if kind == 7:
        return rnd.choice(ERRORS)(text())
    make = tuple if kind == 8 else list
    items = [value(depth - 1) for _ in range(rnd.randrange(6))]
    return make(items + items[:1])      # the same object twice, for the memo


cases = [(v, p) for v in [value(4) for _ in range(1500)] for p in range(6)]
sent = b""
for v, p in cases:
    data = pickle.dumps(v, p, fix_imports=False)    # it would rename exceptions
    sent += struct.pack("=I", len(data)) + data
out = subprocess.run([recode, "recode"], input=sent, stdout=subprocess.PIPE, check=True).stdout
at = bad = 0


def taken():
    global at
    n, = struct.unpack_from("=I", out, at)
    at += 4 + n
    return out[at - n:at]


for v, p in cases:
    data, shown = taken(), taken().decode("utf-8", "surrogateescape")
    back = pickle.loads(data)
    if repr(back) != repr(v) or shown != repr(v):
        bad += 1
        if bad < 5:
            print("protocol", p, ascii(v), "came back as", ascii(back), "shown as", ascii(shown))
print(len(cases), "pickles,", bad, "differ")
sys.exit(bad > 0)
PYTHON
