#ifndef F2B_CONTROL_HOLD_H
#define F2B_CONTROL_HOLD_H

#include "source/file.h"
#include "util/list.h"
#include "util/time.h"

/*
 * A line that is still being judged, as a name is looked up or a command is asked. As long as it is,
 * the position that goes to the store stays before it, so that it is read again if we end.
 */
struct hold {
	struct list link;	/* of its source's, in the order of lines; of none once that is closed */
	unsigned refs;
	struct file_position at;	/* to be stored: of a file, or a feed */
	struct instant before;	/* the same, of the journal */
};

/* The last of holds, with one reference. */
struct hold *hold_new(struct list *holds);
struct hold *hold_ref(struct hold *h);	/* takes NULL */
void hold_unref(struct hold *h);	/* the same; the last one lets go */

/* The oldest, or NULL if there is none. */
const struct hold *hold_first(const struct list *holds);

/* Their source is closed: they hold nothing any more. */
void hold_drop(struct list *holds);

#endif
