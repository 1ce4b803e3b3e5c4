#include "control/sources.h"

#include "control/guardfeed.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "control/status.h"
#include "util/lapse.h"
#include "util/log.h"

/* A shorter lag is a matter of course where lines come in bursts. */
#define LAG_WARN SPAN_S(60)

static void
rate_look(struct source_rate *r, uint64_t lines, struct mono now)
{
	struct span d = mono_since(now, r->at);

	if (r->at.us != 0 && d.us > 0)
		r->per_s = (double)(lines - r->lines) * (double)US_PER_S / (double)d.us;
	r->lines = lines;
	r->at = now;
}

static struct span
lag_of(const struct guardlog *l, uint64_t lag_bytes, struct mono now)
{
	return lag_bytes > 0 && l->level.us != 0 ? mono_since(now, l->level) : (struct span){0};
}

static void
log_look(struct guard *g, struct guardlog *l, struct mono now)
{
	struct file_stats s;
	struct span lag;
	struct buf *line;

	file_get_stats(l->file, &s);
	rate_look(&l->rate, s.lines, now);
	if (s.lag_bytes == 0 || l->level.us == 0 || g->idle) {
		l->level = now;
		l->lag_told = false;
	}
	lag = lag_of(l, s.lag_bytes, now);
	if (lag.us < LAG_WARN.us || l->lag_told)
		return;
	l->lag_told = true;
	line = guard_log(g, LEVEL_WARNING, "filter", "Reading of", file_path(l->file));
	if (line == NULL)
		return;
	buf_add_cstr(line, " is ");
	lapse_format(line, (double)lag.us / (double)US_PER_S);
	buf_printf(line, " and %llu bytes behind what is written to it", (unsigned long long)s.lag_bytes);
	log_end();
}

void
sources_look(struct guard *g)
{
	struct mono now = time_mono();
	struct feed_stats s;

	LIST_EACH(link, &g->logs)
		log_look(g, LIST_ITEM(link, struct guardlog, link), now);
	if (guardfeed_stats(g->feed, &s))
		rate_look(guardfeed_rate(g->feed), s.lines, now);
	if (g->journal != NULL)
		rate_look(guardjournal_rate(g->journal), guardjournal_stats(g->journal)->lines, now);
}

/* With one digit behind the point. */
static void
add_real(struct arena *a, struct value *list, const char *label, double x)
{
	double tenths = (double)(int64_t)(x * 10 + 0.5);

	status_add(a, list, label, value_float(a, tenths / 10));
}

static struct value *
log_part(struct arena *a, const struct guardlog *l)
{
	struct value *part = value_list(a);
	struct file_position at;
	struct file_stats s;
	struct span lag;

	file_get_stats(l->file, &s);
	file_get_position(l->file, &at);
	lag = lag_of(l, s.lag_bytes, time_mono());
	status_count(a, part, "Position", at.offset);
	status_count(a, part, "Lines", s.lines);
	add_real(a, part, "Lines per second", l->rate.per_s);
	status_count(a, part, "Bytes", s.bytes);
	status_count(a, part, "Lag bytes", s.lag_bytes);
	add_real(a, part, "Lag seconds", (double)lag.us / (double)US_PER_S);
	status_count(a, part, "Long lines", s.long_lines);
	status_count(a, part, "Rotations", s.rotations);
	status_count(a, part, "Errors", s.errors);
	return value_pair(a, value_text(a, file_path(l->file)), part);
}

static struct value *
feed_part(struct arena *a, const struct guard *g)
{
	struct value *part = value_list(a);
	struct feed_stats s = {0};
	bool open = guardfeed_stats(g->feed, &s);

	status_add(a, part, "Open", value_bool(a, open));
	status_count(a, part, "Lines", s.lines);
	add_real(a, part, "Lines per second", guardfeed_rate(g->feed)->per_s);
	status_count(a, part, "Bytes", s.bytes);
	status_count(a, part, "Lost", s.lost);
	status_count(a, part, "Refused", s.refused);
	status_count(a, part, "Long lines", s.long_lines);
	status_count(a, part, "Restarts", s.restarts);
	return value_pair(a, value_cstr(a, g->backend), part);
}

static struct value *
journal_part(struct arena *a, const struct guard *g)
{
	const struct guardjournal_stats *s = guardjournal_stats(g->journal);
	struct value *part = value_list(a);

	status_count(a, part, "Lines", s->lines);
	add_real(a, part, "Lines per second", guardjournal_rate(g->journal)->per_s);
	status_count(a, part, "Lost", s->lost);
	status_count(a, part, "Long lines", s->long_lines);
	status_count(a, part, "Errors", s->errors);
	return value_pair(a, value_cstr(a, g->backend), part);
}

struct value *
sources_of(struct arena *a, const struct guard *g)
{
	struct value *out = value_list(a);

	if (g->feed != NULL)
		return value_add(a, out, feed_part(a, g));
	if (g->journal != NULL)
		return value_add(a, out, journal_part(a, g));
	LIST_EACH(link, &g->logs)
		(void)value_add(a, out, log_part(a, LIST_ITEM(link, struct guardlog, link)));
	return out;
}
