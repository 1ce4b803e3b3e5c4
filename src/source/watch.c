#include "source/watch.h"

#include "util/mem.h"
#include "util/table.h"

#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <sys/inotify.h>
#include <unistd.h>

/* The longest that the kernel tells. Source: inotify(7) */
#define EVENT_MAX (sizeof(struct inotify_event) + NAME_MAX + 1)

struct watch {
	int wd;
	struct list users;
};

struct watch_set {
	int fd;
	struct table watches;	/* keyed by the bytes of wd */
};

static struct slice
wd_key(const int *wd)
{
	return slice_of((const char *)wd, sizeof(*wd));
}

int
watch_set_new(struct watch_set **out)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct watch_set *ws;

	if (fd < 0)
		return -errno;
	ws = MEM_NEW(struct watch_set);
	ws->fd = fd;
	table_init(&ws->watches);
	*out = ws;
	return 0;
}

void
watch_set_free(struct watch_set *ws)
{
	if (ws == NULL)
		return;
	(void)close(ws->fd);
	table_done(&ws->watches);
	mem_free(ws);
}

int
watch_set_fd(const struct watch_set *ws)
{
	return ws->fd;
}

static void
watch_forget(struct watch_set *ws, struct watch *w)
{
	(void)table_take(&ws->watches, wd_key(&w->wd));
	mem_free(w);
}

void
watch_remove(struct watch_set *ws, struct watch_user *u)
{
	struct watch *w = u->watch;

	if (w == NULL)
		return;
	list_remove(&u->link);
	u->watch = NULL;
	if (!list_empty(&w->users))
		return;
	/* Fails where the inode has gone already, which is as good. */
	(void)inotify_rm_watch(ws->fd, w->wd);
	watch_forget(ws, w);
}

int
watch_add(struct watch_set *ws, const char *path, uint32_t mask, struct watch_user *u)
{
	int wd = inotify_add_watch(ws->fd, path, mask), error = errno;
	struct watch *w;

	if (wd < 0) {
		watch_remove(ws, u);
		return -error;
	}
	w = table_get(&ws->watches, wd_key(&wd));
	if (w == NULL) {
		w = MEM_NEW(struct watch);
		w->wd = wd;
		list_init(&w->users);
		(void)table_put(&ws->watches, wd_key(&w->wd), w);
	}
	if (u->watch == w)
		return 0;
	watch_remove(ws, u);
	list_append(&w->users, &u->link);
	u->watch = w;
	return 1;
}

static void
dispatch_one(struct watch_set *ws, const struct inotify_event *e)
{
	struct watch *w = table_get(&ws->watches, wd_key(&e->wd));
	struct slice name = e->len > 0 ? slice_cstr(e->name) : SLICE_EMPTY;

	if (w == NULL)
		return;
	LIST_EACH (link, &w->users) {
		struct watch_user *u = LIST_ITEM(link, struct watch_user, link);

		if (e->mask & IN_IGNORED) {
			list_remove(&u->link);
			u->watch = NULL;
		}
		u->event(u, e->mask, e->cookie, name);
	}
	if (e->mask & IN_IGNORED)
		watch_forget(ws, w);
}

int
watch_dispatch(struct watch_set *ws)
{
	alignas(struct inotify_event) char buf[16 * 1024];
	int lost = 0;
	ssize_t n;

	do {
		n = read(ws->fd, buf, sizeof(buf));
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(buf + at);

			at += (ssize_t)(sizeof(*e) + e->len);
			if (e->mask & IN_Q_OVERFLOW)
				lost = 1;
			dispatch_one(ws, e);
		}
		/* Had there been more, it would have been in the room that was left. */
	} while (n > (ssize_t)(sizeof(buf) - EVENT_MAX));
	return lost;
}
