#include "control/guardfeed.h"

#include "config/optlist.h"
#include "control/monitor.h"
#include "control/storing.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>

struct guardfeed {
	struct guard *guard;
	struct feed_sink sink;
	struct feed_user *feed; /* NULL: not open */
	bool wanted, paused;
	struct buf date;
	struct list holds;
	struct file_position stored;
	struct source_rate rate;
};

/* What "backend" says. */
struct spec {
	struct arena arena;
	struct slice kind;
	struct feed_option *options;
	size_t count;
};

static int
spec_parse(struct spec *s, struct slice backend, struct diag *d)
{
	struct traced text;
	struct optlist list;
	int r;

	*s = (struct spec){0};
	text = traced_of(&s->arena, arena_copy(&s->arena, backend), (struct place){0});
	r = optlist_parse(&s->arena, &text, &list, d);
	if (r < 0)
		return r;
	s->kind = slice_trim(list.name);
	s->count = list.options.count;
	s->options = arena_array(&s->arena, s->count, sizeof(*s->options));
	for (size_t i = 0; i < s->count; i++) {
		s->options[i].name = list.options.options[i].name;
		s->options[i].value = list.options.options[i].value.text;
	}
	return 0;
}

static void
spec_done(struct spec *s)
{
	arena_done(&s->arena);
}

int
guardfeed_check(struct slice backend, struct diag *d)
{
	struct spec s;
	int r = spec_parse(&s, backend, d);

	if (r == 0)
		r = feed_check(s.kind, s.options, s.count, d);
	spec_done(&s);
	return r;
}

static void
take_line(struct feed_sink *sink, const struct feed_line *line)
{
	struct guardfeed *gf = LIST_ITEM(sink, struct guardfeed, sink);
	struct filter *filter = gf->guard->filter;

	if (line->when.us == 0) {
		(void)filter_line(filter, line->text, time_now(), true);
		return;
	}
	buf_clear(&gf->date);
	time_format_iso(&gf->date, line->when);
	buf_add_char(&gf->date, ' ');
	(void)filter_dated_line(filter, buf_slice(&gf->date), line->text, line->when, time_now());
}

/* The first record of all has no place before it. */
struct hold *
guardfeed_hold(struct guardfeed *gf)
{
	struct file_position at;
	struct hold *h;

	if (gf == NULL || !feed_get_position(gf->feed, &at) || at.offset == 0)
		return NULL;
	at.offset--;
	h = hold_new(&gf->holds);
	h->at = at;
	return h;
}

static void
take_note(struct feed_sink *sink, int level, const char *text)
{
	log_write(
	    level, "filter", "[%s] %s", LIST_ITEM(sink, struct guardfeed, sink)->guard->name, text);
}

struct guardfeed *
guardfeed_new(struct guard *g)
{
	struct guardfeed *gf = MEM_NEW(struct guardfeed);

	gf->guard = g;
	gf->sink = (struct feed_sink){take_line, take_note};
	list_init(&gf->holds);
	buf_init(&gf->date, 64);
	return gf;
}

void
guardfeed_free(struct guardfeed *gf)
{
	if (gf == NULL)
		return;
	hold_drop(&gf->holds);
	feed_leave(gf->feed);
	buf_done(&gf->date);
	mem_free(gf);
}

static int
join(struct guardfeed *gf, struct diag *d)
{
	struct guard *g = gf->guard;
	struct monitor *m = g->monitor;
	struct slice spec = slice_cstr(g->backend);
	struct spec s;
	int r = spec_parse(&s, spec, d);

	if (r == 0) {
		struct feed_request request = {
		    .kind = s.kind,
		    .spec = spec,
		    .options = s.options,
		    .count = s.count,
		    .since = instant_sub(time_now(), g->limits.findtime),
		};

		if (m->store != NULL &&
		    store_get_position(m->store, slice_cstr(g->name), spec, &gf->stored) == 0)
			request.stored = &gf->stored;
		r = feed_join(&gf->feed, m->feeds, &request, &gf->sink, d);
	}
	spec_done(&s);
	return r;
}

static void
guardfeed_open(struct guardfeed *gf, int level)
{
	char text[4400];
	struct diag d;

	diag_init(&d);
	if (join(gf, &d) < 0) {
		log_write(level, "filter", "[%s] %s; trying again", gf->guard->name,
		    diag_format(&d, text, sizeof(text)));
		return;
	}
	feed_pause(gf->feed, gf->paused);
	log_write(
	    LEVEL_INFO, "filter", "[%s] Reading from %s", gf->guard->name, gf->guard->backend);
}

void
guardfeed_start(struct guardfeed *gf)
{
	if (gf == NULL || gf->wanted)
		return;
	gf->wanted = true;
	guardfeed_open(gf, LEVEL_ERROR);
}

void
guardfeed_retry(struct guardfeed *gf)
{
	if (gf != NULL && gf->wanted && gf->feed == NULL)
		guardfeed_open(gf, LEVEL_DEBUG);
}

void
guardfeed_pause(struct guardfeed *gf, bool paused)
{
	if (gf == NULL)
		return;
	gf->paused = paused;
	feed_pause(gf->feed, paused);
}

void
guardfeed_store(struct guardfeed *gf)
{
	struct file_position at;
	const struct hold *first;
	struct monitor *m;

	if (gf == NULL || !feed_get_position(gf->feed, &at))
		return;
	first = hold_first(&gf->holds);
	if (first != NULL)
		at = first->at;
	if (at.offset == gf->stored.offset)
		return;
	m = gf->guard->monitor;
	if (m->store == NULL)
		return;
	store_set_position(
	    m->store, slice_cstr(gf->guard->name), slice_cstr(gf->guard->backend), &at);
	gf->stored = at;
	storing_logged(m);
}

bool
guardfeed_stats(const struct guardfeed *gf, struct feed_stats *out)
{
	if (gf == NULL || gf->feed == NULL)
		return false;
	feed_get_stats(gf->feed, out);
	return true;
}

struct source_rate *
guardfeed_rate(struct guardfeed *gf)
{
	return &gf->rate;
}
