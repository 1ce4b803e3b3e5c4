"""A mail server for tests: writes each mail, as a line of JSON, to a file.

usage: smtp_server.py PORT_FILE MAILS [plain|starttls|tls|silent] [CERTIFICATE KEY]

It listens on 127.0.0.1, and names its port in PORT_FILE. "silent" takes connections and says nothing.
"""
import base64
import json
import os
import socket
import ssl
import sys
import threading
import time

port_file, mails, kind = sys.argv[1], sys.argv[2], sys.argv[3]
context = None
if kind in ("starttls", "tls"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])


def serve(c):
    if kind == "silent":
        time.sleep(600)
        return
    if kind == "tls":
        c = context.wrap_socket(c, server_side=True)
    mail = {"tls": kind == "tls", "to": []}
    f = c.makefile("rwb")

    def say(*lines):
        for line in lines:
            f.write(line.encode() + b"\r\n")
        f.flush()

    say("220 test")
    while True:
        line = f.readline()
        if not line:
            return
        words = line.split()
        verb = words[0].upper() if words else b""
        if verb == b"EHLO":
            say("250-test", *(["250-STARTTLS"] if kind == "starttls" and not mail["tls"] else []), "250 AUTH PLAIN")
        elif verb == b"STARTTLS":
            say("220 go on")
            c = context.wrap_socket(c, server_side=True)
            f = c.makefile("rwb")
            mail["tls"] = True
        elif verb == b"AUTH":
            if len(words) < 3:
                say("334 ")
                words.append(f.readline().strip())
            mail["auth"] = base64.b64decode(words[2]).decode().split("\0")
            say("235 ok")
        elif verb == b"MAIL":
            mail["from"] = line.decode().strip()
            say("250 ok")
        elif verb == b"RCPT":
            mail["to"].append(line.decode().strip())
            say("250 ok")
        elif verb == b"DATA":
            say("354 go on")
            data = b""
            while not data.endswith(b"\r\n.\r\n"):
                data += f.readline()
            mail["data"] = data[:-3].replace(b"\r\n..", b"\r\n.").decode("utf-8", "surrogateescape")
            with open(mails, "a") as out:
                out.write(json.dumps(mail) + "\n")
            say("250 ok")
        elif verb == b"QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")


def quietly(c):
    try:
        serve(c)
    except (OSError, ssl.SSLError):
        pass


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(50)
with open(port_file + ".new", "w") as out:
    out.write(str(listener.getsockname()[1]))
os.rename(port_file + ".new", port_file)
while True:
    threading.Thread(target=quietly, args=(listener.accept()[0],), daemon=True).start()
