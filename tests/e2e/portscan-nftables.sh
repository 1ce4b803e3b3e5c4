#!/bin/bash
# A port scan over IPv4 ends in a ban by nftables.

. "$(dirname "$0")/lib-portscan.sh"

portscan_test "banaction = nftables-allports" 4
