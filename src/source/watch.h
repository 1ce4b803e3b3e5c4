#ifndef F2B_SOURCE_WATCH_H
#define F2B_SOURCE_WATCH_H

#include "util/list.h"
#include "util/slice.h"

/*
 * inotify shared by many: one descriptor, and one kernel watch for a file or folder however often
 * it is asked for. Whoever wants events embeds a watch_user.
 * Source: inotify(7)
 */
struct watch_set;

struct watch_user {
	struct list link;
	struct watch *watch;	/* NULL: watches nothing */
	/*
	 * mask is inotify's; name is the entry in a folder, else empty; cookie joins the two halves
	 * of a rename. After IN_IGNORED nothing is watched any more. Must not add or remove users.
	 */
	void (*event)(struct watch_user *u, uint32_t mask, uint32_t cookie, struct slice name);
};

int watch_set_new(struct watch_set **out);
void watch_set_free(struct watch_set *ws);	/* takes NULL; all users must be gone */

/* To be polled for reading. */
int watch_set_fd(const struct watch_set *ws);

/*
 * Has u watch path, and nothing else. mask must be the same for all users of one inode.
 * Returns 0 if it did so already, and has missed nothing; 1 if it does from now on; a negative errno
 * if it watches nothing: -ENOSPC at the system's limit of watches.
 */
int watch_add(struct watch_set *ws, const char *path, uint32_t mask, struct watch_user *u);
void watch_remove(struct watch_set *ws, struct watch_user *u);

/* Hands out what has happened. Returns 0, or 1 if the kernel dropped events for want of room. */
int watch_dispatch(struct watch_set *ws);

#endif
