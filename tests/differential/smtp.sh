#!/bin/bash
# The mails of smtp.py: those of fail2ban's own against ours, from the same tickets. Argument: the
# programs' folder.
set -u
. "$(dirname "$0")/lib_programs.sh"
. "$(dirname "$0")/lib_reference.sh"
python=/usr/bin/python3
here=$(cd "$(dirname "$0")" && pwd)
theirs=${F2B_ORACLE:-}/etc/fail2ban/action.d/smtp.py
[ -e "$theirs" ] || { echo "SKIP: there is no $theirs"; exit 77; }
[ -x "$bin/f2b-mail" ] || { echo "SKIP: built without libcurl"; exit 77; }
exec "$python" "$here/smtp.py" "$bin" "$theirs"
