#ifndef F2B_STORE_ROWPLAIN_H
#define F2B_STORE_ROWPLAIN_H

#include "jail/ticket.h"

/*
 * The data of nearly every ban has one form, that of row_format() and of fail2ban, and no character in
 * it is escaped: this is read here, without a tree of JSON, which took half of the time of a restore.
 */

/* How many bytes at the start of s stand for themselves in a text of JSON: ASCII, but for some. */
size_t rowplain_length(struct slice s);

/*
 * Gives t what json says of it, as row_ticket() would. False if json has another form, whether it is
 * sound or not; t is then as it was.
 */
bool rowplain_read(struct slice json, struct ticket *t, size_t max_matches);

#endif
