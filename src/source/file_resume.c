#include "source/file_state.h"

#include <dirent.h>

/* Rotated files that are looked at: the newest. */
#define ROTATED_MAX 16

/* So much of what a former run has read is read again after a crash. */
#define AGAIN_BYTES ((uint64_t)16 * 1024 * 1024)

struct rotated {
	struct stream *stream;
	struct timespec mtime;
	uint64_t size;
};

/* What once had the log's name, oldest first, and last the log itself. */
struct history {
	struct rotated v[ROTATED_MAX + 1];
	size_t n;
};

/*
 * "NAME.1", "NAME-20260131", "NAME.2026-01-31_06:25": what rotates logs adds digits. Anything else,
 * as in "mail.err" beside "mail", is a log of its own, and a compressed one is of no use.
 */
static bool
rotated_name(struct slice name, struct slice of)
{
	bool digit = false;

	if (!slice_starts(name, of))
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

static void
history_enter(struct history *h, const struct stream *log, const char *path)
{
	struct rotated r;
	struct stat st;

	/* One that cannot be opened is passed over: it need not concern us. */
	if (stat(path, &st) < 0 || stream_is(log, &st) || stream_open(&r.stream, path, NULL) < 0)
		return;
	r.mtime = st.st_mtim;
	r.size = (uint64_t)st.st_size;
	history_insert(h, r);
}

static void
history_find(struct history *h, const struct file *f)
{
	struct stream *log = file_current(f)->stream;
	const char *slash = strrchr(f->path, '/');
	struct slice name = slice_cstr(slash != NULL ? slash + 1 : f->path);
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st = {0};
	DIR *folder = NULL;

	h->n = 0;
	if (file_watch_beside(f->path, ".", path))
		folder = opendir(path);
	while (folder != NULL && (e = readdir(folder)) != NULL)
		if (rotated_name(slice_cstr(e->d_name), name) &&
		    file_watch_beside(f->path, e->d_name, path))
			history_enter(h, log, path);
	if (folder != NULL)
		(void)closedir(folder);
	(void)fstat(log->fd, &st);
	h->v[h->n++] = (struct rotated){log, st.st_mtim, (uint64_t)st.st_size};
}

/* Where the former run ended: the newest that it can have been; n if it is none of them. */
static size_t
history_place(const struct history *h, const struct file_position *stored)
{
	for (size_t i = h->n; i > 0; i--)
		if (strcmp(h->v[i - 1].stream->first_line_hash, stored->first_line_hash) == 0 &&
		    h->v[i - 1].size >= stored->offset)
			return i - 1;
	return h->n;
}

/*
 * Steps back from the place, through older files too, for so many bytes. Returns the first file to
 * be read.
 */
static size_t
history_step_back(struct history *h, size_t place)
{
	uint64_t left = AGAIN_BYTES, end;
	struct stream *s;

	for (size_t i = place;; i--) {
		s = h->v[i].stream;
		end = i == place ? s->position : h->v[i].size;
		s->again = end;
		stream_seek_line(s, end > left ? end - left : 0);
		left -= end < left ? end : left;
		if (i == 0 || left == 0)
			return i;
	}
}

/* Those before first are of no use; the others are read in their order. */
static void
history_use(struct history *h, struct file *f, size_t first)
{
	struct open_log *log = file_current(f);

	list_remove(&log->link);
	for (size_t i = 0; i + 1 < h->n; i++) {
		if (i < first)
			stream_free(h->v[i].stream);
		else
			file_log_add(f, h->v[i].stream);
	}
	list_append(&f->logs, &log->link);
}

static bool
ends_here(const struct stream *s, const struct file_position *stored)
{
	struct stat st;

	return strcmp(s->first_line_hash, stored->first_line_hash) == 0 &&
	       fstat(s->fd, &st) == 0 && stored->offset <= (uint64_t)st.st_size;
}

void
file_resume(struct file *f, const struct file_position *stored, bool again)
{
	struct stream *log = file_current(f)->stream;
	struct history h;
	size_t place;

	f->resumed = *stored;
	/* What had no line yet cannot be told from others. */
	if (stored->first_line_hash[0] == '\0')
		return;
	if (!again && ends_here(log, stored)) {
		log->position = stored->offset;
		return;
	}
	history_find(&h, f);
	place = history_place(&h, stored);
	if (place == h.n) {
		history_use(&h, f, h.n - 1);
		return;
	}
	h.v[place].stream->position = stored->offset;
	history_use(&h, f, again ? history_step_back(&h, place) : place);
}
