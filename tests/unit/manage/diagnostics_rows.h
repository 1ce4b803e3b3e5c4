/* Rows of test_diagnostics.c: files in place of the usual ones, and all that is said of them. */

    /* files and their lines */
    {{{"jail.local", "enabled = true\n"}},
	{"jail.local:1:1: error: File contains no section headers: 'enabled = true' is not in a "
	    "section; write the name of the jail in brackets, as [sshd], or [DEFAULT] above this line"}},
    {{{"jail.local", "\xef\xbb\xbf[j]\nenabled = true\n"}},
	{"jail.local:1:1: error: File contains no section headers: '\\ufeff[j]' is not in a "
	    "section; the file begins with a byte order mark; save it as UTF-8 without one"}},
    {{{"jail.local", "[j\nenabled = true\n"}},
	{"jail.local:1:1: error: File contains no section headers: '[j' is not in a section; the "
	    "name of a section ends with ']'"}},
    {{{"jail.local", "// my jails\n[j]\nenabled = true\n"}},
	{"jail.local:1:1: error: File contains no section headers: '// my jails' is not in a section; "
	    "begin a comment with '#'"}},
    {{{"jail.local", "<!DOCTYPE html>\n<html>\n"}},
	{"jail.local:1:1: error: File contains no section headers: '<!DOCTYPE html>' is not in a section; "
	    "the file is a web page; save its text alone"}},
    {{{"jail.local", "[j]\n-- mine\nmaxretry = 3\n"}},
	{"jail.local:2:1: error: Source contains parsing errors: 'jail.local' [line  2]: '-- mine' is "
	    "neither 'name = value' nor a [section]; begin a comment with '#'"}},
    {{{"jail.local", "[j]\nbantime = 1\n[k]\n[j]\nmaxretry = 3\n"}},
	{"jail.local:4:1: error: While reading from 'jail.local' [line  4]: section 'j' already "
	    "exists; it began in line 1, so put these options there"}},
    {{{"jail.local", "[j]\nmaxretry = 3\nmaxretry = 4\n"}},
	{"jail.local:3:1: error: While reading from 'jail.local' [line  3]: option 'maxretry' in "
	    "section 'j' already exists; it was set in line 2, keep one of the two"}},
    {{{"jail.local", "[j]\nmaxretry\n"}},
	{"jail.local:2:1: error: Source contains parsing errors: 'jail.local' [line  2]: "
	    "'maxretry' is neither 'name = value' nor a [section]; indent it if it belongs to the "
	    "option above"}},
    {{{"jail.local", "[j]\n= 3\n"}},
	{"jail.local:2:1: error: Source contains parsing errors: 'jail.local' [line  2]: '= 3' is "
	    "neither 'name = value' nor a [section]; indent it if it belongs to the option above"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^\xe9 <HOST>$\n"}},
	{"filter.d/f.conf:2:14: error: Error decoding config file 'filter.d/f.conf': 'utf-8' "
	    "codec can't decode byte 0xe9 in position 26: invalid continuation byte; save the file "
	    "as UTF-8",
	"filter.d/f.conf: error: Could not read config files: filter.d/f.conf: it is not UTF-8",
	"jail.conf:6:10: error: Unable to read the filter 'f'"}},
    {{{"filter.d/f.conf", NULL}},
	{"filter.d/f.conf: error: Could not read config files: filter.d/f.conf: Is a directory",
	"jail.conf:6:10: error: Unable to read the filter 'f'"}, {MAKE_DIR, "filter.d/f.conf"}},
    {{{"filter.d/f.conf", NULL}},
	{"filter.d/f.conf: error: Could not read config files: filter.d/f.conf: it is a pipe, not "
	    "a file",
	"jail.conf:6:10: error: Unable to read the filter 'f'"}, {MAKE_FIFO, "filter.d/f.conf"}},
    {{{"filter.d/f.conf", NULL}},
	{"jail.conf:6:10: error: Unable to read the filter 'f'; filter.d/f.conf cannot be opened; "
	    "it may be a link that leads nowhere"}, {MAKE_LOOP, "filter.d/f.conf"}},
    {{{"filter.d/f.conf", NULL}},
	{"jail.conf:6:10: error: Unable to read the filter 'f'; there is no filter.d/f.conf"}},
    {{{"action.d/a.conf", NULL}},
	{"jail.conf:7:10: error: Unable to read action 'a'; there is no action.d/a.conf"}},
    {{{"jail.conf", NULL}},
	{"error: Found no accessible config files for 'jail' under @ROOT@",
	"error: Read jails configuration failed."}},
    {{{NULL}}, {"error: Base configuration directory none does not exist "}, {MAKE_NOTHING},
	SAID_OF_FOLDER, "none"},
    {{{NULL}}, {"error: No section: 'x'"}, {MAKE_NOTHING}, SAID_OF_JAIL, "x"},
    {{{"filter.d/f.conf", NULL}},
	{"jail.conf:6:10: error: Unable to read the filter 'f'; there is no filter.d/f.conf",
	"jail.conf:4:1: error: Errors in jail 'j'. Skipping..."}, {MAKE_NOTHING}, SAID_BY_LOAD},
    {{{"fail2ban.conf", NULL}},
	{"error: Found no accessible config files for 'fail2ban' under @ROOT@",
	"error: Read fail2ban configuration failed."}},
    {{{"filter.d/f.conf", "[INCLUDES]\nafter = ../filter.d/f.conf\n[Definition]\nfailregex = ^x "
	    "<HOST>\n"}},
	{"filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/../filter.d/f.conf:2:9: "
	    "error: files include each other more than 16 deep"}},
    {{{"filter.d/f.conf", "[INCLUDES]\nbefore = c.conf\n[Definition]\n"}, {"filter.d/c.conf", "[Definition]\nfailregex = a( <HOST>\n"}},
	{"filter.d/c.conf:2:14: error: Unable to compile regular expression: missing ), "
	    "unterminated subpattern at '( <HOST>'; close the group, or write \\( for a "
	    "parenthesis in the log"}},
    {{{"jail.d/x.yml", "j: {maxretry: 3}\n"}},
	{"jail.d/x.yml: warning: is not read; files of this form end in '.yaml'"}},
    {{{"jail.local", "[j]\na = x@1048576*x@\n"}},
	{"jail.local:2:1: error: the value of 'a' is longer than 1048576 bytes"}},
    {{{"jail.local", "[DEFAULT]\na = @600000*x@\nignoreip = %(a)s%(a)s\n"}},
	{"jail.local:3:12: error: the value of 'ignoreip' grows beyond 1048576 bytes"}},
    {{{"filter.d/f.conf", "[Definition]\n_a = @600000*x@\nfailregex = <_a><_a>\n"}},
	{"filter.d/f.conf:3:13: error: the value of 'failregex' grows beyond 1048576 bytes"}},
    {{{"fail2ban.conf", "[DEFAULT]\n@4097*o#=1\n@"}},
	{"fail2ban.conf:4098:1: error: section 'DEFAULT' has more than 4096 options"}},
    {{{"jail.conf", "@8193*[s#]\n@"}},
	{"jail.conf:8193:1: error: more than 8192 sections"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n[Init]\n@4096*i#=1\n@"}},
	{"filter.d/f.conf:4099:1: error: section 'Init' has more than 4096 options"}},
    {{{"jail.local", "[j]\naction = @257*a @\n"}},
	{"jail.local:2:522: error: more than 256 actions in jail 'j'"}},
    {{{"jail.local", "[j]\nignoreip = @10001*%(a)s@\na = x\n"}},
	{"jail.local:2:12: error: option 'ignoreip' has more than 10000 references; write it "
	    "shorter"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = @300*<t#>@\n[Init]\n@300*t# = x\n@"}},
	{"action.d/a.conf:2:13: error: Error in action definition 'a': the value of 'actionban' "
	    "has too many tags; write it shorter"}},
    {{{"jail.local", "[j]\nfilter = f[@4097*o#=1,@]\n"}},
	{"jail.local:2:31670: error: Invalid filter definition "
	    "'f[o0=1,o1=1,o2=1,o3=1,o4=1,o5=1,o6=1,o7=1,o8=1,o9=1,o10=1,o11=1,o12=1,o13=1,o14=1,o15=1,o16=1,o17=1,o18=1,o19=1,o20=1,o21=1,o22=1,o23=1,o24=1,o25=1,o26=1,o27=1,o28=1,o29=1,o30=1,o31=1,o32=1,o33=1,o34=1,o35=1,o36=1,o37=1,o38=1,o39=1,o40=1,o41=1,o42=1,o43=1,o44=1,o45=1,o46=1,o47=1,o48=1,o49=1,o50=1,o51=1,o52=1,o53=1,o54=1,o55=1,o56=1,o57=1,o58=1,o59=1,o60=1,o61=1,o62=1,o63=1,o64=1,o65=1,o66=1,o67=1,'...: "
	    "more than 4096 options"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n#@4194304*x@\n"}},
	{"filter.d/f.conf: error: Could not read config files: filter.d/f.conf: it is larger than "
	    "4 MiB",
	"jail.conf:6:10: error: Unable to read the filter 'f'"}},
    {{{"filter.d/f.conf", "[INCLUDES]\nbefore = @300*b.conf\n @\n[Definition]\nfailregex = ^a <HOST>$\n"}, {"filter.d/b.conf", "[INCLUDES]\nbefore = @300*c.conf\n @\n"}, {"filter.d/c.conf", "[Definition]\n"}},
	{"filter.d/f.conf:219:2: error: more than 65536 files"}},

    {{{"jail.conf", "[DEFAULT]\na = @900000*x@\nlogpath = /dev/null\nenabled = true\nfilter = f\naction = a\nignorecommand = %(a)s\n@310*[j#]\n@"}},
	{"jail.conf:7:17: error: references and tags make the configuration grow beyond 256 MiB; "
	    "write it shorter"}},
    {{{"jail.local", "[j]\n@1100*rubbish#\n@"}},
	{"jail.local:1002:1: error: more than 1000 mistakes; of the others this is the first, mend "
	    "these and try again"}, .last = true},

    {{{"jail.local", "[j]\nfindtime = 10m\n  bantime = 1h\n"}},
	{"jail.local:3:3: warning: 'bantime = 1h' is indented, and so belongs to the value of "
	    "'findtime' above; begin it where 'findtime' begins",
	"jail.local:2:12: error: findtime: '10m\\x0abantime = 1h' is not a duration; write seconds or a "
	    "number with s, m, h, d, w, as in 10m"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST> ;\n  ^b <HOST> ; b\n  ^c <HOST> ; in .* \\d$\n"}},
	{"filter.d/f.conf:4:13: warning: '; in .* \\d$' is a comment, since a blank stands before its ';'; "
	    "write the blank as \\s"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = echo <ip> ; echo <name>\n"}},
	{"action.d/a.conf:2:23: warning: '; echo <name>' is a comment, since a blank stands before its "
	    "';'; leave the blank out"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n  ^b <HOST>\n [Init]\n"}},
	{"filter.d/f.conf:4:2: warning: '[Init]' is indented, and so belongs to the value of "
	    "'failregex' above; begin it where 'failregex' begins",
	"filter.d/f.conf:4:2: error: No failure-id group in '[Init]'; the regex does not say whom to "
	    "ban: put <HOST> (or <ADDR>, or <F-ID>…</F-ID>) where the address stands; if it was copied "
	    "from a web page, the page has likely swallowed the tag, since it looks like HTML"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = echo <ip>\n  port=22\n  mode = 3\n"}},
	{"action.d/a.conf:4:3: warning: 'mode = 3' is indented, and so belongs to the value of "
	    "'actionban' above; begin it where 'actionban' begins",
	"action.d/a.conf:4:3: warning: action 'a' runs 'mode' in actionban, which is not installed; "
	    "install it, or choose another action"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n^id=\\d+ from <HOST>$\n"}},
	{"filter.d/f.conf:3:1: warning: unknown option '^id', which nothing refers to; if the line is "
	    "more of the value above, indent it"}},

    /* references and tags */
    {{{"jail.local", "[j]\nignoreip = %(nope)s\n"}},
	{"jail.local:2:12: error: Bad value substitution: option 'ignoreip' in section 'j' "
	    "contains an interpolation key 'nope' which is not a valid option name. Raw value: "
	    "'%(nope)s'; set 'nope' in this section or in [DEFAULT], or correct the name"}},
    {{{"jail.local", "[j]\nignoreip = %(bantme)s\nbantime = 1h\n"}},
	{"jail.local:2:12: error: Bad value substitution: option 'ignoreip' in section 'j' "
	    "contains an interpolation key 'bantme' which is not a valid option name. Raw value: "
	    "'%(bantme)s'; set 'bantme' in this section or in [DEFAULT], or correct the name; did "
	    "you mean 'bantime'?"}},
    {{{"jail.local", "[j]\nignoreip = %x\n"}},
	{"jail.local:2:12: error: '%' must be followed by '%' or '(', found: '%x'; write %% for a "
	    "percent sign"}},
    {{{"jail.local", "[j]\nignoreip = %(x\n"}},
	{"jail.local:2:12: error: bad interpolation variable reference '%(x'; a reference is "
	    "written %(name)s"}},
    {{{"jail.local", "[j]\na = %(a)s\nignoreip = %(a)s\n"}},
	{"jail.local:3:12: error: Recursion limit exceeded in value substitution: option "
	    "'ignoreip' in section 'j' contains an interpolation key which cannot be substituted in "
	    "10 steps. Raw value: '%(a)s'; does it lead back to itself?"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = <a>\na = <b>\nb = <a>\n"}},
	{"action.d/a.conf:3:5: error: Error in action definition 'a': properties contain self "
	    "referencing definitions and cannot be resolved, fail tag: actionban, found: a, value: "
	    "<a>; '<a>' leads back to itself"}},
    {{{"filter.d/f.conf", "[Definition]\n_a = ^a( <HOST>\n_b = %(_a)s\nfailregex = <_b>\n"}},
	{"filter.d/f.conf:2:8: error: Unable to compile regular expression: missing ), "
	    "unterminated subpattern at '( <HOST>'; close the group, or write \\( for a "
	    "parenthesis in the log"}},

    /* filters and actions */
    {{{"jail.local", "[j]\nfilter = g\n"}},
	{"jail.local:2:10: error: Unable to read the filter 'g'; there is no filter.d/g.conf"}},
    {{{"jail.local", "[j]\nfilter = ff\n"}},
	{"jail.local:2:10: error: Unable to read the filter 'ff'; there is no filter.d/ff.conf"}},
    {{{"jail.local", "[j]\nfilter = farfromit\n"}},
	{"jail.local:2:10: error: Unable to read the filter 'farfromit'; there is no "
	    "filter.d/farfromit.conf"}},
    {{{"jail.local", "[j]\nfilter = f.conf\n"}},
	{"jail.local:2:10: error: Unable to read the filter 'f.conf'; there is no "
	    "filter.d/f.conf.conf; did you mean 'f'?"}},
    {{{"jail.local", "[j]\nfilter = @ROOT@/filter.d/f.conf\n"}},
	{"jail.local:2:10: error: Unable to read the filter 'filter.d/f.conf'; there is no "
	    "filter.d/f.conf.conf; did you mean 'f'?"}},
    {{{"filter.d/f.conf", NULL}, {"filter.d/f.conf.txt", "[Definition]\nfailregex = ^a <HOST>$\n"}},
	{"jail.conf:6:10: error: Unable to read the filter 'f'; there is no filter.d/f.conf, but "
	    "there is filter.d/f.conf.txt; rename that"}},
    {{{"action.d/a.conf", NULL}, {"a.conf", "[Definition]\nactionban = echo <ip>\n"}},
	{"jail.conf:7:10: error: Unable to read action 'a'; there is no action.d/a.conf, but there is "
	    "a.conf; rename that"}},
    {{{"jail.local", "[j]\n_ban = a\naction = _ban\n"}},
	{"jail.local:3:10: error: Unable to read action '_ban'; there is no action.d/_ban.conf; did "
	    "you mean '%(_ban)s'?"}},
    {{{"jail.local", "[j]\naction = name\n"}, {"action.d/name-of-it.conf", "[Definition]\nactionban = echo <ip>\n"}},
	{"jail.local:2:10: error: Unable to read action 'name'; there is no action.d/name.conf; did "
	    "you mean 'name-of-it'?"}},
    {{{"jail.local", "[j]\naction = ab[x=1]\n"}},
	{"jail.local:2:10: error: Unable to read action 'ab'; there is no action.d/ab.conf"}},
    {{{"jail.local", "[j]\nfilter = f[x\n"}},
	{"jail.local:2:11: error: Invalid filter definition 'f[x': unexpected option syntax; close the bracket with ']', and put a "
	    "value with a comma or a blank in quotes, as in port=\"http,https\""}},
    {{{"jail.local", "[j]\naction = a[x=1, y=http,https]\n a\n"}},
	{"jail.local:2:11: error: Invalid action definition 'a[x=1,': unexpected option syntax; close the bracket with ']', and put a "
	    "value with a comma or a blank in quotes, as in port=\"http,https\""}},
    {{{"jail.local", "[j]\naction = a[x=1], a[actname=b]\n"}},
	{"jail.local:2:11: error: Invalid action definition 'a[x=1],': unexpected option syntax; "
	    "nothing may follow the ']'; another action stands on a line of its own"}},
    {{{"jail.local", "[j]\n_b =\naction = %(_b)s[x=1]\n"}},
	{"jail.local:3:16: error: Invalid action definition '[x=1]': unexpected option syntax; before "
	    "the bracket there is no name; is the option empty that it comes from?"}},
    {{{"jail.local", "[j]\nfilter = f[x y]\n"}},
	{"jail.local:2:12: error: Invalid filter definition 'f[x y]': expected option, wrong "
	    "syntax at 0: x y"}},
    {{{"jail.local", "[j]\naction = a[x=\"1\" y=2]\n"}},
	{"jail.local:2:17: error: Invalid action definition 'a[x=\"1\" y=2]': unexpected syntax "
	    "at 5 after option 'x':  y=2"}},
    {{{"filter.d/f.conf", "[definition]\nfailregex = ^a <HOST>$\n"}},
	{"filter.d/f.conf:1:1: error: No section: 'Definition' in 'filter.d/f', but there is "
	    "[definition]; options of a filter or an action belong below [Definition]",
	"jail.conf:6:10: warning: jail 'j' finds nobody: its filter has no failregex",
	"filter.d/f.conf:1:1: warning: section [definition] is not read; did you mean "
	    "'Definition'?"}},
    {{{"action.d/a.conf", "# nothing\n"}},
	{"action.d/a.conf: error: No section: 'Definition' in 'action.d/a'; write [Definition] "
	    "above its options"}},
    {{{"jail.local", "[j]\nfilter =\n"}},
	{"jail.conf:4:1: warning: No filter set for jail j"}},
    {{{"jail.local", "[j]\naction =\n"}},
	{"jail.conf:4:1: warning: No actions were defined for j"}},

    /* regular expressions */
    {{{"filter.d/f.conf", "[Definition]\nfailregex = a( <HOST>\n"}},
	{"filter.d/f.conf:2:14: error: Unable to compile regular expression: missing ), "
	    "unterminated subpattern at '( <HOST>'; close the group, or write \\( for a "
	    "parenthesis in the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a$\n"}},
	{"filter.d/f.conf:2:13: error: No failure-id group in '^a$'; the regex does not say whom "
	    "to ban: put <HOST> (or <ADDR>, or <F-ID>\xe2\x80\xa6</F-ID>) where the address stands; "
	    "if it was copied from a web page, the page has likely swallowed the tag, since it looks "
	    "like HTML"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = rhost=(?P<host>\\S+)\n"}},
	{"filter.d/f.conf:2:13: error: No failure-id group in 'rhost=(?P<host>\\S+)'; the group "
	    "'host' told whom to ban in old versions only; put <HOST> in the place of the whole "
	    "group"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST> <HOST>$\n"}},
	{"filter.d/f.conf:2:21: error: Unable to compile regular expression: redefinition of "
	    "group name 'ip4' as group 4; was group 1 at '<HOST>$'; a regex can hold one of "
	    "<HOST>, <ADDR>, <IP4>, <IP6>, <SUBNET> only; write \\S+ for addresses that are not to "
	    "be banned"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>)$\n"}},
	{"filter.d/f.conf:2:20: error: Unable to compile regular expression: unbalanced "
	    "parenthesis at ')$'; write \\) for a parenthesis in the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^[a<HOST>$\n"}},
	{"filter.d/f.conf:2:16: error: Unable to compile regular expression: unbalanced "
	    "parenthesis at '<HOST>$'; a tag stands between [ and ], which begin and end a set of "
	    "characters; write \\[ and \\] for brackets in the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a<HOST>(?i)$\n"}},
	{"filter.d/f.conf:2:21: error: Unable to compile regular expression: global flags not at "
	    "the start of the expression at '(?i)$'; put the flags at the very start, or write "
	    "(?i:\xe2\x80\xa6) around the part"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^(?P<a-b>x)<HOST>$\n"}},
	{"filter.d/f.conf:2:18: error: Unable to compile regular expression: bad character in "
	    "group name 'a-b' at 'a-b>x)<HOST>$'; names of groups are letters, digits and _, not "
	    "starting with a digit"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = *<HOST>$\n"}},
	{"filter.d/f.conf:2:13: error: Unable to compile regular expression: nothing to repeat at "
	    "'*<HOST>$'; write \\* \\+ \\? \\{ for these characters in the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a**<HOST>$\n"}},
	{"filter.d/f.conf:2:16: error: Unable to compile regular expression: multiple repeat at "
	    "'*<HOST>$'; write \\* \\+ \\? \\{ for these characters in the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = (?<=a+)<HOST>$\n"}},
	{"filter.d/f.conf:2:13: error: Unable to compile regular expression '(?<=a+)<HOST>$': "
	    "look-behind requires fixed-width pattern; in (?<=\xe2\x80\xa6) everything must have one "
	    "length; move the rest before it"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = \\q<HOST>$\n"}},
	{"filter.d/f.conf:2:13: error: Unable to compile regular expression: bad escape \\q at "
	    "'\\q<HOST>$'; the regex is in the dialect of Python's re"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = (?X<HOST>)$\n"}},
	{"filter.d/f.conf:2:14: error: Unable to compile regular expression: unknown extension ?X "
	    "at '?X<HOST>)$'; the regex is in the dialect of Python's re; a named group is "
	    "(?P<name>\xe2\x80\xa6)"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = (?P<u>a)(?P<u>b)<HOST>$\n"}},
	{"filter.d/f.conf:2:25: error: Unable to compile regular expression: redefinition of "
	    "group name 'u' as group 2; was group 1 at 'u>b)<HOST>$'; give the second group "
	    "another name, or use <F-ALT_NAME>"}},
    {{{"filter.d/f.conf", "[Definition]\n_x =\nfailregex = ^a <HOST>$\n  <_x> <_x>\n"}},
	{"filter.d/f.conf:4:7: error: Cannot add empty regex"}},
    {{{"filter.d/f.conf", "[Definition]\nprefregex = ^(\nfailregex = ^<HOST>$\n"}},
	{"filter.d/f.conf:2:14: error: Unable to compile regular expression: missing ), "
	    "unterminated subpattern at '('; close the group, or write \\( for a parenthesis in "
	    "the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\nignoreregex = (\n"}},
	{"filter.d/f.conf:3:15: error: Unable to compile regular expression: missing ), "
	    "unterminated subpattern at '('; close the group, or write \\( for a parenthesis in "
	    "the log"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\ndatepattern = %%Q\n"}},
	{"filter.d/f.conf:3:15: error: Failed to set datepattern '%Q' (may be an invalid format "
	    "or unescaped percent char): unsupported format character 'Q' (0x51) at index 1"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\ndatepattern = (\n"}},
	{"filter.d/f.conf:3:15: error: Unable to compile regular expression of datepattern: "
	    "missing ), unterminated subpattern at position 11"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\ndatepattern = %%Y\n   %%Y\n"}},
	{"filter.d/f.conf:3:15: error: There is already a template with name Year"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\ndatepattern = @1001*a#%%Y\n @\n"}},
	{"filter.d/f.conf:3:15: error: datepattern has more than 1000 patterns"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\ndatepattern = @65537*a@%%Y\n"}},
	{"filter.d/f.conf:3:15: error: datepattern is longer than 65536 bytes"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^@262144*a@<HOST>$\n"}},
	{"filter.d/f.conf:2:13: error: Regular expression is too large: over 262144 bytes"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\nmaxlines = x\n"}},
	{"filter.d/f.conf:3:12: warning: maxlines: 'x' is not a whole number; write one, as in "
	    "maxlines = 5"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\nmaxlines = 0\n"}},
	{"filter.d/f.conf:3:12: error: maxlines: '0' is no number of lines; write one, as in "
	    "maxlines = 10"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\nmaxlines = 1000\n"}}, {}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^<HOST>$\nmaxlines = 2000000000\n"}},
	{"filter.d/f.conf:3:12: warning: maxlines = 2000000000 of jail 'j' has each line searched "
	    "together with all those before it; write how many lines one match spans, 1000 at most"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^user (?:\\w+ ?)*: <HOST>$\n"}},
	{"filter.d/f.conf:2:13: warning: the regular expression can run away: a line that begins "
	    "with 'user aaaaaaaaaaaa' and goes on so costs more than a line may, and is passed over; "
	    "two parts that repeat take the same text; let one of them take less, as [^ ]+ does for "
	    ".+"}},
    {{{"filter.d/f.conf", "[Definition]\nprefregex = ^user (?:\\w+ ?)*: <F-CONTENT>.*</F-CONTENT>$\nfailregex = "
	    "^<HOST>$\n"}},
	{"filter.d/f.conf:2:13: warning: the regular expression can run away: a line that begins "
	    "with 'user aaaaaaaaaaaa' and goes on so costs more than a line may, and is passed over; "
	    "two parts that repeat take the same text; let one of them take less, as [^ ]+ does for "
	    ".+"}},

    /* values */
    {{{"jail.local", "[j]\nmaxretry = three\n"}},
	{"jail.local:2:12: error: maxretry: 'three' is not a whole number; write one, as in "
	    "maxretry = 5"}},
    {{{"jail.local", "[j]\nmaxretry = %(n)s\nn = three\n"}},
	{"jail.local:3:5: error: maxretry: 'three' is not a whole number; write one, as in "
	    "maxretry = 5"}},
    {{{"jail.local", "[j]\nmaxretry = three\n"}},
	{"jail.local:2:12: warning: maxretry: 'three' is not a whole number. Wrong value for "
	    "'maxretry' in 'j'. Using default one: 'None'"}, {MAKE_NOTHING}, SAID_BY_LOAD},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n[Init]\nmaxlines = x\n"}},
	{"filter.d/f.conf:4:12: warning: maxlines: 'x' is not a whole number. Wrong int value 'x' "
	    "for 'maxlines'. Using default one: None"}, {MAKE_NOTHING}, SAID_BY_LOAD},
    {{{NULL}}, {"error: loglevel: 'LOUD' is no log level; write CRITICAL, ERROR, WARNING, NOTICE, "
	    "INFO or DEBUG"}, {MAKE_NOTHING}, SAID_OF_COMMAND, "set loglevel LOUD"},
    {{{"jail.local", "[j]\nfindtime = 10 minuts\n"}},
	{"jail.local:2:12: error: findtime: '10 minuts' is not a duration; write seconds or a "
	    "number with s, m, h, d, w, as in 10m"}},
    {{{"jail.local", "[j]\nbackend = sytemd\n"}},
	{"jail.local:2:11: error: Unknown backend sytemd. Must be among ['pyinotify', 'polling', "
	    "'systemd'] or 'auto'; f2b has also kmsg, nflog, pipe, syslog; did you mean 'systemd'?"}},
    {{{"jail.local", "[j]\nbackend = systemd[journalflags=x]\n"}},
	{"jail.local:2:11: warning: jail 'j' reads the whole journal; set journalmatch to the "
	    "entries that it is about, as in journalmatch = _SYSTEMD_UNIT=sshd.service",
	"jail.local:2:11: error: backend systemd: journalflags = 'x' is not a whole number"}},
    {{{"jail.local", "[j]\nbackend = systemd[flags=1]\n"}},
	{"jail.local:2:11: warning: jail 'j' reads the whole journal; set journalmatch to the "
	    "entries that it is about, as in journalmatch = _SYSTEMD_UNIT=sshd.service",
	"jail.local:2:11: error: backend systemd: unknown option 'flags'; known are journalpath, "
	    "journalfiles, journalflags, namespace, rotated"}},
    {{{"jail.local", "[j]\nbackend = nosuch\n"}},
	{"jail.local:2:11: error: Unknown backend nosuch. Must be among ['pyinotify', 'polling', "
	    "'systemd'] or 'auto'; f2b has also kmsg, nflog, pipe, syslog"}},
    {{{"jail.local", "[j]\nbackend = nflog[grup=5]\n"}},
	{"jail.local:2:11: error: backend nflog: unknown option 'grup'; known are: group"}},
    {{{"jail.local", "[j]\nbackend = kmsg[x=5]\n"}},
	{"jail.local:2:11: error: backend kmsg: unknown option 'x'; it takes none"}},
    {{{"jail.local", "[j]\nbackend = nflog\n"}},
	{"jail.local:2:11: error: backend nflog: its group is missing; write nflog[group=5], with "
	    "the number that the rule has after --nflog-group or \"log group\""}},
    {{{"jail.local", "[j]\nbackend = nflog[group=x]\n"}},
	{"jail.local:2:11: error: backend nflog: group = 'x' is no number from 0 to 65535; write "
	    "nflog[group=5], with the number that the rule has after --nflog-group or \"log group\""}},
    {{{"jail.local", "[j]\nbackend = pipe\n"}},
	{"jail.local:2:11: error: backend pipe: its command is missing; write "
	    "pipe[command=\"docker logs -f web\"]"}},
    {{{"jail.local", "[j]\nbackend = syslog[listen=\"nowhere\"]\n"}},
	{"jail.local:2:11: error: backend syslog: listen = 'nowhere' is no place to listen at; "
	    "write udp:127.0.0.1:514, tcp:[::1]:514 (in quotes) or unix:/run/f2b/log"}},
    {{{"jail.local", "[j]\nbantime.formula = ban.Time *\n"}},
	{"jail.local:2:19: error: bantime.formula: 'ban.Time *' is no formula; write one such as "
	    "ban.Time * (1 << ban.Count) * banFactor"}},
    {{{"jail.local", "[j]\nbackend = systemd\njournalmatch = _COMM=x + comm=y\n"}},
	{"jail.local:3:16: error: journalmatch: 'comm=y' is no match; write FIELD=value, as in "
	    "_SYSTEMD_UNIT=ssh.service"}},
    {{{"jail.local", "[j]\njournalmatch = comm\n"}}, {}},
    {{{"jail.local", "[j]\nignorecache = key\n"}},
	{"jail.local:2:15: error: ignorecache: 'key' is no memory of answers; write one such as "
	    "key=\"<ip>\", max-count=100, max-time=5m"}},
    {{{"jail.local", "[j]\nmaxfailures = 0\n"}},
	{"jail.local:2:15: error: maxfailures: '0' is no number of addresses; write one, as in "
	    "1000000"}},
    {{{"jail.local", "[j]\nmaxfailures = many\n"}},
	{"jail.local:2:15: error: maxfailures: 'many' is not a whole number; write one, as in "
	    "maxfailures = 5"}},
    {{{"jail.local", "[j]\nbanprefix = x\n"}},
	{"jail.local:2:13: error: banprefix: 'x' is no length of a prefix; write inet6/64, "
	    "inet4/24 or both"}},
    {{{"jail.local", "[j]\naction = x.py\n"}},
	{"jail.local:2:10: error: x.py is written in Python, which is not run here, but for "
	    "smtp.py; let a command do its work, as \"actionban = python3 /your/script ban <ip>\" in "
	    "a file action.d/NAME.conf, and write NAME in place of it"}},
    {{{"jail.local", "[j]\naction = smtp.py[host=x]\n"}},
	{}},
    {{{"jail.local", "[j]\naction = smtp.py[host=x, recipient=y]\n"}},
	{"jail.local:2:10: error: smtp.py has no option 'recipient'; it has host, ssl, user, password, "
	    "sendername, sender, dest, matches, verify and timeout"}},
    {{{"jail.local", "[j]\naction = a a\n"}},
	{"jail.local:2:12: error: action: 'a' is in this jail already; tell the two apart by an "
	    "option of their own, as in [actname=second]"}},
    {{{"jail.local", "[j]\nlogencoding = latin-x\n"}},
	{"jail.local:2:15: error: logencoding: 'latin-x' is no known encoding; write auto, UTF-8, "
	    "ISO-8859-1, \xe2\x80\xa6"}},
    {{{"jail.local", "[j]\nlogtimezone = Mars\n"}},
	{"jail.local:2:15: error: Unknown or unsupported time zone: 'Mars'; write an offset or an "
	    "abbreviation, as in UTC, +0530, CET"}},
    {{{"jail.local", "[j]\nignoreip = 10.0.0.0/255.0.255.0\n"}},
	{"jail.local:2:12: error: ignoreip: '10.0.0.0/255.0.255.0' is no network: its mask has no "
	    "prefix length"}},
    {{{"jail.local", "[j]\njournalmatch = _A=\"b\n"}},
	{"jail.local:2:16: error: No closing quotation: journalmatch has a quote that is not "
	    "closed, or ends in a backslash"}},
    {{{"fail2ban.conf", "[Definition]\nloglevel = INFOS\n"}},
	{"fail2ban.conf:2:12: error: Invalid log level 'INFOS'; it is one of CRITICAL, ERROR, "
	    "WARNING, NOTICE, INFO, DEBUG; did you mean 'INFO'?"}},
    {{{"fail2ban.conf", "[Definition]\nlogtarget = STDERR[padding=off, foo=1]\n"}},
	{"fail2ban.conf:2:13: warning: logtarget: unknown option in the brackets: foo; known are "
	    "format, padding, datetime, facility"}},
    {{{"fail2ban.conf", "[Definition]\nlogtarget = STDERR[format='%%(levelno)d %%(message)d']\n"}},
	{"fail2ban.conf:2:13: error: logtarget: format: '%(message)d': a text is written with s"}},
    {{{"fail2ban.conf", "[Definition]\nlogtarget = STDERR[padding]\n"}},
	{"fail2ban.conf:2:13: error: logtarget: an option in the brackets is not NAME=VALUE, or a "
	    "quote is not closed"}},
    {{{"fail2ban.conf", "[Definition]\ndbpurgeage = 1 dya\n"}},
	{"fail2ban.conf:2:14: error: dbpurgeage: '1 dya' is not a duration; write seconds or a "
	    "number with s, m, h, d, w, as in 10m"}},
    {{{"fail2ban.conf", "[Definition]\ndbmaxmatches = x\n"}},
	{"fail2ban.conf:2:16: error: dbmaxmatches: 'x' is not a whole number; write one, as in "
	    "dbmaxmatches = 5"}},

    /* logs */
    {{{"jail.local", "[j]\nlogpath = /nowhere/log\n"}},
	{"jail.local:2:11: warning: No file(s) found for glob /nowhere/log",
	"jail.local:2:11: error: Have not found any log file for 'j' jail. logpath is "
	    "'/nowhere/log'; create the file, correct the path, or set skip_if_nologs = true"}},
    {{{"jail.local", "[j]\nlogpath = /nowhere/log\nskip_if_nologs = true\n"}},
	{"jail.local:2:11: warning: No file(s) found for glob /nowhere/log",
	"jail.local:2:11: warning: Have not found any log file for 'j' jail.",
	"jail.local:2:11: warning: Jail 'j' skipped, because of missing log files."}},
    {{{"jail.local", "[j]\nlogpath = /nowhere/log\nbackend = auto\njournalmatch = _COMM=x\n"}},
	{"jail.local:2:11: warning: No file(s) found for glob /nowhere/log",
	"jail.local:2:11: warning: Have not found any log file for 'j' jail. Jail will monitor "
	    "systemd journal."}},
    {{{"jail.local", "[j]\nlogpath = /dev/null\n  /nowhere/*.log\n"}},
	{"jail.local:3:3: warning: No file(s) found for glob /nowhere/*.log"}},
    {{{"jail.local", "[j]\nlogpath = /dev/null\n  @ROOT@/log\n"}},
	{"jail.local:3:3: warning: File log is a dangling link, thus cannot be monitored"}, {MAKE_LOOP, "log"}},
    {{{"jail.conf", "[DEFAULT]\nbackend = polling\n[j]\nenabled = true\nfilter = f\naction = a\n"}},
	{"jail.conf:3:1: warning: Jail 'j' has no logpath and watches nothing"}},
    {{{"jail.local", "[j]\nlogpath = /dev/null end\n"}},
	{"jail.local:2:21: error: 'end' behind the log path is neither head nor tail; a path "
	    "has no blanks, and each stands on a line of its own"}},

    /* names */
    {{{"jail.local", "[j]\nmaxrety = 4\n"}},
	{"jail.local:2:1: warning: unknown option 'maxrety', which nothing refers to; did you "
	    "mean 'maxretry'?"}},
    {{{"jail.local", "[j]\nbanacton = x\naction = a[x=%(banaction)s]\nbanaction = y\n"}, {"action.d/a.conf", "[Definition]\nactionban = echo <x> <ip>\n"}},
	{"jail.local:2:1: warning: unknown option 'banacton', which nothing refers to; did you "
	    "mean 'banaction'?"}},
    {{{"jail.local", "[j]\nfrobnicate = 1\n"}},
	{"jail.local:2:1: warning: unknown option 'frobnicate', which nothing refers to"}},
    {{{"jail.local", "[j]\nloglevel = INFO\n"}},
	{"jail.local:2:1: warning: option 'loglevel' has no effect here; it belongs to the "
	    "server, in fail2ban.local"}},
    {{{"jail.local", "[j]\nactionban = true\n"}},
	{"jail.local:2:1: warning: option 'actionban' has no effect here; it belongs to an "
	    "action, in action.d"}},
    {{{"jail.local", "[INCLUDE]\nbefore = x\n"}},
	{"jail.local:2:1: warning: unknown option 'before', which nothing refers to",
	"jail.local:1:1: warning: section [INCLUDE] is taken for a jail; did you mean 'INCLUDES'?"}},
    {{{"jail.local", "[default]\nmaxretry = 3\n"}},
	{"jail.local:1:1: warning: section [default] is taken for a jail; did you mean 'DEFAULT'?"}},
    {{{"jail.conf", "[DEFAULT]\nbackend = polling\nlogpath = /dev/null\nfilter = %(__name__)s\naction = "
	    "a\n[sshd]\nenabled = true\n"}, {"filter.d/sshd.conf", "[Definition]\nfailregex = ^a <HOST>$\n"}, {"jail.local", "[ssdh]\nmaxretry = 3\n"}},
	{"jail.local:1:1: warning: jail 'ssdh' has no filter; did you mean 'sshd'?"}},
    {{{"fail2ban.conf", "[Definition]\nlogelvel = INFO\n"}},
	{"fail2ban.conf:2:1: warning: unknown option 'logelvel', which nothing refers to; did you "
	    "mean 'loglevel'?"}},
    {{{"fail2ban.conf", "[Definition]\nbantime = 1h\n"}},
	{"fail2ban.conf:2:1: warning: option 'bantime' has no effect here; it belongs to a jail, "
	    "in jail.local"}},
    {{{"fail2ban.conf", "[Definition]\nfrob = 1\n"}},
	{"fail2ban.conf:2:1: warning: unknown option 'frob', which nothing refers to"}},
    {{{"fail2ban.conf", "[Defintion]\nloglevel = INFO\n"}},
	{"fail2ban.conf:1:1: warning: section [Defintion] is not read; did you mean 'Definition'?"}},
    {{{"fail2ban.conf", "[Definition]\n[Other]\na = 1\n"}},
	{"fail2ban.conf:2:1: warning: section [Other] is not read"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\nignoregex = ^b\n"}},
	{"filter.d/f.conf:3:1: warning: unknown option 'ignoregex', which nothing refers to; did "
	    "you mean 'ignoreregex'?"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\nmaxretry = 3\n"}},
	{"filter.d/f.conf:3:1: warning: option 'maxretry' has no effect here; it belongs to a "
	    "jail, in jail.local"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n[INCLUDE]\nbefore = c.conf\n"}},
	{"filter.d/f.conf:3:1: warning: section [INCLUDE] is not read; did you mean 'INCLUDES'?"}},
    {{{"filter.d/f.conf", "[INCLUDES]\nbefore = comon.conf\n[Definition]\nfailregex = ^a <HOST>$\n"}, {"filter.d/common.conf", "[Definition]\n"}},
	{"filter.d/f.conf:2:10: warning: the file 'comon.conf' to be included does not exist; did "
	    "you mean 'common'?"}},
    {{{"filter.d/f.conf", "[INCLUDES]\nbefore = other.conf\n[Definition]\nfailregex = ^a <HOST>$\n"}},
	{"filter.d/f.conf:2:10: warning: the file 'other.conf' to be included does not exist"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a-<kind> <HOST>$\n[Init]\nkind = a\n"}, {"jail.local", "[j]\nfilter = f[kidn=b]\n"}},
	{"jail.local:2:12: warning: unknown option 'kidn', which nothing refers to; did you mean "
	    "'kind'?"}},
    {{{"action.d/a.conf", "[Definition]\nactonban = echo <ip>\nactionban = echo <ip>\n"}},
	{"action.d/a.conf:2:1: warning: unknown option 'actonban', which nothing refers to; did "
	    "you mean 'actionban'?"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = echo <ip> <failrues>\n"}},
	{"action.d/a.conf:2:23: warning: <failrues> is no tag of an action; did you mean "
	    "<failures>?"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = echo <HOST>\n"}},
	{"action.d/a.conf:2:18: warning: <HOST> is no tag of an action; did you mean <ip>?"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HSOT> <ADDR>$\n"}},
	{"filter.d/f.conf:2:16: warning: <HSOT> is no tag of a regular expression; did you mean "
	    "<HOST>?"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <host> <ADDR>$\n"}},
	{"filter.d/f.conf:2:16: warning: <host> is no tag of a regular expression; did you mean "
	    "<HOST>?"}},

    /* values that fail2ban takes for others */
    {{{"jail.local", "[j]\nenabled = ture\n"}},
	{"jail.local:2:11: warning: enabled: 'ture' is neither true nor false, and counts as "
	    "false; write one of them; did you mean 'true'?",
	"warning: no jail is enabled; write enabled = true below the name of one, in jail.local"}},
    {{{"jail.local", "[j]\nignoreself = maybe\n"}},
	{"jail.local:2:14: warning: ignoreself: 'maybe' is neither true nor false, and counts as "
	    "false; write one of them"}},
    {{{"jail.local", "[j]\nusedns = wran\n"}},
	{"jail.local:2:10: warning: usedns: 'wran' is none of yes, warn, no, raw, and counts as "
	    "no; did you mean 'warn'?"}},
    {{{"jail.local", "[j]\nignoreip = 192.0.2.1 # me\n"}},
	{"jail.local:2:22: warning: '# me' belongs to the value of 'ignoreip': behind a value "
	    "only ';' begins a comment; put the comment on a line of its own"}},
    {{{"jail.local", "[j]\nfindtime = 10d\n"}},
	{"jail.local:2:12: warning: findtime of jail 'j' is 10d, but the database keeps only 1d; "
	    "set dbpurgeage in fail2ban.local to at least that"}},

    /* jails and files that get into each other's way */
    {{{"jail.local", "[j]\nmaxretry = 3\n"}, {"jail.d/a.conf", "[j]\nmaxretry = 4\n"}},
	{"jail.d/a.conf:2:1: warning: 'maxretry' of [j] has no effect here: jail.local:2 is read "
	    "later and sets it to '3'; keep one of the two"}},
    {{{"jail.local", "[DEFAULT]\nbantime = 3\n"}, {"jail.d/a.conf", "[DEFAULT]\nbantime = 4\n"}},
	{"jail.d/a.conf:2:1: warning: 'bantime' of [DEFAULT] has no effect here: jail.local:2 is "
	    "read later and sets it to '3'; keep one of the two"}},
    {{{"jail.local", "[j]\nenabled = false\n"}, {"jail.d/a.conf", "[j]\nenabled = true\n"}},
	{"jail.d/a.conf:2:1: warning: 'enabled' of [j] has no effect here: jail.local:2 is read "
	    "later and sets it to 'false'; keep one of the two",
	"warning: no jail is enabled; write enabled = true below the name of one, in jail.local"}},
    {{{"jail.d/b.conf", "[j]\nenabled = true\n"}, {"jail.d/a.conf", "[j]\nenabled = true\n"}},
	{"jail.d/a.conf:2:1: warning: 'enabled' of [j] is set twice, here and in jail.d/b.conf:2; "
	    "keep one of the two"}},
    {{{"jail.local", "[j]\naction = a[name=x]\n[k]\nenabled = true\nfilter = f\naction = a[name=x]\n"}, {"action.d/a.conf", "[Definition]\nactionban = echo <ip>\nactioncheck = true\n"}},
	{"jail.local:6:10: warning: jails 'j' and 'k' both use action a[name=x] and share what it "
	    "makes in the firewall; give each a name of its own"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex =\n"}},
	{"jail.conf:6:10: warning: jail 'j' finds nobody: its filter has no failregex"}},
    {{{"filter.d/f.conf", "[Definition]\nignoreregex = ^a\n"}},
	{"jail.conf:6:10: warning: jail 'j' finds nobody: its filter has no failregex"}},
    {{{"jail.conf", "[DEFAULT]\nbackend = systemd\n[j]\nenabled = true\nfilter = f\naction = a\njournalmatch = _COMM=x\n"},
	{"jail.local", "[j]\nlogpath = @ROOT@/nothing\n  @ROOT@/jail.local\n"}},
	{"jail.local:3:3: warning: nobody reads 'jail.local', as jail 'j' has backend = systemd, "
	    "and reads the journal; set backend = auto in it to have the file read"}},
    {{{"jail.local", "[j]\nbackend = systemd\n"}},
	{"jail.local:2:11: warning: jail 'j' reads the whole journal; set journalmatch to the "
	    "entries that it is about, as in journalmatch = _SYSTEMD_UNIT=sshd.service"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = no-such-program <ip>\n"}},
	{"action.d/a.conf:2:13: warning: action 'a' runs 'no-such-program' in actionban, which is "
	    "not installed; install it, or choose another action"}},
    {{{"action.d/a.conf", "[Definition]\nactionban = echo <ip> | <cmd> -x\n[Init]\ncmd = no-such-program -a\n"}},
	{"action.d/a.conf:4:7: warning: action 'a' runs 'no-such-program' in actionban, which is "
	    "not installed; install it, or choose another action"}},
    {{{"jail.local", "[j]\nlogpath = /nowhere/log\njournalmatch = _COMM=x\n"}},
	{"jail.local:2:11: warning: No file(s) found for glob /nowhere/log",
	"jail.local:2:11: error: Have not found any log file for 'j' jail. logpath is "
	    "'/nowhere/log'; create the file, correct the path, set backend = systemd to read the "
	    "journal instead, or set skip_if_nologs = true"}},
    {{{"jail.local", "[j]\nlogpath = /nowhere/log\n"}, {"filter.d/f.conf", "[Definition]\nfailregex = DENIED.* SRC=<HOST>\n"}},
	{"jail.local:2:11: warning: No file(s) found for glob /nowhere/log",
	"jail.local:2:11: error: Have not found any log file for 'j' jail. logpath is "
	    "'/nowhere/log'; create the file, correct the path, set backend = kmsg to read the "
	    "kernel's log without a file, or backend = nflog[group=5] to have packets from a rule with "
	    "NFLOG or \"log group 5\", or set skip_if_nologs = true"}},

    /* YAML */
    {{{"f2b.yaml", "jail: {j: {maxretry: 1}}\n"}},
	{"f2b.yaml:1:1: error: expected 'server:' or 'jails:', found 'jail'; a jail is written, "
	    "indented, below 'jails:'; did you mean 'jails'?"}},
    {{{"f2b.yaml", "jails: {j: {maxretry: 1}}\njails: {j: {bantime: 1}}\n"}},
	{"f2b.yaml:2:1: error: 'jails:' stands here twice; put this below line 1"}},
    {{{"f2b.yaml", "server: [INFO]\njails: j\n"}},
	{"f2b.yaml:1:9: error: 'server' holds a map, found a list",
	"f2b.yaml:2:8: error: 'jails' holds a map, found 'j'"}},
    {{{"f2b.yaml", "server:\n  loglevel: LOUD\n"}},
	{"f2b.yaml:2:13: error: Invalid log level 'LOUD'; it is one of CRITICAL, ERROR, WARNING, "
	    "NOTICE, INFO, DEBUG"}},
    {{{"f2b.yaml", "jails:\n  j:\n    maxrety: 3\n    ignoreip: '%(a)s'\n"}},
	{"f2b.yaml:3:5: warning: unknown option 'maxrety', which nothing refers to; did you mean "
	    "'maxretry'?",
	"f2b.yaml:4:16: error: Bad value substitution: option 'ignoreip' in section 'j' contains "
	    "an interpolation key 'a' which is not a valid option name. Raw value: '%(a)s'; set 'a' "
	    "in this section or in [DEFAULT], or correct the name"}},
    {{{"jail.d/y.yaml", "- a\n"}},
	{"jail.d/y.yaml:1:1: error: the file begins with a list; write 'section:', and below it, "
	    "indented, 'option: value'"}},
    {{{"jail.d/y.yaml", "j: 1\n"}},
	{"jail.d/y.yaml:1:1: error: 'j' is not in a section; write the name of the jail, as "
	    "'sshd:', or 'DEFAULT:' above it, and indent it below"}},
    {{{"jail.d/y.yaml", "[a, b]: {c: 1}\n"}},
	{"jail.d/y.yaml:1:1: error: expected the name of a section, found a list"}},
    {{{"jail.d/y.yaml", "j: {maxretry: 1, maxretry: 2}\n"}},
	{"jail.d/y.yaml:1:18: error: While reading from 'jail.d/y.yaml' [line  1]: option "
	    "'maxretry' in section 'j' already exists; it was set in line 1, keep one of the two"}},
    {{{"jail.d/y.yaml", "j: {maxretry: 1}\nj: {bantime: 2}\n"}},
	{"jail.d/y.yaml:2:1: error: While reading from 'jail.d/y.yaml' [line  2]: section 'j' "
	    "already exists; it began in line 1, so put these options there"}},
    {{{"jail.d/y.yaml", "j: {maxretry: [1, 2]}\n"}},
	{"jail.d/y.yaml:1:15: error: 'maxretry' holds one value, found a list"}},
    {{{"jail.d/y.yaml", "j: {ignoreip: {a: b}}\n"}},
	{"jail.d/y.yaml:1:16: error: 'ignoreip' holds text or a list, found a map with 'a'; put "
	    "text that holds ': ' or begins with '{' in quotes"}},
    {{{"jail.d/y.yaml", "j: {ignoreip: [[a]]}\n"}},
	{"jail.d/y.yaml:1:16: error: 'ignoreip' holds a list of values, but this is a list; put "
	    "an item that holds ': ', '[', '{' or '- ' in quotes"}},
    {{{"jail.d/y.yaml", "j: {bantime: {incremnt: true}}\n"}},
	{"jail.d/y.yaml:1:15: error: 'bantime' has no part 'incremnt'; did you mean 'increment'?"}},
    {{{"jail.d/y.yaml", "j: {filter: [{x: 1, y: 2}]}\n"}},
	{"jail.d/y.yaml:1:15: error: expected the name of a filter with a map of its options, "
	    "found 'x': '1'; write {name: NAME, option: value} or NAME: {option: value}"}},
    {{{"jail.d/y.yaml", "j: {action: [[a]]}\n"}},
	{"jail.d/y.yaml:1:14: error: expected the name of an action or a map, found a list"}},
    {{{"jail.d/y.yaml", "j: {action: [{name: a, x y: 1}]}\n"}},
	{"jail.d/y.yaml:1:24: error: 'x y' is not an option of a filter or an action with its "
	    "value; write 'option: value'"}},
    {{{"jail.d/y.yaml", "j: {action: [{name: a, x: \"'\\\",]\"}]}\n"}},
	{"jail.d/y.yaml:1:27: error: the value of 'x' holds both kinds of quotes, and a comma or "
	    "a bracket; use one kind of quotes"}},
    {{{"jail.d/y.yaml", "j: {action: [{[a]: a}]}\n"}},
	{"jail.d/y.yaml:1:15: error: expected the name of an action with a map of its options, "
	    "found a list: 'a'; write {name: NAME, option: value} or NAME: {option: value}"}},
    {{{"jail.d/y.yaml", "j: {[a]: a}\n"}},
	{"jail.d/y.yaml:1:5: error: expected the name of an option, found a list"}},
    {{{"jail.d/y.yaml", "j: {action: [{name: a, [x]: 1}]}\n"}},
	{"jail.d/y.yaml:1:24: error: a list is no name of an option"}},
    {{{"jail.d/y.yaml", "j: {action: {a: {[x]: 1}}}\n"}},
	{"jail.d/y.yaml:1:18: error: a list is no name of an option"}},
    {{{"jail.d/y.yaml", "DEFAULT: {\"?a=b\": {\"?c=d\": {e: f}}}\n"}},
	{"jail.d/y.yaml:1:20: error: one condition cannot stand in another"}},
    {{{"jail.d/y.yaml", "j: [@262145*1,@]\n"}},
	{"jail.d/y.yaml:1:524287: error: more than 262144 values in one file"}},
    {{{"jail.d/y.yaml", "j: {a: \"x@1048576*x@\"}\n"}},
	{"jail.d/y.yaml:1:5: error: the value of 'a' is longer than 1048576 bytes"}},
    {{{"jail.d/y.yaml", "j:\n  ?family=inet6: {?family=inet4: {a: b}}\n"}},
	{"jail.d/y.yaml:2:35: error: 'family=inet4' holds text or a list, found a map with 'a'; "
	    "put text that holds ': ' or begins with '{' in quotes"}},
    {{{"jail.d/y.yaml", "j: {maxretry: *a}\n"}},
	{"jail.d/y.yaml:1:15: error: aliases (*a) are not used here; refer to an option with "
	    "'%(name)s', and put a value that begins with '*' in quotes"}},
    {{{"jail.d/y.yaml", "j: {maxretry: &a 1}\n"}},
	{"jail.d/y.yaml:1:15: error: anchors (&a) are not used here; put a value that begins with "
	    "'&' in quotes"}},
    {{{"jail.d/y.yaml", "j: {maxretry: !x 1}\n"}},
	{"jail.d/y.yaml:1:15: error: tags (!x) are not used here; put a value that begins with "
	    "'!' in quotes"}},
    {{{"jail.d/y.yaml", "j: {maxretry: 1}\n---\nj: {}\n"}},
	{"jail.d/y.yaml:2:1: error: a second document begins; leave out '---'"}},
    {{{"jail.d/y.yaml", "j: {maxretry: \"1}\n"}},
	{"jail.d/y.yaml:2:1: error: not YAML: while scanning a quoted scalar, found unexpected "
	    "end of stream (it began in line 1); close the quotes"}},
    {{{"jail.d/y.yaml", "j: {a: b: c}\n"}},
	{"jail.d/y.yaml:1:9: error: not YAML: while parsing a flow mapping, did not find expected "
	    "',' or '}'; close the bracket; put a value that begins with '[' or '{', or an address "
	    "that begins with ':', in quotes"}},
    {{{"jail.d/y.yaml", "j: {a: \x01}\n"}},
	{"jail.d/y.yaml:1:8: error: not YAML: control character U+0001; in double quotes write it "
	    "as \\u0001"}},
    {{{"jail.d/y.yaml", "j: {a: \xe9}\n"}},
	{"jail.d/y.yaml:1:8: error: byte 0xe9 is not UTF-8; save the file as UTF-8",
	"jail.d/y.yaml: error: Could not read config files: jail.d/y.yaml: it is not UTF-8",
	"error: Read jails configuration failed."}},
    {{{"jail.d/y.yaml", "j: {a: "
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}\n"}},
	{"jail.d/y.yaml:1:14: error: lists and maps are more than 8 deep in each other; put a "
	    "value that begins with '[', '{' or '- ' in quotes"}},

    /* what is likely not meant as it is written */
    {{{"filter.d/f.conf", "[Definition]\nfailregex = \"^a b <HOST>$\"\n            \"a\" \"<HOST>\"\n"}},
	{"filter.d/f.conf:2:13: warning: '\"' around the regular expression is looked for in the log as "
	    "well; leave it out at both ends"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = /a b <HOST>/i\n            \"<HOST>\"\n"}},
	{"filter.d/f.conf:2:13: warning: '/' around the regular expression is looked for in the log as "
	    "well; leave it out at both ends"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = \xe2\x80\x9c" "a b <HOST>\xe2\x80\x9d\n"}},
	{"filter.d/f.conf:2:13: warning: '\xe2\x80\x9c' around the regular expression is looked for in "
	    "the log as well; leave it out at both ends"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a\xc2\xa0<HOST>$\n"}},
	{"filter.d/f.conf:2:13: warning: the regular expression holds U+00A0, which looks like a blank or "
	    "like nothing; write a blank, or remove it"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST> # the first\n            ^a #5 <HOST>$\n"}},
	{"filter.d/f.conf:2:13: warning: '# the first' belongs to the regular expression: behind a value "
	    "only ';' begins a comment; put the comment on a line of its own"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = [UFW BLOCK] .* SRC=<HOST>\n"
			  "            ^[aA]b [\\w -]* [ab ]+ \\[UFW BLOCK\\] <HOST>$\n"}},
	{"filter.d/f.conf:2:13: warning: '[UFW BLOCK]' in the regular expression is one character, any "
	    "of these; for brackets in the log write \\[ and \\]"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^\\w+ \\d+ \\d{2}:[0-9]+:\\d\\d host: <HOST>$\n"
			  "            ^\\d+:\\d+ <HOST>$\n"}},
	{"filter.d/f.conf:2:13: warning: '\\d{2}:[0-9]+:\\d\\d' in the regular expression looks for a "
	    "time, but a line's date and time are cut out before it is searched; leave the date out; "
	    "f2b-regex --explain shows what remains of a line"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^\\d+:\\d+:\\d+ <HOST>$\ndatepattern = {NONE}\n"}}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\nignoreregex = .*\n"}},
	{"filter.d/f.conf:3:15: warning: this ignoreregex takes every line, so that nobody is found; say "
	    "what is special about the lines to be ignored, or leave it empty"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\nignoreregex = <HOST>\n"}},
	{"filter.d/f.conf:3:15: warning: this ignoreregex takes every line with an address, so that "
	    "nobody is found; say what is special about the lines to be ignored, or leave it empty"}},
    {{{"jail.local", "[j]\nignoreip = 192.168.1.* 10.0.0.0/8, ::1 home.example.org,fe80::/10\n"}},
	{"jail.local:2:12: warning: ignoreip: '192.168.1.*' is no address, no network and no name of a "
	    "host; write an address, or a network as in 192.0.2.0/24, with blanks or commas between "
	    "them"}},
    {{{"jail.local", "[j]\nignoreip = 10.0.0.1/33\n"}},
	{"jail.local:2:12: warning: ignoreip: '10.0.0.1/33' has a prefix longer than the address, and "
	    "counts as that alone; write an address, or a network as in 192.0.2.0/24, with blanks or "
	    "commas between them"}},
    {{{"jail.local", "[j]\nignoreip = 0.0.0.0/0\n"}},
	{"jail.local:2:12: warning: ignoreip: '0.0.0.0/0' is every address, so that nobody is banned; "
	    "write an address, or a network as in 192.0.2.0/24, with blanks or commas between them"}},
    {{{"jail.local", "[j]\nmaxretry = 0\n"}},
	{"jail.local:2:12: warning: maxretry: 0 is taken for 1: the first failure leads to a ban; write "
	    "how many failures lead to a ban; to leave a jail off, enabled = false"}},
    {{{"jail.local", "[j]\nfindtime = 0\n"}},
	{"jail.local:2:12: warning: findtime is no time at all, so that no failure counts; write a "
	    "duration, as in 10m"}},
    {{{"jail.local", "[j]\nbantime = 0\n"}},
	{"jail.local:2:11: warning: bantime is no time at all, so that nobody is banned; write a "
	    "duration, as in 10m, or -1 for bans that do not end"}},
    {{{"jail.local", "[j]\nbantime.multipliers = 1, 2, 4\n"}},
	{"jail.local:2:23: warning: bantime.multipliers: '1, 2, 4' cannot be reckoned (invalid syntax), "
	    "so that the ban time does not grow; write numbers with blanks between them, as in 1 2 4 8"}},
    {{{"jail.local", "[j]\nbantime.factor = x\nbantime.formula = bantime * 2\n"}},
	{"jail.local:2:18: warning: bantime.factor: 'x' cannot be reckoned (name 'x' is not defined), so "
	    "that the ban time does not grow; write a number, as in 2",
	"jail.local:3:19: warning: bantime.formula: 'bantime * 2' cannot be reckoned (name 'bantime' is "
	    "not defined), so that the ban time does not grow; it may refer to ban.Time, ban.Count and "
	    "banFactor"}},
    {{{"jail.local", "[j]\nbantime.factor = 1.5\nbantime.multipliers = 1 2 4\nbantime.formula = "
		    "ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)\n"}}},
    {{{"jail.local", "[k]\nfilter = f\nlogpath = /dev/null\n[j]\nmaxretry = 3\n"}},
	{"jail.local:2:1: warning: jail 'k' is set up, but not enabled; write enabled = true below [k]"}},
    {{{"jail.local", "[k]\nfilter = f\nenabled = no\n"}}},
    {{{"jail.conf", "[j]\nfilter = f\n"}},
	{"warning: no jail is enabled; write enabled = true below the name of one, in jail.local"}},
    {{{"jail.local", "[DEFALUT]\nmaxretry = 3\n"}},
	{"jail.local:1:1: warning: section [DEFALUT] is taken for a jail; did you mean 'DEFAULT'?"}},
    {{{"jail.local", "[Definition]\nfailregex = ^a <HOST>$\n"}},
	{"jail.local:1:1: warning: section [Definition] is taken for a jail; [Definition] belongs "
	    "in a file of filter.d or action.d"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\n[k]\nenabled = true\n"}},
	{"filter.d/f.conf:3:1: warning: section [k] is not read here; a jail belongs in jail.local"}},
    {{{"jail.d/x.conf.txt", "[j]\nmaxretry = 3\n"}, {"jail.d/README.txt", "What stands here.\n"}},
	{"jail.d/x.conf.txt: warning: is not read; files of this folder end in '.conf' or '.local'"}},
    {{{"jail.local", "[j]\nlogpath = @ROOT@/jail.d\n"}},
	{"jail.local:2:11: warning: jail.d is a folder, and nothing is read from it; name its files, as "
	    "in jail.d/*.log"}},
    {{{"jail.local", "[j]\naction = iptables[port=\"htttp, ssh,22,6000:6010\"]\n"}, {"action.d/iptables.conf",
	 "[Definition]\nactionstart = true <port>\nactionban = true <ip>\n"}},
	{"jail.local:2:25: warning: port: 'htttp' is neither a number nor a name in /etc/services, so "
	    "that the ban will fail; write numbers, names or ranges as in 6000:6010, with commas between "
	    "them"}},
    {{{"jail.local", "[j]\naction = iptables[name=a-name-with-25-characters]\n"}, {"action.d/iptables.conf",
	 "[Definition]\nactionstart = true iptables -N f2b-<name>\nactionban = true <ip>\n"}},
	{"jail.local:2:10: warning: action 'iptables' makes the chain 'f2b-a-name-with-25-characters', "
	    "and iptables takes a name of 28 characters at most; give the action a shorter one, as in "
	    "iptables[name=short]"}},
    {{{"jail.local", "[j]\nlogpath = \"/nowhere/log\"\n"}},
	{"jail.local:2:11: warning: No file(s) found for glob \"/nowhere/log\"",
	"jail.local:2:11: error: Have not found any log file for 'j' jail. logpath is "
	    "'\"/nowhere/log\"'; leave out the quotes, create the file, correct the path, or set "
	    "skip_if_nologs = true"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\nfailregex = ^b <HOST>$\n"}},
	{"filter.d/f.conf:3:1: error: While reading from 'filter.d/f.conf' [line  3]: option 'failregex' "
	    "in section 'Definition' already exists; it was set in line 2, keep one of the two, or put "
	    "the second value on an indented line below the first"}},
    {{{"jail.local", "[j]\nfilter = f[mode=agressive]\n"}, {"filter.d/f.conf",
	 "[Definition]\nfailregex = <_re_<mode>>\n            ^a <HOST>$\n_re_normal =\n_re_aggressive = ^b <HOST>$\n"}},
	{"jail.local:2:17: warning: <_re_agressive> in failregex stands for nothing, as the filter has no "
	    "option '_re_agressive'; did you mean '_re_aggressive'?",
	"filter.d/f.conf:2:13: error: No failure-id group in '<_re_agressive>'; the regex does not say "
	    "whom to ban: put <HOST> (or <ADDR>, or <F-ID>…</F-ID>) where the address stands; if it was "
	    "copied from a web page, the page has likely swallowed the tag, since it looks like HTML"}},
    {{{"jail.local", "[j]\naction = iptables[protocol=\"tcp,upd\"]\n"}, {"action.d/iptables.conf",
	 "[Definition]\nactionban = true <ip>\n"}},
	{"jail.local:2:33: warning: protocol: 'upd' is none that iptables knows, so that the ban will fail; "
	    "write tcp, udp, or both with a comma between them"}},
    {{{"action.d/a.conf", "[Definition]\nban = true <ip>\n"}},
	{"jail.conf:7:10: warning: action 'a' has no actionban, and so does nothing when somebody is "
	    "banned"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\ndatepattern = YYYY-MM-DD HH:MM:SS\n"}},
	{"filter.d/f.conf:3:15: warning: datepattern: 'YYYY-MM-DD HH:MM:SS' takes no part of a date; write "
	    "%%Y for the year, %%m, %%d, %%H, %%M, %%S, as in %%Y-%%m-%%d %%H:%%M:%%S"}},
    {{{"filter.d/f.conf", "[Definition]\nfailregex = ^a <HOST>$\ndatepattern = ^%%Y-%%m-%%d\n"
			  "              {DATE}\n              ^EPOCH\n"}}},
