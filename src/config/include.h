#ifndef F2B_CONFIG_INCLUDE_H
#define F2B_CONFIG_INCLUDE_H

#include "config/load.h"
#include "config/section.h"

/*
 * One definition from all the files that make it up. For "jail" below the configuration folder, in
 * this order, the later ones winning:
 *
 *	jail.conf   jail.yaml        jail.d/(name).conf  and (name).yaml
 *	jail.local  jail.local.yaml  f2b.yaml, its "jails"
 *	                             jail.d/(name).local and (name).local.yaml
 *
 * A YAML file stands where its ini twin stands, right behind it; the files of a folder are read in
 * the order of their names without these endings. Around each stands what its section [INCLUDES]
 * names: the files of "before", the file itself, the files of "after", each in both forms and
 * followed by its ".local" twin in both. One that does not exist is left out, and so is a name that
 * leads back to a file on the way to it: not yet where a file names itself, which is read twice.
 * What a name stands for is found out once for all that include it.
 *
 * Sections are merged option by option. Options of [NAME?condition] become "option?condition" of
 * [NAME]. What an option was before is kept as "known". Source: jail.conf(5), and observed.
 */
#define INCLUDE_MAX_DEPTH 16
#define INCLUDE_MAX_FILES 1024
#define INCLUDE_TRIES 5 /* to read a file that others write to */

/* The ini file that name, as "filter.d/sshd", stands for first; it need not exist. Terminated. */
struct slice include_path(struct load *l, struct slice name);

/*
 * The name under which to read a filter or an action: in the folder "filter.d" or "action.d", or
 * elsewhere if it begins with '/', or with "./" for the folder that the program runs in.
 */
struct slice include_name(struct load *l, const char *folder, struct slice name);

/*
 * Reads what name ("jail", "filter.d/sshd", or an absolute path) consists of, into out, which is
 * empty. Returns 0; -ENOENT if there is no such file, -EINVAL or -EILSEQ if one
 * could not be read, each after it was reported.
 */
int include_read(struct load *l, struct slice name, struct sections *out);

/*
 * The bytes of a file of at most INI_MAX_BYTES, all of one version. Returns 0, or a negative errno;
 * reports nothing.
 */
int include_bytes(struct load *l, const char *path, struct slice *out);

/* What a file is by its name: one of ours at all, in YAML, one that overrides. */
bool include_is_config(struct slice path);
bool include_is_yaml(struct slice path);
bool include_is_local(struct slice path);

/* Whether it is the one file that holds the server's options and the jails. */
#define INCLUDE_SINGLE "f2b.yaml"
bool include_is_single(struct slice path);

/* The path without the ending that says so. */
struct slice include_stem(struct slice path);

/* Adds from to out, as if it were the next file. */
int include_merge(struct load *l, struct sections *out, const struct sections *from);

#endif
