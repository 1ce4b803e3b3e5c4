#!/bin/bash
# Actions whose programs, routers and services are not here: what they would be told, by programs of the same
# names that write down their arguments and their input.
. "$(dirname "$0")/lib.sh"

need_programs
mkdir "$T/bin"
cat >"$T/bin/stub" <<-END
	#!/bin/sh
	name=\$(basename "\$0")
	line="\$name\$(printf ' [%s]' "\$@")"
	echo "\$line" >>"$T/calls"
	case \$name in
	ipfw) case "\$*" in *list*) echo "00111 unreach port tcp from 192.0.2.77 to me 22"; exit 0 ;; esac ;;
	dig) printf '"-x abuse@example.net,-oops@x"\n"; rm -rf /"\n"noc@example.net"\n'; exit 0 ;;
	whois) echo '~! touch $T/run-by-mail'; exit 0 ;;
	pfctl) case "\$*" in *-sr*) echo 'from <f2b-pf>'; exit 0 ;; esac ;;
	esac
	text=\$(sed 's/^/	/')
	[ -z "\$text" ] || echo "\$text" >>"$T/calls"
END
chmod +x "$T/bin/stub"
for program in pfctl ipfw ipf npfctl dig curl ssh nsupdate apprise geoiplookup whois mail mailer; do
	ln -s stub "$T/bin/$program"
done

# Jail and options of the action of that name.
ROWS="
pf port=\"22,80\", protocol=\"tcp,udp\"
ipfw localhost=192.0.2.1
bsd-ipfw startstatefile=\"$T/rule\", port=22
ipfilter _ipf=ipf
npf
complain logpath=\"$T/tilde\"
dshield tmpfile=\"$T/shield\", lines=2, minreportinterval=0, userid=7, myip=192.0.2.1
mail-buffered tmpfile=\"$T/buffer\", lines=2
mail-whois
mikrotik host=router, user=f2b, keyfile=/key
nsupdate domain=bl.example.org, keyfile=/key, nsupdatecmd=nsupdate
apprise config=/conf
ipthreat ipthreat_apikey=KEY
netscaler ns_host=adc, ns_auth=SECRET, ns_dataset=bad
xarf-login-attack mailcmd=\"mailer\", sender=f2b@example.org
sendmail-geoip-lines mailcmd=\"mailer\", logpath=\"$T/log\"
"
{
	printf '%s\n' '[DEFAULT]' 'filter = plain' "logpath = $T/log" 'backend = polling' 'maxretry = 1' 'bantime = 600'
	while read -r jail options; do
		[ -n "$jail" ] || continue
		printf '%s\n' "[$jail]" 'enabled = true' "action = $jail[name=$jail${options:+, $options}]"
	done <<<"$ROWS"
} | server_configure
filter_file plain <<-'END'
	[Definition]
	failregex = ^ bad <HOST>$
END
echo "$(now_line) bad 192.0.2.200" >"$T/log"
echo '~| touch run-by-mail 192.0.2.77' >"$T/tilde"
PATH="$T/bin:$PATH" server_start
while read -r jail options; do
	[ -z "$jail" ] || client set "$jail" banip 192.0.2.77 192.0.2.78 >"$T/out" || fail "a ban of $jail"
done <<<"$ROWS"
settled() { [ "$(grep -c "192\.0\.2\.7[78]" "$T/calls")" -ge 28 ]; }
expect_soon 20 "all bans are told" settled
while read -r jail options; do
	[ -z "$jail" ] || client set "$jail" unbanip 192.0.2.77 >"$T/out" || fail "an unban of $jail"
done <<<"$ROWS"
server_stop

told() { has "$1" "$T/calls"; }
expect "pf makes its rule" told 'block quick proto { tcp,udp } from <f2b-pf> to any port { 22,80 }'
expect "adds to its table" told '^pfctl \[-a\] \[f2b/pf\] \[-t\] \[f2b-pf\] \[-T\] \[add\] \[192.0.2.77\]'
expect "and deletes" told '\[-T\] \[delete\] \[192.0.2.77\]'
expect "ipfw makes a rule" told '^ipfw \[add\] \[unreach\] \[port\] \[tcp\] \[from\] \[192.0.2.77\] \[to\] \[192.0.2.1\] \[ssh\]'
expect "and finds it again" told '^ipfw \[delete\] \[00111\]'
expect "bsd-ipfw takes the first free number" told '^ipfw \[-q\] \[add\] \[112\] \[unreach\] \[port\] \[ip\] \[from\] \[table(1)\] \[to\] \[me\] \[22\]'
expect "and gives it back" told '^ipfw \[-q\] \[delete\] \[112\]'
expect "ipfilter writes a rule" told 'block return-icmp(port-unr) in quick from 192.0.2.77 to any'
expect "and takes it out" told '^ipf \[-r\] \[-f\] \[-\]'
expect "npf has a table" told '^npfctl \[table\] \[fail2ban\] \[add\] \[192.0.2.77\]'
expect "a complaint goes to whom the answer names, and to nothing else" told '^mail \[-s\] \[Abuse from 192.0.2.77\] \[abuse@example.net\] \[noc@example.net\] \[oops@x\]$'
expect "a line of its log is no command to mail(1)" told '^	 ~| touch run-by-mail 192.0.2.77$'
expect "nor is one of whois" told "^	 ~! touch $T/run-by-mail\$"
expect "so does a report in X-ARF" told '^mailer \[-f\] \[f2b@example.org\] \[abuse@example.net\]$'
expect "dshield gets a report of two bans" told "^mail \[-s\] \[FORMAT DSHIELD USERID 7 TZ .*\] \[reports@dshield.org\]"
expect "in its columns" told "	7	0	192.0.2.77	???	192.0.2.1	???	tcp	"
expect "mail-buffered tells of two at once" told '	.*: 192.0.2.7[78] (0 failures)'
expect "mikrotik enters addresses" told '/ip firewall address-list add list="Fail2Ban" address=192.0.2.77 comment="f2b-mikrotik-192.0.2.77"'
expect "nsupdate as well" told '	update add 77.2.0.192.bl.example.org 60 IN A 127.0.0.2'
expect "and deletes them" told '	update delete 77.2.0.192.bl.example.org'
expect "apprise is told" told '^apprise \[-c\] \[/conf\] \[-t\] \[\[Fail2Ban\] apprise: banned 192.0.2.77 from'
expect "ipthreat gets JSON" told '{"ip":"192.0.2.77","flags":"8","system":"ipthreat","notes":""}'
expect "netscaler gets JSON" told '{"policydataset_value_binding":{"name":"bad","value":"192.0.2.77"}}'
expect "a mail has the country" told '^geoiplookup \[192.0.2.77\]'
no_failure() { not grep -e ERROR -e CRITICAL "$LOG"; }
expect "no command failed" no_failure
