#include "jail/ignore.h"

#include "jail/self.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define IGNORE_FILE_MAX_BYTES ((size_t)16 * 1024 * 1024)

enum entry_kind { ENTRY_ADDR, ENTRY_NET, ENTRY_NAME, ENTRY_FILE };

struct entry {
	enum entry_kind kind;
	char *text;	/* as listed */
	struct addr addr;	/* ADDR, NET */
	struct addr *addrs;	/* NAME: what it resolved to; FILE: what it holds */
	size_t addr_count, addr_cap;	/* FILE has room for so many */
	bool answered, failed;	/* NAME: the first look-up, the last */
	/* FILE */
	char *path;
	struct entry *names;	/* in it, each a NAME */
	size_t name_count;
	int error;	/* of the last time that it was read; 0: none */
	bool told;	/* of it */
	struct mono looked;
	struct timespec mtime;
	off_t size;
	ino_t ino;
};

struct ignore {
	struct entry *v;	/* single addresses last */
	size_t count;
	bool self;
};

struct ignore *
ignore_new(void)
{
	return MEM_NEW(struct ignore);
}

static void
entry_done(struct entry *e)
{
	for (size_t i = 0; i < e->name_count; i++)
		entry_done(&e->names[i]);
	mem_free(e->names);
	mem_free(e->text);
	mem_free(e->addrs);
	mem_free(e->path);
}

void
ignore_clear(struct ignore *ig)
{
	for (size_t i = 0; i < ig->count; i++)
		entry_done(&ig->v[i]);
	ig->count = 0;
}

void
ignore_free(struct ignore *ig)
{
	if (ig == NULL)
		return;
	ignore_clear(ig);
	mem_free(ig->v);
	mem_free(ig);
}

static void
entry_init_file(struct entry *e, struct slice text)
{
	struct slice path = slice_from(text, 5);
	struct buf listed;

	if (slice_starts(path, SLICE("//")))
		path = slice_from(path, 2);
	e->kind = ENTRY_FILE;
	e->path = mem_copy(path.p, path.n);
	buf_init(&listed, path.n + 16);
	buf_printf(&listed, "file:/%.*s", SLICE_ARG(path));
	e->text = mem_copy(listed.p, listed.n);
	buf_done(&listed);
}

/* With a prefix that is longer than the address, it is the address alone, as fail2ban reads it. */
static int
read_address(struct slice text, struct addr *out)
{
	ptrdiff_t slash = slice_find_char(text, '/', 0);
	int r = addr_parse(text, out);
	uint64_t prefix;

	if (r == -EDOM && slice_u64(slice_from(text, (size_t)slash + 1), UINT32_MAX, &prefix) == 0)
		r = addr_parse(slice_upto(text, (size_t)slash), out);
	return r;
}

/* Decides what text is; the words "file://tmp/x" for "/tmp/x" are fail2ban's (observed). */
static int
entry_init(struct entry *e, struct slice text)
{
	char canonical[ADDR_TEXT_MAX];
	struct slice shown;
	int r;

	*e = (struct entry){.kind = ENTRY_NAME};
	if (slice_starts(text, SLICE("file:"))) {
		entry_init_file(e, text);
		return 0;
	}
	r = read_address(text, &e->addr);
	if (r == -EDOM)
		return r;
	if (r < 0) {
		e->text = mem_copy(text.p, text.n);
		return 0;
	}
	e->kind = addr_network(&e->addr) ? ENTRY_NET : ENTRY_ADDR;
	shown = addr_text(&e->addr, canonical);
	e->text = mem_copy(shown.p, shown.n);
	return 0;
}

static size_t
entry_find(const struct ignore *ig, const char *text)
{
	size_t i = 0;

	while (i < ig->count && strcmp(ig->v[i].text, text) != 0)
		i++;
	return i;
}

int
ignore_add(struct ignore *ig, struct slice text)
{
	struct entry e;
	size_t at;
	int r;

	text = slice_trim(text);
	if (text.n == 0)
		return 0;
	r = entry_init(&e, text);
	if (r < 0)
		return r;
	if (entry_find(ig, e.text) < ig->count) {
		entry_done(&e);
		return -EEXIST;
	}
	ig->v = mem_grow(ig->v, ig->count + 1, sizeof(*ig->v));
	at = ig->count;
	if (e.kind != ENTRY_ADDR)
		while (at > 0 && ig->v[at - 1].kind == ENTRY_ADDR)
			at--;
	memmove(&ig->v[at + 1], &ig->v[at], (ig->count - at) * sizeof(*ig->v));
	ig->v[at] = e;
	ig->count++;
	return 0;
}

int
ignore_del(struct ignore *ig, struct slice text)
{
	struct entry wanted;
	size_t at;

	if (entry_init(&wanted, slice_trim(text)) < 0)
		return -ENOENT;
	at = entry_find(ig, wanted.text);
	entry_done(&wanted);
	if (at == ig->count)
		return -ENOENT;
	entry_done(&ig->v[at]);
	ig->count--;
	memmove(&ig->v[at], &ig->v[at + 1], (ig->count - at) * sizeof(*ig->v));
	return 0;
}

void
ignore_set_self(struct ignore *ig, bool on)
{
	ig->self = on;
}

bool
ignore_self(const struct ignore *ig)
{
	return ig->self;
}

size_t
ignore_count(const struct ignore *ig)
{
	return ig->count;
}

struct slice
ignore_text(const struct ignore *ig, size_t index)
{
	return index < ig->count ? slice_cstr(ig->v[index].text) : SLICE_EMPTY;
}

/* Names stand among the entries, and in those that are files. */
static struct entry *
name_at(const struct ignore *ig, size_t index)
{
	for (size_t i = 0; i < ig->count; i++) {
		struct entry *e = &ig->v[i];

		if (e->kind == ENTRY_NAME && index-- == 0)
			return e;
		if (e->kind != ENTRY_FILE)
			continue;
		if (index < e->name_count)
			return &e->names[index];
		index -= e->name_count;
	}
	return NULL;
}

bool
ignore_name(const struct ignore *ig, size_t index, struct slice *name)
{
	const struct entry *e = name_at(ig, index);

	if (e != NULL)
		*name = slice_cstr(e->text);
	return e != NULL;
}

static void
entry_set_addrs(struct entry *e, const struct addr *addrs, size_t count)
{
	mem_free(e->addrs);
	e->addrs = mem_array(count, sizeof(*addrs));
	if (count > 0)
		memcpy(e->addrs, addrs, count * sizeof(*addrs));
	e->addr_count = count;
}

bool
ignore_resolved(struct ignore *ig, struct slice name, const struct addr *addrs, size_t count)
{
	struct entry *e;
	bool news = false;

	for (size_t i = 0; (e = name_at(ig, i)) != NULL; i++) {
		if (!slice_eq(slice_cstr(e->text), name))
			continue;
		e->answered = true;
		news = news || (count == 0 && !e->failed);
		e->failed = count == 0;
		if (count > 0)
			entry_set_addrs(e, addrs, count);
	}
	return news;
}

/* What is known of a name stays known, in the names that there were. */
static void
entry_add_name(struct entry *e, struct slice text, struct entry *before, size_t before_count)
{
	struct entry name = {.kind = ENTRY_NAME};

	if (e->name_count == IGNORE_FILE_NAMES_MAX || memchr(text.p, '\0', text.n) != NULL)
		return;
	for (size_t i = 0; i < before_count && name.text == NULL; i++)
		if (slice_eq(slice_cstr(before[i].text), text)) {
			name = before[i];
			before[i] = (struct entry){.kind = ENTRY_NAME};
		}
	if (name.text == NULL)
		name.text = mem_copy(text.p, text.n);
	e->names = mem_grow(e->names, e->name_count + 1, sizeof(name));
	e->names[e->name_count++] = name;
}

/* What an entry of the file is, decided as entry_init() does; one with an impossible mask is none. */
static void
entry_add_word(struct entry *e, struct slice word, struct entry *before, size_t before_count)
{
	struct addr a;
	int r = addr_parse(word, &a);

	if (r == -EINVAL && word.n > 0)
		entry_add_name(e, word, before, before_count);
	if (r < 0)
		return;
	e->addrs = mem_room(e->addrs, e->addr_count, &e->addr_cap, sizeof(a), 16);
	e->addrs[e->addr_count++] = a;
}

/* Words apart by blanks, commas and newlines; a comment runs from # or ; to the end of its line. */
static void
entry_parse_file(struct entry *e, struct slice text)
{
	struct entry *before = e->names;
	size_t before_count = e->name_count;
	struct slice line, word, piece;

	mem_free(e->addrs);
	e->addrs = NULL;
	e->addr_count = e->addr_cap = 0;
	e->names = NULL;
	e->name_count = 0;
	while (slice_next(&text, '\n', &line)) {
		for (size_t i = 0; i < line.n; i++)
			if ((line.p[i] == '#' || line.p[i] == ';') &&
			    (i == 0 || char_space(line.p[i - 1]))) {
				line = slice_upto(line, i);
				break;
			}
		while (slice_next_word(&line, &word))
			while (slice_next(&word, ',', &piece))
				entry_add_word(e, piece, before, before_count);
	}
	for (size_t i = 0; i < before_count; i++)
		entry_done(&before[i]);
	mem_free(before);
}

static void
entry_read_file(struct entry *e, int fd, size_t size)
{
	struct buf text;
	ssize_t n = 1;
	char *to;

	buf_init(&text, IGNORE_FILE_MAX_BYTES);
	while (n > 0 && (to = buf_room(&text, size + 1)) != NULL) {
		n = read(fd, to, size + 1);
		if (n > 0)
			buf_wrote(&text, (size_t)n);
	}
	entry_parse_file(e, buf_slice(&text));
	buf_done(&text);
}

static bool
entry_changed(const struct entry *e, const struct stat *st)
{
	return st->st_ino != e->ino || st->st_size != e->size || st->st_mtim.tv_sec != e->mtime.tv_sec ||
	       st->st_mtim.tv_nsec != e->mtime.tv_nsec;
}

/* Reads the file if it has changed; a negative errno. */
static int
entry_look(struct entry *e)
{
	struct stat st;
	int fd = open(e->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if ((uint64_t)st.st_size >= IGNORE_FILE_MAX_BYTES)
		r = -EFBIG;
	if (r == 0 && entry_changed(e, &st)) {
		entry_read_file(e, fd, (size_t)st.st_size);
		e->ino = st.st_ino;
		e->size = st.st_size;
		e->mtime = st.st_mtim;
	}
	(void)close(fd);
	return r;
}

/* A file that has gone keeps what it held when it was last read. */
static void
entry_refresh_file(struct entry *e, struct mono now)
{
	int r;

	if (e->looked.us != 0 && mono_since(now, e->looked).us < US_PER_S)
		return;
	e->looked = now;
	r = entry_look(e);
	e->told = e->told && r == e->error;
	e->error = r;
}

void
ignore_refresh(struct ignore *ig, struct mono now)
{
	for (size_t i = 0; i < ig->count; i++)
		if (ig->v[i].kind == ENTRY_FILE)
			entry_refresh_file(&ig->v[i], now);
}

bool
ignore_unread(struct ignore *ig, struct slice *path, int *error)
{
	for (size_t i = 0; i < ig->count; i++) {
		struct entry *e = &ig->v[i];

		if (e->kind != ENTRY_FILE || e->error == 0 || e->told)
			continue;
		e->told = true;
		*path = slice_cstr(e->path);
		*error = e->error;
		return true;
	}
	return false;
}

bool
ignore_unanswered(struct ignore *ig, struct mono now, struct slice *name)
{
	const struct entry *e;

	ignore_refresh(ig, now);
	for (size_t i = 0; (e = name_at(ig, i)) != NULL; i++)
		if (!e->answered) {
			*name = slice_cstr(e->text);
			return true;
		}
	return false;
}

static bool
entry_holds(const struct entry *e, const struct addr *addr)
{
	for (size_t i = 0; i < e->addr_count; i++)
		if (addr_within(addr, &e->addrs[i]))
			return true;
	for (size_t i = 0; i < e->name_count; i++)
		if (entry_holds(&e->names[i], addr))
			return true;
	return false;
}

enum ignore_reason
ignore_check(struct ignore *ig, const struct addr *addr, struct mono now, struct slice *file)
{
	if (ig->self && self_address(addr, now))
		return IGNORE_SELF;
	ignore_refresh(ig, now);
	for (size_t i = 0; i < ig->count; i++) {
		const struct entry *e = &ig->v[i];

		if (e->kind == ENTRY_ADDR || e->kind == ENTRY_NET) {
			if (addr_within(addr, &e->addr))
				return IGNORE_IP;
		} else if (entry_holds(e, addr)) {
			*file = e->kind == ENTRY_FILE ? slice_from(slice_cstr(e->text), 5) : SLICE_EMPTY;
			return e->kind == ENTRY_FILE ? IGNORE_FILE : IGNORE_DNS;
		}
	}
	return IGNORE_NOT;
}

static bool
touches(const struct addr *a, const struct addr *net)
{
	return addr_within(a, net) || addr_within(net, a);
}

static bool
entry_touches(const struct entry *e, const struct addr *net)
{
	if ((e->kind == ENTRY_ADDR || e->kind == ENTRY_NET) && touches(&e->addr, net))
		return true;
	for (size_t i = 0; i < e->addr_count; i++)
		if (touches(&e->addrs[i], net))
			return true;
	for (size_t i = 0; i < e->name_count; i++)
		if (entry_touches(&e->names[i], net))
			return true;
	return false;
}

bool
ignore_touches(struct ignore *ig, const struct addr *net, struct mono now)
{
	if (ig->self && self_within(net, now))
		return true;
	ignore_refresh(ig, now);
	for (size_t i = 0; i < ig->count; i++)
		if (entry_touches(&ig->v[i], net))
			return true;
	return false;
}
