#include "source/feed_kind.h"

#include "util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define LOSS_GATHERED SPAN_S(1)
#define LOSS_TOLD_EVERY SPAN_S(60)

struct feed_set {
	uv_loop_t *loop;
	struct list feeds;
};

struct feed_user {
	struct list link;
	struct feed *feed;
	struct feed_sink *sink;
	bool paused;
};

static const struct feed_kind *const kinds[] = {&kmsg_kind, &nflog_kind, &pipe_kind, &syslog_kind};

static const struct feed_kind *
kind_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (slice_eq_nocase(name, slice_cstr(kinds[i]->name)))
			return kinds[i];
	return NULL;
}

struct slice
feed_option_get(const struct feed_option *options, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(options[i].name, slice_cstr(name)))
			return options[i].value;
	return SLICE_EMPTY;
}

/* Whether the list of words, "a, b", has name. */
static bool
kind_takes(const struct feed_kind *kind, struct slice name)
{
	struct slice rest = slice_cstr(kind->options), word;

	while (slice_next(&rest, ',', &word))
		if (slice_eq(slice_trim(word), name))
			return true;
	return false;
}

static int
kind_make(struct feed **out, const struct feed_kind *kind, const struct feed_option *options,
    size_t count, struct diag *d)
{
	int r;

	for (size_t i = 0; i < count; i++)
		if (!kind_takes(kind, options[i].name)) {
			r = diag_fail(d, -EINVAL, (struct place){0},
			    "backend %s: unknown option '%.*s'", kind->name,
			    SLICE_ARG(options[i].name));
			if (kind->options[0] != '\0')
				diag_remedy(d, "known are: %s", kind->options);
			else
				diag_remedy(d, "it takes none");
			return r;
		}
	r = kind->make(out, options, count, d);
	if (r < 0)
		return r;
	(*out)->kind = kind;
	list_init(&(*out)->link);
	list_init(&(*out)->users);
	return 0;
}

int
feed_check(struct slice name, const struct feed_option *options, size_t count, struct diag *d)
{
	struct feed *f;
	int r = kind_make(&f, kind_find(name), options, count, d);

	if (r == 0)
		f->kind->free(f);
	return r;
}

struct feed_set *
feed_set_new(uv_loop_t *loop)
{
	struct feed_set *set = MEM_NEW(struct feed_set);

	set->loop = loop;
	list_init(&set->feeds);
	return set;
}

void
feed_set_free(struct feed_set *set)
{
	mem_free(set);
}

static struct feed *
feed_find(struct feed_set *set, struct slice spec)
{
	LIST_EACH(link, &set->feeds)
	{
		struct feed *f = LIST_ITEM(link, struct feed, link);

		if (f->kind->shared && slice_eq(slice_cstr(f->spec), spec))
			return f;
	}
	return NULL;
}

/* Losses. */

static void
tell_lost(uv_timer_t *timer)
{
	struct feed *f = timer->data;
	uint64_t count = f->untold;

	f->untold = 0;
	f->told = time_mono();
	f->kind->tell_lost(f, count);
}

void
feed_lost(struct feed *f, uint64_t count)
{
	int64_t wait_us = LOSS_GATHERED.us, since_us;

	if (count == 0)
		return;
	f->stats.lost += count;
	f->untold += count;
	if (f->tell == NULL) {
		f->tell = MEM_NEW(uv_timer_t);
		f->tell->data = f;
		(void)uv_timer_init(f->loop, f->tell);
	}
	if (uv_is_active((uv_handle_t *)f->tell))
		return;
	since_us = mono_since(time_mono(), f->told).us;
	if (f->told.us != 0 && since_us < LOSS_TOLD_EVERY.us - wait_us)
		wait_us = LOSS_TOLD_EVERY.us - since_us;
	(void)uv_timer_start(f->tell, tell_lost, (uint64_t)(wait_us / US_PER_MS), 0);
}

static void
tell_closed(uv_handle_t *handle)
{
	mem_free(handle);
}

/* What was not told yet is not told any more. */
static void
tell_close(struct feed *f)
{
	if (f->tell != NULL)
		uv_close((uv_handle_t *)f->tell, tell_closed);
}

static int
feed_open(
    struct feed **out, struct feed_set *set, const struct feed_request *request, struct diag *d)
{
	struct feed *f;
	int r = kind_make(&f, kind_find(request->kind), request->options, request->count, d);

	if (r < 0)
		return r;
	f->loop = set->loop;
	f->set = set;
	f->spec = mem_copy(request->spec.p, request->spec.n);
	r = f->kind->open(f, request, d);
	if (r < 0) {
		tell_close(f);
		mem_free(f->spec);
		f->kind->free(f);
		return r;
	}
	list_append(&set->feeds, &f->link);
	*out = f;
	return 0;
}

int
feed_join(struct feed_user **out, struct feed_set *set, const struct feed_request *request,
    struct feed_sink *sink, struct diag *d)
{
	struct feed *f = feed_find(set, request->spec);
	struct feed_user *u;
	int r;

	if (f == NULL) {
		r = feed_open(&f, set, request, d);
		if (r < 0)
			return r;
	}
	u = MEM_NEW(struct feed_user);
	u->feed = f;
	u->sink = sink;
	list_append(&f->users, &u->link);
	*out = u;
	return 0;
}

void
feed_leave(struct feed_user *u)
{
	struct feed *f;

	if (u == NULL)
		return;
	f = u->feed;
	list_remove(&u->link);
	mem_free(u);
	if (!list_empty(&f->users))
		return;
	list_remove(&f->link);
	mem_free(f->spec);
	f->spec = NULL;
	tell_close(f);
	f->kind->close(f);
}

void
feed_pause(struct feed_user *u, bool paused)
{
	if (u != NULL)
		u->paused = paused;
}

bool
feed_get_position(const struct feed_user *u, struct file_position *out)
{
	return u != NULL && u->feed->kind->position != NULL &&
	       u->feed->kind->position(u->feed, out);
}

void
feed_get_stats(const struct feed_user *u, struct feed_stats *out)
{
	*out = u->feed->stats;
}

void
feed_deliver(struct feed *f, struct slice text, struct instant when)
{
	struct feed_line line = {text, when};

	f->stats.lines++;
	f->stats.bytes += text.n;
	f->stats.last = time_now();
	LIST_EACH(link, &f->users)
	{
		struct feed_user *u = LIST_ITEM(link, struct feed_user, link);

		if (!u->paused)
			u->sink->line(u->sink, &line);
	}
}

void
feed_note(struct feed *f, int level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	LIST_EACH(link, &f->users)
	{
		struct feed_user *u = LIST_ITEM(link, struct feed_user, link);

		u->sink->note(u->sink, level, text);
	}
}

void
feed_kernel_prefix(struct buf *out, struct span since_boot)
{
	char host[256];

	if (gethostname(host, sizeof(host)) < 0)
		(void)snprintf(host, sizeof(host), "localhost");
	host[sizeof(host) - 1] = '\0';
	buf_printf(out, " %s kernel: [%5lld.%06lld] ", host, (long long)(since_boot.us / US_PER_S),
	    (long long)(since_boot.us % US_PER_S));
}
