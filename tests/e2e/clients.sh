#!/bin/bash
# Many clients at a time, and hostile ones among them: none starves, every right question is
# answered rightly, no wrong one harms the server, and at the end nothing has leaked.
# F2B_CLIENTS, F2B_REQUESTS and F2B_HOSTILE say how many there are.

. "$(dirname "$0")/lib.sh"

need python3
lab_new
portscan_configure 1
server_start
denied 198.51.100.1 >>"$T/denied.log"
expect_soon 10 "there is a ban to be told of" is_banned portscan 198.51.100.1
python3 "$(dirname "$0")/clients.py" "$T/run/f2b.sock" "$SERVER" "${F2B_CLIENTS:-200}" \
	"${F2B_REQUESTS:-5000}" "${F2B_HOSTILE:-500}" "${F2B_CLIENTS_SEED:-1}" ||
	fail "the clients were not served as they should be"
expect "a client is served as before" has '198.51.100.1' <(client status portscan)
expect "stop is heard" client stop
soon 20 not kill -0 "$SERVER" || fail "the server does not stop"
wait "$SERVER"
status=$?
SERVER=
expect "the server ends as it should, without leaks" test $status = 0
