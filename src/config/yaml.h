#ifndef F2B_CONFIG_YAML_H
#define F2B_CONFIG_YAML_H

#include "config/load.h"
#include "config/section.h"

/*
 * The other form of a configuration file: YAML, read into the same sections as ini_parse() reads.
 *
 *	DEFAULT:			[DEFAULT]
 *	  bantime:			bantime.increment = true
 *	    time: 1h			bantime = 1h
 *	    increment: true
 *	sshd:				[sshd]
 *	  enabled: true			enabled = true
 *	  failregex:			failregex = ^one
 *	  - '^one'				    ^two
 *	  - '^two'
 *	  port: [ssh, 2222]		port = ssh,2222
 *	  action:			action = iptables[name="x", port="ssh"]
 *	  - iptables: {name: x, port: ssh}
 *	  '_x?family=inet6': y		in [sshd?family=inet6]: _x = y
 *
 * A scalar is its text, whatever YAML takes it for; references, "%(name)s", are replaced later.
 * The manual is docs/yaml.md.
 */

/*
 * Adds the sections of text, which lives as long as the arena, to out, which is empty. file names
 * it in places. Returns 0, or -EINVAL after its mistakes have been reported, or -EILSEQ where it
 * is not UTF-8; out then holds what could be read.
 */
int yaml_parse(struct load *l, struct slice text, const char *file, struct sections *out);

/*
 * The same of one part of a file that has several: of "server", whose options become the section
 * "Definition", or of "jails", which holds sections. Who reads both reads "server" first: only there
 * is told what is wrong with the file as a whole.
 */
#define YAML_SERVER "server"
#define YAML_JAILS "jails"
int yaml_parse_part(struct load *l, struct slice text, const char *file, const char *part,
    struct sections *out);

/* Whether the option names filters or actions, which may be written as maps. */
bool yaml_is_definition(struct slice option);

#endif
