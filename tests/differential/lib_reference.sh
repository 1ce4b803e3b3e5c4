# For tests against the version of fail2ban that f2b matches: 1.1. Another differs in ways that are no
# fault of ours. F2B_ORACLE is the folder of one that is not installed, as tests/reference.sh makes it.

reference_client=${F2B_ORACLE:+$F2B_ORACLE/bin/}fail2ban-client
reference_version=$("$reference_client" -V 2>/dev/null) || {
	echo "SKIP: there is no $reference_client"
	exit 77
}
case $reference_version in
1.1.*) ;;
*)
	echo "SKIP: f2b matches fail2ban 1.1, this is $reference_version; see tests/reference.sh"
	exit 77
	;;
esac
