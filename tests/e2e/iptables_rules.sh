#!/bin/bash
# Once iptables has made a rule, the next ones are made like it without iptables: which lists and deletes
# them as its own. Argument: the programs' folder.
. "$(dirname "$0")/lib.sh"

lab_new
victim iptables -V | grep -q nf_tables || skip "the iptables of this machine keeps its rules elsewhere"

# Programs in a folder of ours, which write down how they are called: with "other", their names do not
# say that they keep rules in nf_tables; with "script", they may do more than the program of that name.
cat >"$T/recorder.c" <<-'END'
	#include <stdio.h>
	#include <unistd.h>
	int
	main(int argc, char **argv)
	{
		FILE *f = fopen(CALLS, "a");

		for (int i = 1; f != NULL && i < argc; i++)
			fprintf(f, "%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
		if (f != NULL)
			fclose(f);
		argv[0] = PROGRAM;
		execv(PROGRAM, argv);
		return 127;
	}
END
for kind in nft other script; do
	mkdir "$T/$kind"
	for program in iptables ip6tables; do
		name=$program-${kind/script/nft}
		real=$(command -v $program)
		if [ $kind = script ]; then
			printf '#!/bin/sh\necho "$*" >>%s\nexec %s "$@"\n' "$T/calls" "$real" >"$T/$kind/$name"
			chmod +x "$T/$kind/$name"
		else
			cc -DCALLS="\"$T/calls\"" -DPROGRAM="\"$real\"" -o "$T/$kind/$name" "$T/recorder.c" ||
				fail "no recorder"
		fi
		ln -s $name "$T/$kind/$program"
	done
done

actions=(
	'iptables-allports'
	'iptables-multiport[blocktype=DROP, port="22,80"]'
	'iptables[blocktype="REJECT --reject-with icmp-host-prohibited", blocktype?family=inet6="REJECT --reject-with icmp6-adm-prohibited"]'
)
first=('192.0.2.77' '2001:db8::77')
more=(192.0.2.{78,79} 2001:db8::{78,79} 198.51.100.{1..40} 2001:db8:1::{1..40})
network=203.0.113.0/24

jails=()
for i in "${!actions[@]}"; do
	jails+=("j$i $(with "${actions[i]}" name=j$i)")
done
plain_jails "${jails[@]}"

rules_of() { victim ${1}tables -w -S | grep -e "-A f2b-j" | sort; }
rules_are() { [ "$(rules_of ip | grep -c -e ' -s ') $(rules_of ip6 | grep -c -e ' -s ')" = "$1" ]; }
added_by_programs() { [ "$(grep -c -e '-I f2b-j. 1 -s' "$T/calls")" = "$1" ]; }

learnt() { [ "$(grep -c 'further rules like the one for' "$LOG")" = "$1" ]; }

echo 'loglevel = DEBUG' >>"$ETC/fail2ban.local"
for way in off other script on; do
	rm -f "$T/f2b.sqlite3" "$T/calls"
	: >"$LOG"
	[ $way = off ] && fast=off || fast=on
	case $way in off | on) programs=nft ;; *) programs=$way ;; esac
	PATH=$T/$programs:$PATH F2B_FASTPATH=$fast server_start
	count=0
	for i in "${!actions[@]}"; do
		# One is to be there before the next comes.
		for address in "${first[@]}"; do
			client set j$i banip "$address" >/dev/null
			count=$((count + 1))
			expect_soon 5 "j$i has banned $count" rules_are "$(((count + 1) / 2)) $((count / 2))"
		done
	done
	for i in "${!actions[@]}"; do
		for address in "${more[@]:0:4}"; do
			client set j$i banip "$address" >/dev/null
		done
		client set j$i banip "${more[@]:4}" "$network" >/dev/null
	done
	expect_soon 20 "all are banned" rules_are "$((${#actions[@]} * 44)) $((${#actions[@]} * 43))"
	for family in ip ip6; do
		rules_of $family >"$T/$family.$way"
	done
	if [ $way = on ]; then
		expect "iptables made the first rule of a kind, and that of the network" \
			added_by_programs $((${#actions[@]} * 3))
		expect "which were looked at" learnt $((${#actions[@]} * 2))
	else
		expect "$way: no rule was looked at" learnt 0
	fi
	if [ $way = script ]; then
		expect "a script is asked for every rule" added_by_programs $((${#actions[@]} * 87))
	fi
	for i in "${!actions[@]}"; do
		client set j$i unbanip "${more[@]}" >/dev/null
	done
	expect_soon 20 "iptables deletes what it has not made" rules_are "$((${#actions[@]} * 2)) ${#actions[@]}"
	server_stop
	expect "no command failed" not grep -e ERROR -e CRITICAL "$LOG"
	expect "nothing remains" not rules_name f2b-
done
for family in ip ip6; do
	expect "the same rules of ${family}tables" diff "$T/$family.off" "$T/$family.on"
	expect "whatever the programs are" diff "$T/$family.off" "$T/$family.other"
done
