#include "source/stream.h"

#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A first line longer than this counts as incomplete. */
#define FIRST_LINE_MAX ((uint64_t)1024 * 1024)

/* Of a line that has so many bytes and no end yet, only the end is looked for. */
#define LONG_BYTES ((size_t)64 * 1024)

/* Reads n bytes, or as far as the file goes; does not ask again where that is at end or behind. */
static ssize_t
read_up_to(int fd, char *p, size_t n, uint64_t offset, uint64_t end)
{
	size_t done = 0;

	while (done < n && (done == 0 || offset + done < end)) {
		ssize_t r = pread(fd, p + done, n - done, (off_t)(offset + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

static ssize_t
read_at(int fd, char *p, size_t n, uint64_t offset)
{
	return read_up_to(fd, p, n, offset, UINT64_MAX);
}

/*
 * The hash of the first line with its newline, or "" if that is not complete. True if it is, or is too
 * long.
 */
static bool
hash_first_line(int fd, char hash[SHA1_HEX_SIZE])
{
	char piece[4096];
	uint64_t at = 0;
	struct sha1 s;
	ssize_t n;

	hash[0] = '\0';
	sha1_init(&s);
	while (at < FIRST_LINE_MAX && (n = read_at(fd, piece, sizeof(piece), at)) > 0) {
		struct slice bytes = slice_of(piece, (size_t)n);
		ptrdiff_t end = slice_find_char(bytes, '\n', 0);

		if (end >= 0) {
			sha1_add(&s, slice_upto(bytes, (size_t)end + 1));
			sha1_finish(&s, hash);
			return true;
		}
		sha1_add(&s, bytes);
		at += (uint64_t)n;
	}
	return at >= FIRST_LINE_MAX;
}

static int
fail(struct diag *d, int error, const char *path, const char *why)
{
	char shown[1001];

	return diag_fail(d, error, (struct place){0}, "%s: %s",
	    escape_text(slice_upto(slice_cstr(path), 200), shown, sizeof(shown)), why);
}

static const char *
not_a_log(mode_t mode)
{
	if (S_ISREG(mode))
		return NULL;
	if (S_ISDIR(mode))
		return "is a folder; name a file in it";
	if (S_ISFIFO(mode))
		return "is a FIFO; only regular files can be followed, let its writer write to one";
	return "is not a regular file; only those can be followed";
}

int
stream_open(struct stream **out, const char *path, struct diag *d)
{
	struct stream *s;
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		return fail(d, -errno, path, strerror(errno));
	if (not_a_log(st.st_mode) != NULL)
		return fail(d, -EINVAL, path, not_a_log(st.st_mode));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail(d, -errno, path, strerror(errno));
	/* Again, of what was really opened: the name may have changed hands. */
	if (fstat(fd, &st) < 0 || not_a_log(st.st_mode) != NULL) {
		(void)close(fd);
		return fail(d, -EINVAL, path, "is not a regular file any more");
	}
	s = MEM_NEW(struct stream);
	s->fd = fd;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->pending = true;
	stream_learn_hash(s);
	*out = s;
	return 0;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd);
	mem_free(s);
}

bool
stream_is(const struct stream *s, const struct stat *st)
{
	return s->dev == st->st_dev && s->ino == st->st_ino;
}

/* As remember_tail(), where the bytes are not at hand. */
static void
learn_tail(struct stream *s)
{
	size_t n = s->position < STREAM_TAIL ? (size_t)s->position : STREAM_TAIL;
	ssize_t got = read_at(s->fd, s->tail, n, s->position - n);

	s->tail_n = got == (ssize_t)n ? n : 0;
}

void
stream_seek(struct stream *s, uint64_t offset)
{
	s->position = offset;
	learn_tail(s);
}

void
stream_seek_line(struct stream *s, uint64_t offset)
{
	char piece[4096];
	ptrdiff_t end = -1;
	ssize_t n;

	s->position = offset;
	while (s->position > 0 && end < 0 &&
	       (n = read_at(s->fd, piece, sizeof(piece), s->position - 1)) > 0) {
		end = slice_find_char(slice_of(piece, (size_t)n), '\n', 0);
		s->position += end >= 0 ? (uint64_t)end : (uint64_t)n;
	}
	learn_tail(s);
}

void
stream_seek_end(struct stream *s)
{
	char last[4096];
	struct stat st;
	uint64_t from;
	ssize_t n;

	if (fstat(s->fd, &st) < 0)
		return;
	s->position = (uint64_t)st.st_size;
	from = s->position > sizeof(last) ? s->position - sizeof(last) : 0;
	n = read_at(s->fd, last, (size_t)(s->position - from), from);
	while (n > 0 && last[n - 1] != '\n')
		n--;
	if (n > 0 || from == 0)
		s->position = from + (uint64_t)(n > 0 ? n : 0);
	learn_tail(s);
}

bool
stream_deleted(const struct stream *s)
{
	struct stat st;

	return fstat(s->fd, &st) == 0 && st.st_nlink == 0;
}

struct instant
stream_born(const struct stream *s)
{
	struct statx x;

	if (statx(s->fd, "", AT_EMPTY_PATH, STATX_BTIME, &x) < 0 || !(x.stx_mask & STATX_BTIME))
		return (struct instant){INT64_MIN};
	return (struct instant){x.stx_btime.tv_sec * US_PER_S + x.stx_btime.tv_nsec / 1000};
}

bool
stream_changed(const struct stream *s)
{
	struct stat st;

	return fstat(s->fd, &st) == 0 &&
	       (st.st_size != s->seen.st_size || st.st_mtim.tv_sec != s->seen.st_mtim.tv_sec ||
	           st.st_mtim.tv_nsec != s->seen.st_mtim.tv_nsec);
}

static bool
all_nul(const char *p, size_t n)
{
	while (n > 0 && p[n - 1] == '\0')
		n--;
	return n == 0;
}

/*
 * A file that was truncated and has grown past our position again shows other bytes before it. Not
 * if they are all NUL: then its writer does not append, and went on where it was, leaving a hole
 * before. Nor if the first line is the same, for then somebody edited the file in place.
 */
static bool
content_replaced(const struct stream *s, const char *before, size_t n)
{
	char hash[SHA1_HEX_SIZE];

	if (n == s->tail_n && memcmp(before, s->tail, n) == 0)
		return false;
	if (n == s->tail_n && all_nul(before, n))
		return false;
	(void)hash_first_line(s->fd, hash); /* "" is told from others, too */
	return strcmp(hash, s->first_line_hash) != 0;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* As it is now, or was when another stream of the file asked in this turn. */
static int
look(const struct stream *s, struct stream_buffer *b, struct stat *st)
{
	if (!b->looked || !stream_is(s, &b->seen)) {
		b->looked = fstat(s->fd, &b->seen) == 0;
		if (!b->looked)
			return -errno;
	}
	*st = b->seen;
	return 0;
}

/* Reads unless another stream of the file, which was the same by then, has read just that. */
static ssize_t
fill_buffer(const struct stream *s, struct stream_buffer *b, const struct stat *st,
    uint64_t offset, size_t want)
{
	ssize_t n;

	if (b->known && same_file(&b->file, st) && b->offset == offset && b->want == want)
		return (ssize_t)b->n;
	b->serial++;
	/* What was written behind its end since then will be told of. */
	n = read_up_to(s->fd, b->p, want, offset, (uint64_t)st->st_size);
	b->known = n >= 0;
	b->file = *st;
	b->offset = offset;
	b->want = want;
	b->n = n >= 0 ? (size_t)n : 0;
	return n;
}

/* Whether bytes, which begin at offset, hold a newline, or how many of them are known to be of none. */
static bool
find_end(struct newline nl, struct slice bytes, uint64_t offset, size_t *end)
{
	size_t start, n = newline_bytes(nl);

	if (newline_find(nl, bytes, offset, &start, end))
		return true;
	/* The last may be the beginning of one. */
	*end = bytes.n < n ? 0 : bytes.n - (n - 1);
	return false;
}

/* Of a line longer than a block: looks for its end, and lends the line once that was found, or its beginning. */
static int
fill_long(struct stream *s, struct stream_buffer *b, struct lines *l)
{
	char *buffer = b->p;
	uint64_t from = s->position + s->scanned, line_n;
	ssize_t n = read_at(s->fd, buffer, STREAM_BLOCK, from), got;
	size_t end, newline_n = newline_bytes(l->newline), most;

	b->known = false;
	b->serial++;
	if (n < 0)
		return (int)n;
	if (!find_end(l->newline, slice_of(buffer, (size_t)n), from, &end)) {
		s->scanned += end;
		return (size_t)n < STREAM_BLOCK ? STREAM_END : STREAM_MORE;
	}
	/* One character more than may be, so that it is seen to be cut, and its newline. */
	line_n = from + end - s->position;
	most = SOURCE_LINE_MAX + 2 * newline_n;
	if (most > line_n)
		most = (size_t)line_n;
	b->line = mem_alloc(most + 4); /* the room that newline_write() wants */
	got = read_at(s->fd, b->line, most - newline_n, s->position);
	if (got != (ssize_t)(most - newline_n))
		return STREAM_REPLACED;
	newline_write(l->newline, b->line + got);
	l->rest = slice_of(b->line, most);
	l->offset = from + end - most;
	return STREAM_MORE;
}

/*
 * A writer that does not append leaves a hole where the file was truncated: a line of NUL that may
 * be as long as the old file. Steps over it, and over the rest of its page.
 */
static bool
skip_hole(struct stream *s, struct slice bytes)
{
	size_t nul = 0;
	off_t data;

	if (bytes.n == 0 || bytes.p[0] != '\0')
		return false;
	data = lseek(s->fd, (off_t)s->position, SEEK_DATA);
	if (data > (off_t)s->position) {
		s->position = (uint64_t)data;
		s->tail_n = 0;
		s->after_hole = true;
		return true;
	}
	if (!s->after_hole)
		return false;
	while (nul < bytes.n && bytes.p[nul] == '\0')
		nul++;
	s->position += nul;
	s->tail_n = 0;
	return true;
}

static int
fill_plain(
    struct stream *s, struct stream_buffer *b, const struct stat *st, struct lines *l)
{
	size_t want = s->tail_n + STREAM_BLOCK, before;
	ssize_t n = fill_buffer(s, b, st, s->position - s->tail_n, want);
	char *buffer = b->p;

	if (n < 0)
		return (int)n;
	before = (size_t)n < s->tail_n ? (size_t)n : s->tail_n;
	if (content_replaced(s, buffer, before))
		return STREAM_REPLACED;
	l->rest = slice_of(buffer + before, (size_t)n - before);
	l->offset = s->position;
	if (skip_hole(s, l->rest)) {
		l->rest = slice_of(buffer, 0);
		l->offset = s->position;
		return STREAM_MORE;
	}
	return (size_t)n < want ? STREAM_END : STREAM_MORE;
}

/* How files of gzip, bzip2, xz and zstd begin. Source: the file(1) database. */
static const struct slice magics[] = {
    {"\x1f\x8b\x08", 3}, {"BZh", 3}, {"\xfd" "7zXZ\0", 6}, {"\x28\xb5\x2f\xfd", 4}};

static bool
stream_packed(const struct stream *s)
{
	char start[8];
	ssize_t n = read_at(s->fd, start, sizeof(start), 0);

	for (size_t i = 0; n > 0 && i < sizeof(magics) / sizeof(magics[0]); i++)
		if (slice_starts(slice_of(start, (size_t)n), magics[i]))
			return true;
	return false;
}

void
stream_buffer_done(struct stream_buffer *b)
{
	mem_free(b->line);
	b->line = NULL;
}

int
stream_fill(struct stream *s, struct stream_buffer *buffer, struct lines *l)
{
	struct stat st;
	int r;

	stream_buffer_done(buffer);
	r = look(s, buffer, &st);
	if (r < 0)
		return r;
	if ((uint64_t)st.st_size < s->position + s->scanned)
		return STREAM_REPLACED;
	if (s->position == 0 && s->scanned == 0 && stream_packed(s)) {
		s->seen = st;
		return STREAM_PACKED;
	}
	l->rest = slice_of(buffer->p, 0);
	l->offset = s->position;
	r = s->scanned > 0 ? fill_long(s, buffer, l) : fill_plain(s, buffer, &st, l);
	if (r == STREAM_END)
		s->seen = st;
	s->base = buffer->p;
	s->lent = l->rest.p;
	return r;
}

static void
remember_tail(struct stream *s, const struct lines *l)
{
	size_t n = (size_t)(l->rest.p - s->base);

	s->tail_n = n < STREAM_TAIL ? n : STREAM_TAIL;
	memcpy(s->tail, l->rest.p - s->tail_n, s->tail_n);
}

void
stream_take(struct stream *s, const struct lines *l, bool whole)
{
	bool was_long = s->scanned > 0;

	if (l->rest.p != s->lent) {
		s->position = l->offset;
		s->scanned = 0;
		s->after_hole = false;
		/* The bytes lent were not those before the position. */
		if (was_long)
			learn_tail(s);
		else
			remember_tail(s, l);
	}
	/* The last bytes may be the beginning of a newline. */
	if (whole && l->rest.n > LONG_BYTES)
		s->scanned = l->rest.n - (newline_bytes(l->newline) - 1);
}

void
stream_restart(struct stream *s)
{
	s->position = 0;
	s->scanned = 0;
	s->tail_n = 0;
	s->again = 0; /* what comes now was never read */
	s->pending = true;
	/* A writer that does not append goes on behind nothing but NUL. */
	s->after_hole = true;
	s->first_line_hash[0] = '\0';
	s->first_line_known = false;
	stream_learn_hash(s);
}

void
stream_learn_hash(struct stream *s)
{
	if (!s->first_line_known)
		s->first_line_known = hash_first_line(s->fd, s->first_line_hash);
}
