#include "source/file_history.h"

/* So much of what a former run has read is read again after a crash. */
#define AGAIN_BYTES ((uint64_t)16 * 1024 * 1024)

/* All that there is, and last the log itself. */
static void
history_find(struct history *h, const struct file *f)
{
	struct stream *log = file_current(f)->stream;
	struct stat st = {0};

	history_collect(h, f, (struct instant){INT64_MIN});
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
		stream_seek(log, stored->offset);
		return;
	}
	history_find(&h, f);
	place = history_place(&h, stored);
	if (place == h.n) {
		history_use(&h, f, h.n - 1);
		return;
	}
	stream_seek(h.v[place].stream, stored->offset);
	history_use(&h, f, again ? history_step_back(&h, place) : place);
}
