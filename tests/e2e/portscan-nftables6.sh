#!/bin/bash
# A port scan over IPv6 ends in a ban by nftables.

. "$(dirname "$0")/lib-portscan.sh"

portscan_test "banaction = nftables-allports" 6
