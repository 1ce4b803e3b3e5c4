#ifndef F2B_CONTROL_GUARDLOG_H
#define F2B_CONTROL_GUARDLOG_H

#include "control/guard.h"
#include "control/hold.h"
#include "control/sources.h"
#include "source/file.h"

/* The log files of a jail, and how far they have been read. */
struct guardlog {
	struct list link;
	struct guard *guard;
	struct source_sink sink;
	struct file *file;
	struct list holds;
	struct instant now; /* of the block that is being read */
	struct file_position stored;	/* last given to the store */
	bool is_stored;
	bool kept;	/* during a reload: named again */
	bool found;	/* by a pattern; nobody has named it */
	struct source_rate rate;
	struct mono level;	/* when all that was written had been read */
	bool lag_told;	/* since then */
};

/* -ENOENT and the like if the file cannot be opened; -EEXIST if it is watched already. */
int guardlog_add(struct guard *g, struct slice path, enum file_start start, struct diag *d);

/* The same for a file that a pattern found. Naming it later is no mistake. */
int guardlog_find(struct guard *g, struct slice path, struct diag *d);
void guardlog_del(struct guard *g, struct slice path);

bool guardlog_has(const struct guard *g, struct slice path);

/* During a reload: forgets which were named; drops those that were not named since. */
void guardlog_reload_begin(struct guard *g);
void guardlog_reload_end(struct guard *g);

/* Holds the position before the line that l delivers. The reference is the caller's. */
struct hold *guardlog_hold(struct guardlog *l);

/* Gives positions that have moved to the store. */
void guardlog_store(struct guard *g);

void guardlog_pause(struct guard *g, bool paused);

/* The filter has another encoding. */
void guardlog_encoded(struct guard *g);

/* Stops reading all of them; the positions go to the store. */
void guardlog_remove_all(struct guard *g);

/* Closes them without a word. */
void guardlog_close_all(struct guard *g);

#endif
