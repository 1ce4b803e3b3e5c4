# For tests against the version of fail2ban that f2b matches: 1.1. An older one differs in ways that
# are no fault of ours. F2B_ORACLE is the folder of one that is not installed.

reference_client=${F2B_ORACLE:+$F2B_ORACLE/bin/}fail2ban-client
reference_version=$("$reference_client" -V 2>/dev/null) || {
	echo "SKIP: there is no $reference_client"
	exit 77
}
case $reference_version in
0.* | 1.0.*)
	echo "SKIP: fail2ban $reference_version is older than what f2b matches; name a 1.1 in F2B_ORACLE"
	exit 77
	;;
esac
