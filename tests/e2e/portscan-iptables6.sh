#!/bin/bash
# A port scan over IPv6 ends in a ban by iptables.

. "$(dirname "$0")/lib-portscan.sh"

portscan_test "action = iptables[name=portscan]" 6
