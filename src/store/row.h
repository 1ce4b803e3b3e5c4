#ifndef F2B_STORE_ROW_H
#define F2B_STORE_ROW_H

#include "jail/ticket.h"

/*
 * The column "data" of a ban: a JSON object of what is known of the offender besides its address,
 * as fail2ban writes it:
 *	{"matches": ["line", ["before", "date", "after"]], "failures": 3, "user": "root"}
 * Rows may come from anybody who can write the file, so nothing in them is trusted.
 */

/*
 * More than this is no row of ours or fail2ban's, and is not looked at. An id may be all of a line that
 * was read; names are those of groups in a regex.
 */
#define ROW_ID_MAX ((size_t)256 * 1024)
#define ROW_NAME_MAX ((size_t)1024)
#define ROW_DATA_MAX ((size_t)1024 * 1024)

/*
 * Adds t's data with its newest max_matches matches; the key is left out if max_matches is 0. Texts
 * are escaped as Python's json does, with ensure_ascii off; bytes that are not UTF-8 become U+FFFD.
 */
void row_format(struct buf *out, const struct ticket *t, size_t max_matches);

/* Whether the row has that of its own, so that no attribute of a ticket may be called so. */
bool row_owns(struct slice name);

/*
 * The ticket of id with what json, which may be anything, says of it: data that cannot be read
 * counts as none. Its ip is the address seen where id is none, and else id. Ended by
 * ticket_unref().
 */
struct ticket *row_ticket(
    struct slice id, struct instant when, struct slice json, size_t max_matches);

#endif
