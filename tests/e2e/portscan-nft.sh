#!/bin/bash
# A port scan ends in a ban by the native nft action, without a program run.

. "$(dirname "$0")/lib-portscan.sh"

portscan_test "action = nft[type=allports]" 4
