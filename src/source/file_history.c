#include "source/file_history.h"

#include <dirent.h>

/*
 * "NAME.1", "NAME-20260131", "NAME.2026-01-31_06:25": what rotates logs adds digits. Anything else,
 * as in "mail.err" or "mail2" beside "mail", is a log of its own, and a compressed one is of no use.
 */
static bool
rotated_name(struct slice name, struct slice of)
{
	bool digit = false;

	if (!slice_starts(name, of) || name.n == of.n ||
	    slice_find_char(SLICE(".-_"), name.p[of.n], 0) < 0)
		return false;
	for (size_t i = of.n; i < name.n; i++) {
		if (slice_find_char(SLICE("0123456789.-_:T"), name.p[i], 0) < 0)
			return false;
		digit |= name.p[i] >= '0' && name.p[i] <= '9';
	}
	return digit;
}

static bool
older(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/* Enters r by its time; where there is no room, the oldest goes. */
static void
history_insert(struct history *h, struct rotated r)
{
	size_t at = h->n;

	while (at > 0 && older(r.mtime, h->v[at - 1].mtime))
		at--;
	if (h->n == ROTATED_MAX) {
		stream_free(at > 0 ? h->v[0].stream : r.stream);
		if (at == 0)
			return;
		memmove(&h->v[0], &h->v[1], (at - 1) * sizeof(h->v[0]));
		at--;
	} else {
		memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof(h->v[0]));
		h->n++;
	}
	h->v[at] = r;
}

/* It may have two names, or have been renamed while we look. */
static bool
is_known(const struct history *h, const struct file *f, const struct stat *st)
{
	for (size_t i = 0; i < h->n; i++)
		if (stream_is(h->v[i].stream, st))
			return true;
	return file_log_find(f, st) != NULL;
}

static void
history_enter(
    struct history *h, const struct file *f, const char *path, struct instant born_since)
{
	struct rotated r;
	struct stat st;

	/* One that cannot be opened is passed over: it need not concern us. */
	if (stream_open(&r.stream, path, NULL) < 0)
		return;
	if (fstat(r.stream->fd, &st) < 0 || is_known(h, f, &st) ||
	    instant_before(stream_born(r.stream), born_since)) {
		stream_free(r.stream);
		return;
	}
	r.mtime = st.st_mtim;
	r.size = (uint64_t)st.st_size;
	history_insert(h, r);
}

void
history_collect(struct history *h, const struct file *f, struct instant born_since)
{
	const char *slash = strrchr(f->path, '/');
	struct slice name = slice_cstr(slash != NULL ? slash + 1 : f->path);
	char path[PATH_MAX];
	struct dirent *e;
	DIR *folder = NULL;

	h->n = 0;
	if (file_watch_beside(f->path, ".", path))
		folder = opendir(path);
	while (folder != NULL && (e = readdir(folder)) != NULL)
		if (rotated_name(slice_cstr(e->d_name), name) &&
		    file_watch_beside(f->path, e->d_name, path))
			history_enter(h, f, path, born_since);
	if (folder != NULL)
		(void)closedir(folder);
}
