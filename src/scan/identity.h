#ifndef F2B_SCAN_IDENTITY_H
#define F2B_SCAN_IDENTITY_H

#include "scan/door.h"
#include "scan/filter.h"

/*
 * Who failed, by the groups of a match: fid before an address before a name. Texts point into the
 * groups' values or into the identity itself, which must not move.
 */
struct identity {
	enum door_id kind;
	struct slice id, host;
	struct addr addr;
	char id_text[ADDR_TEXT_MAX], host_text[ADDR_TEXT_MAX];
};

/*
 * Returns false if nobody is named; *known is set if somebody was, even a name not to be looked up.
 */
bool identity_find(struct identity *who, const struct door_attr *v, size_t count,
    enum filter_dns dns, bool *known);

/* What points into from points into to. */
void identity_copy(struct identity *to, const struct identity *from);

#endif
