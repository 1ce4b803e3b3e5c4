#ifndef F2B_JAIL_IGNORE_H
#define F2B_JAIL_IGNORE_H

#include "util/addr.h"
#include "util/time.h"

/*
 * Who is never counted: addresses, networks, host names, and files of them ("file:/path", read
 * again when the file changes; of the names in a file the first IGNORE_FILE_NAMES_MAX count). Names
 * are looked up by somebody else, who tells the result with ignore_resolved().
 */
struct ignore;

#define IGNORE_FILE_NAMES_MAX 100

enum ignore_reason {
	IGNORE_NOT,
	IGNORE_IP,	/* an address or network */
	IGNORE_DNS,	/* an address of a name */
	IGNORE_FILE,
	IGNORE_SELF,	/* an address of this machine */
};

struct ignore *ignore_new(void);
void ignore_free(struct ignore *ig);	/* takes NULL */

/*
 * -EEXIST if it is there already; -EDOM if it is an address with an impossible mask. An empty text
 * is passed over.
 */
int ignore_add(struct ignore *ig, struct slice text);
int ignore_del(struct ignore *ig, struct slice text);	/* -ENOENT */
void ignore_clear(struct ignore *ig);

void ignore_set_self(struct ignore *ig, bool on);
bool ignore_self(const struct ignore *ig);

/* Entries as they are listed: names, networks and files as added, then single addresses. */
size_t ignore_count(const struct ignore *ig);
/* Lent until the next change. */
struct slice ignore_text(const struct ignore *ig, size_t index);

/* Reads files that have changed again; of each at most once in a second. */
void ignore_refresh(struct ignore *ig, struct mono now);

/* A file that cannot be read, and why, as a negative errno: each cause once. False if there is none. */
bool ignore_unread(struct ignore *ig, struct slice *path, int *error);

/* Host names among the entries and in their files, for who looks them up; false behind the last. */
bool ignore_name(const struct ignore *ig, size_t index, struct slice *name);

/*
 * What a look-up gave. With a count of 0 (it failed) what was known before stays: true if that is to be
 * told, as the name is there and the look-up before did not fail.
 */
bool ignore_resolved(
    struct ignore *ig, struct slice name, const struct addr *addrs, size_t count);

/* A name for which there has been no answer at all yet; false if there is none. */
bool ignore_unanswered(struct ignore *ig, struct mono now, struct slice *name);

/*
 * Whether a failure of addr is to be ignored, and why. *file is then the path for IGNORE_FILE, lent
 * until the next change.
 */
enum ignore_reason ignore_check(
    struct ignore *ig, const struct addr *addr, struct mono now, struct slice *file);

/* True if a network has anybody in it who would be ignored, or lies in such a network. */
bool ignore_touches(struct ignore *ig, const struct addr *net, struct mono now);

#endif
