"""Texts of commands: what fail2ban's own code would run for its stock actions, against ours.

usage: action_texts.py CLIENT ACTION.D...

One jail for every action file, with the file's defaults and with options set; then, for each story
(a list of events, and the properties whose command fails the first time), all tickets go through
them. fail2ban's part is its own reader of configuration and its own actions, with only the last
step, the child process, replaced by a recorder; ours is "f2b-client simulate". What is compared is
property, script and values, in order.
"""
import itertools
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile

oracle = os.environ.get("F2B_ORACLE")
if oracle:
    sys.path.insert(0, os.path.join(oracle, "root/usr/lib/python3/dist-packages"))
try:
    from fail2ban.client.configurator import Configurator
    from fail2ban.server.action import CommandAction
    from fail2ban.server.ipdns import DNSUtils, IPAddr
    from fail2ban.server.jail import Jail
    from fail2ban.server.mytime import MyTime
    from fail2ban.server.ticket import FailTicket
except ImportError:
    print("SKIP: fail2ban is not installed")
    sys.exit(77)

NOW = 1000000100
NASTY = "a'b\"c$(id)`id`\\ d;e|f&g#h*i?j~k<ip>l^m[n]{o}%p\tq"
PLAIN = "Nov 22 10:00:00 host sshd: bad password from 192.0.2.1"

ADDRESSES = [
    {"ip": "192.0.2.1", "data": {"failures": 3, "matches": [PLAIN, "second line"], "user": "root", "port": "22"}},
    {"ip": "2001:db8::1", "data": {"failures": 5, "matches": [NASTY, "x\ry"], "user": NASTY}},
    {"ip": "127.0.0.1", "data": {"failures": 1, "matches": ["local"], "ip4": "127.0.0.1"}},
    {"ip": "192.0.2.64/26", "bantime": 3600, "bancount": 2, "data": {"failures": 1, "matches": []}},
    {"ip": "2001:db8:1::/48", "bantime": -1, "data": {"failures": 2, "matches": ["ünïcödé \U0001f600"]}},
    {"ip": "192.0.2.2", "restored": True, "bancount": 4, "bantime": 7200,
     "data": {"failures": 9, "matches": [["", "Nov 22 10:00:00", " host sshd: bad"], "more"], "user": "a b"}},
    {"ip": "user with 'blanks' $x", "data": {"failures": 1, "matches": ["m"], "user": "x", "ip": "192.0.2.3"}},
]
# What is no address goes alone, and through few failures: for such a one fail2ban starts and stops the
# rules of both families, in use or not, and then forgets what addresses it has banned.
OTHERS = [
    {"ip": "session-0a1b", "data": {"failures": 1, "matches": [" lead", "trail "], "x_y": "\x01\x1b[31m"}},
    {"ip": "10.0.0.1-10.0.0.9", "data": {"failures": 70000, "matches": ["n\n\n"], "user": "", "port": "sh;ell"}},
]

OPTIONS = {
    "": "name=%(__name__)s",
    "options": ('name=%(__name__)s, port="80,443,1000:2000", protocol="tcp,udp", chain="INPUT,FORWARD", blocktype=DROP, '
                'bantime=1d, dest="admin@example.org, b@example.org", sender=f2b@example.org, sendername="F 2 B", '
                'logpath="/var/log/a.log /var/log/b c.log", grepopts="-m 5", mailcmd="mail -s", lines=7, timeout=2m, '
                'ipsettime=60, expiretime=100, apikey=KEY, abuseipdb_apikey=KEY, abuseipdb_category="18,22", cftoken=T, cfuser=u, '
                'user=U, email=e@example.org, service=ssh, application=App, kill=ss, returntype=ACCEPT'),
}

STORIES = [
    ("start,ban,prolong,reban,unban,stop", ""),
    ("start,ban,flush,reload,ban,stop", ""),
    ("start,ban,unban,stop,start,ban,stop", "actionban"),
    ("start,ban,unban,stop", "actionban,actioncheck"),
    ("start,ban,unban,stop", "actionban,actioncheck,actionrepair"),
    ("start,ban,unban,stop", "actionunban,actioncheck"),
    ("start,ban,reban,stop", "actionstart"),
    ("start,ban,flush,unban,stop", "actionflush,actioncheck"),
    ("start,ban,stop", "actionstop"),
]

# Where an action without families fails its check at its first ban, fail2ban only says that it puts the
# rules up again; ours does.
BETTER = {("pf", "actionban,actioncheck"), ("pf", "actionban,actioncheck,actionrepair")}

ALL_TAGS = """[Definition]
actionstart = start <family> <time> <ip> <fid> <failures> <bancount> <restored> <F-USER>|<nosuch>|<br>|<sp>|<bantime>|<matches>
actionstop = stop <family> <fq-hostname> <sh-hostname> <actname> <timeout>
actionflush = flush <family> <x> <jail.name>
actionreload = reload <family> <x>
actioncheck = check <family> <x> <ip>
actionban = ban <ip> <fid> <family> <ip-rev> <failures> <time> <bantime> <bancount> <restored> "<F-USER>" '<matches>' "<F-X-Y>"
    "<ipmatches>" "<ipjailmatches>" <ipfailures> <ipjailfailures> <jail.name> <jail.banned_total> <F-PORT> <F-NONE> <F-ID> <F-FID>
    <nosuch> <br> <sp> <x> <y> <lt_<family>> "<F-USER>" a<b c>d <> <<ip>> <<x>> < ip> <ip > <F-user> <F-FAILURES>
actionunban = unban <ip> "<F-USER>" <name> <fid>
actionprolong = prolong <ip> <bantime> <bancount>
actionreban = reban <ip> <family> <x>
lt_inet4 = four
lt_inet6 = six
lt_None = other
y = y(<x>)<br>end
[Init]
x = common
[Init?family=inet6]
x = six <ip>
"""

ONCE = """[Definition]
actionstart = start <family> <time>
actionstop = stop
actionban = ban <ip> <F-USER> <matches> "<F-MATCHES>"
actionreban = again <ip> <F-USER>
actionunban = unban <ip>
actionrepair = repair <family>
actioncheck = check
actionrepair_on_unban = true
norestored = true
"""

LOUD = "--verbose" in sys.argv


def names_of(action_d):
    """Actions that can be named in a jail; the others are there to be included."""
    return sorted(n[:-5] for n in os.listdir(action_d)
                  if n.endswith(".conf") and not n.endswith("-common.conf"))


def configuration(top, action_d, names):
    shutil.copytree(action_d, top + "/action.d")
    os.mkdir(top + "/filter.d")
    with open(top + "/fail2ban.conf", "w") as f:
        f.write("[Definition]\nloglevel = CRITICAL\nlogtarget = STDERR\nsyslogsocket = auto\nsocket = %s/s\npidfile = %s/p\n"
                "dbfile = None\ndbpurgeage = 1d\n" % (top, top))
    for name, text in ("all-tags", ALL_TAGS), ("once", ONCE):
        with open(top + "/action.d/%s.conf" % name, "w") as f:
            f.write(text)
    with open(top + "/filter.d/plain.conf", "w") as f:
        f.write("[Definition]\nfailregex = ^bad <HOST>$\n")
    with open(top + "/log", "w"):
        pass
    with open(top + "/jail.conf", "w") as f:
        f.write("[DEFAULT]\nbackend = polling\nbantime = 10m\nfilter = plain\nlogpath = %s/log\nenabled = true\n"
                "chain = INPUT\nport = ssh\nprotocol = tcp\n" % top)
        for variant, options in OPTIONS.items():
            for name in names + ["all-tags", "once"]:
                f.write("[%s%s]\naction = %s[%s]\n" % (name, variant and "-" + variant, name, options))


class Recorder:
    """Stands where fail2ban would start a child."""

    def __init__(self):
        self.steps, self.failing, self.property, self.check = [], set(), None, None
        replace, operation = CommandAction.replaceTag.__func__, CommandAction._getOperation

        def replace_tag(cls, query, *args, **kwargs):
            m = re.fullmatch("<(action[a-z]+)>", query)
            if m:
                self.property = m.group(1)
            return replace(cls, query, *args, **kwargs)

        def get_operation(action, tag, family):
            text = operation(action, tag, family)
            if tag == "<actioncheck>":
                self.check = text
            return text

        CommandAction.replaceTag = classmethod(replace_tag)
        CommandAction._getOperation = get_operation
        CommandAction.executeCmd = staticmethod(self.execute)

    def execute(self, command, timeout=60, **kwargs):
        words = command if isinstance(command, list) else [command]
        if not words[0].strip():
            return True
        name = "actioncheck" if command == self.check else self.property
        self.steps.append((name, words[0], words[1:]))
        if name in self.failing:
            self.failing.discard(name)
            return False
        return True


def ticket_of(t):
    data = dict(t["data"])
    matches = data.pop("matches")
    failures = data.pop("failures")
    if "ip" in data:
        data["ip"] = IPAddr(data["ip"])
    ticket = FailTicket(t["ip"], t["timeofban"], matches, data=data)
    ticket.setAttempt(failures)
    if "bantime" in t:
        ticket.setBanTime(t["bantime"])
    # addBanTicket() adds one.
    ticket.setBanCount(t["bancount"] - 1, always=True)
    if t.get("restored"):
        ticket.restored = True
    return ticket


def set_up(jails, command):
    """One command of the stream, as far as it concerns actions."""
    if command[0] == "add":
        jails[command[1]] = Jail(command[1], "polling", None)
    elif command[0] == "set" and command[2] == "addaction":
        jails[command[1]].actions.add(*command[3:])
    elif command[0] == "set" and command[2] == "bantime":
        jails[command[1]].actions.setBanTime(MyTime.str2seconds(command[3]))
    elif command[0] in ("set", "multi-set") and command[2] == "action":
        action = jails[command[1]].actions[command[3]]
        for name, value in command[4] if isinstance(command[4], list) else [command[4:6]]:
            setattr(action, name, value)


def run_event(jail, event, tickets):
    actions = jail.actions
    each = {"ban": lambda t: actions._Actions__checkBan([t]), "unban": lambda t: actions._Actions__unBan(t),
            "reban": lambda t: actions._Actions__reBan(t), "prolong": actions._prolongBan}
    if event in each:
        for t in tickets:
            each[event](t)
            if event == "unban":
                actions.banManager.getTicketByID(t.getID())
    elif event == "flush":
        actions._Actions__flushBan()
    else:
        for action in actions.values() if event != "stop" else reversed(list(actions.values())):
            try:
                {"start": action.start, "reload": action.reload, "stop": action.stop}[event]()
            except Exception as e:
                if LOUD:
                    print(event, e)


def theirs(stream, recorder, rows, events, failing):
    jails, out = {}, {}
    for command in stream:
        set_up(jails, command)
    for name, jail in jails.items():
        recorder.steps, recorder.failing = [], set(filter(None, failing.split(",")))
        recorder.check = None
        tickets = [ticket_of(t) for t in rows]
        for event in events.split(","):
            if event == "ban":
                # Each ban is a new one, and counts as the ticket says.
                jail.actions.banManager.flushBanList()
                for t, made in zip(rows, tickets):
                    made.setBanCount(t["bancount"] - 1, always=True)
            run_event(jail, event, tickets)
        out[name] = recorder.steps
    return out


def ours(client, top, rows, events, failing):
    with open(top + "/tickets", "w") as f:
        f.writelines(json.dumps(t) + "\n" for t in rows)
    command = [client, "-c", top, "simulate", "--json", "--events", events, "--tickets", top + "/tickets"]
    if failing:
        command += ["--failing", failing]
    run = subprocess.run(command + ["--all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode != 0:
        sys.exit("FAIL: simulate: %s %s" % (run.stdout[:1000], run.stderr[-1000:]))
    out = {}
    for step in json.loads(run.stdout):
        out.setdefault(step["jail"], []).append((step["property"], step["script"], step["values"]))
    return out


def comparable(step):
    """Without the time of now."""
    return json.dumps(step[:1] + tuple(re.sub(r"\b(1000000100|1[7-9]\d{8})(\.\d+)?\b", "NOW", json.dumps(x)) for x in step[1:]))


def tell(jail, events, failing, n, a, b):
    if LOUD:
        print("\n".join(["THEIRS"] + a + ["OURS"] + b))
    a, b = "".join(a[n:n + 1]) or "(no more)", "".join(b[n:n + 1]) or "(no more)"
    same = len(os.path.commonprefix([a, b]))
    print("DIFFERENT: %s, %s, failing %s, command %d, character %d of %s\n  fail2ban: …%s\n  f2b:      …%s" %
          (jail, events, failing or "nothing", n, same, a[:30], a[max(0, same - 20):same + 200],
           b[max(0, same - 20):same + 200]))


def main():
    client, sets = sys.argv[1], [a for a in sys.argv[2:] if not a.startswith("--")]
    logging.disable(logging.CRITICAL)
    MyTime.setTime(NOW)
    DNSUtils.setIPv6IsAllowed(True)
    recorder = Recorder()
    for t in ADDRESSES + OTHERS:
        t.setdefault("bancount", 1)
        t["timeofban"] = NOW - 50 if t.get("restored") else NOW - 50.25
    differ = equal = 0
    for action_d in sets:
        top = tempfile.mkdtemp(prefix="f2b-actions-")
        names = names_of(action_d)
        configuration(top, action_d, names)
        reader = Configurator()
        reader.setBaseDir(top)
        reader.readAll()
        reader.getOptions()
        reader.convertToProtocol()
        stream = reader.getConfigStream()
        for rows, (events, failing) in itertools.product((ADDRESSES, OTHERS), STORIES):
            if rows is OTHERS and failing not in ("", "actionban"):
                continue
            want = theirs(stream, recorder, rows, events, failing)
            have = ours(client, top, rows, events, failing)
            for jail in want:
                a, b = [comparable(s) for s in want[jail]], [comparable(s) for s in have.get(jail, [])]
                n = next((i for i in range(max(len(a), len(b))) if a[i:i + 1] != b[i:i + 1]), None)
                if n is None:
                    equal += len(a)
                    continue
                if (jail.split("-")[0], failing) in BETTER:
                    continue
                differ += 1
                if differ <= 20 or LOUD:
                    tell(jail, events, failing, n, a, b)
        print("%s: %d actions, %d stories, %d tickets: %d commands are equal so far" %
              (action_d, len(names), len(STORIES), len(ADDRESSES + OTHERS), equal))
        shutil.rmtree(top)
    if equal < 1000:
        print("FAIL: too little was compared")
        sys.exit(1)
    print("%d jails differ" % differ)
    sys.exit(1 if differ else 0)


main()
