#include "manage/findings.h"

#include "util/mem.h"

#define FINDINGS_MAX 10000 /* more are counted, not shown */
#define VALUE_MAX_BYTES 4000 /* of one, the rest is cut */

/* A place with its line. */
struct spot {
	struct place at;
	struct quote quote;
};

struct finding {
	enum diag_level level;
	struct spot spot;
	struct spot used[PLACE_CHAIN_MAX], included[PLACE_CHAIN_MAX];
	size_t used_count, included_count;
	struct slice text, remedy; /* remedy may be empty */
	struct slice value;	   /* .p NULL: not known */
};

/* The message without what fail2ban says before it at a start. */
static struct slice
without_preface(struct slice text)
{
	static const char preface[] = "Failed during configuration: ";

	return slice_starts(text, slice_cstr(preface)) ? slice_from(text, sizeof(preface) - 1)
						       : text;
}

/* A file that several jails use is reported by each of them; once is enough. */
static bool
known_finding(
    const struct findings *all, enum diag_level level, const struct place *at, struct slice text)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct finding *f = &all->v[i];

		if (f->level == level && place_same(&f->spot.at, at) && slice_eq(f->text, text))
			return true;
	}
	return false;
}

/* Sums up, or says without a place, what another message says with one. */
static bool
repeats(const char *module, const struct diag *d)
{
	static const char missing[] = "Found no accessible config files for ";
	struct slice text = slice_cstr(d->text), file;

	if (strcmp(module, "jailsreader") == 0)
		return true;
	if (!slice_starts(text, slice_cstr(missing)))
		return false;
	file = slice_from(text, sizeof(missing));
	return slice_starts(file, SLICE("filter.d/")) || slice_starts(file, SLICE("action.d/")) ||
	       slice_starts(file, SLICE("/"));
}

/* The place and its line, both kept: the configuration may be gone when they are shown. */
static struct spot
keep_spot(struct findings *all, const struct place *at, bool quoted)
{
	struct spot out = {.at = {.line = at->line, .column = at->column}};

	if (at->file != NULL)
		out.at.file = arena_copy(&all->arena, slice_cstr(at->file)).p;
	if (quoted)
		out.quote = quoter_line(&all->quoter, at);
	return out;
}

static void
keep_ways(struct findings *all, const struct place *at, struct finding *f)
{
	for (const struct place *p = at->used; p != NULL && f->used_count < PLACE_CHAIN_MAX;
	     p = p->used)
		f->used[f->used_count++] = keep_spot(all, p, true);
	for (const struct place *p = at->included; p != NULL && f->included_count < PLACE_CHAIN_MAX;
	     p = p->included)
		f->included[f->included_count++] = keep_spot(all, p, false);
}

/* Where the mistake itself stands, if the value stands in the line as it is up to there, or from there on. */
static struct place
exact_place(struct findings *all, const struct diag *d)
{
	struct place at = d->at;
	struct slice line, before, rest;
	size_t start;

	if (d->offset > at.value.n || at.column == 0)
		return at;
	line = slice_rtrim(quoter_source(&all->quoter, &at));
	before = slice_upto(at.value, d->offset);
	rest = slice_rtrim(slice_from(at.value, d->offset));
	start = at.column - 1;
	if (slice_starts(slice_from(line, start), before))
		at.column += (unsigned)before.n;
	else if (slice_ends(slice_from(line, start), rest))
		at.column += (unsigned)(line.n - start - rest.n);
	return at;
}

static void
findings_take(
    struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct findings *all = (struct findings *)sink;
	struct slice text = without_preface(slice_cstr(d->text));
	struct place at = exact_place(all, d);
	struct finding *f;

	if (level < DIAG_NOTICE || repeats(module, d))
		return;
	level = level == DIAG_NOTICE ? DIAG_WARNING : level;
	if (known_finding(all, level, &at, text))
		return;
	if (level == DIAG_ERROR)
		all->errors++;
	else
		all->warnings++;
	if (all->count == FINDINGS_MAX)
		return;
	all->v = mem_room(all->v, all->count, &all->cap, sizeof(*all->v), 16);
	f = &all->v[all->count++];
	*f = (struct finding){.level = level,
	    .spot = keep_spot(all, &at, true),
	    .text = arena_copy(&all->arena, text),
	    .remedy = arena_copy(&all->arena, slice_cstr(d->remedy))};
	if (at.value.p != NULL)
		f->value = arena_copy(&all->arena, slice_upto(at.value, VALUE_MAX_BYTES));
	keep_ways(all, &at, f);
}

void
findings_init(struct findings *all)
{
	*all = (struct findings){.sink = {findings_take}};
	arena_init(&all->arena);
	quoter_init(&all->quoter, &all->arena);
}

void
findings_done(struct findings *all)
{
	quoter_done(&all->quoter);
	mem_free(all->v);
	arena_done(&all->arena);
}

static const char *
level_word(enum diag_level level)
{
	return level == DIAG_ERROR ? "error" : "warning";
}

/* Each finding is one line, though a reason may stand on a line of its own in the log. */
static void
add_joined(struct buf *out, struct slice text)
{
	struct slice line;

	for (bool first = true; slice_next(&text, '\n', &line); first = false) {
		if (!first)
			buf_add_char(out, ' ');
		buf_add(out, line);
	}
}

static void
add_quote(struct buf *out, const struct spot *spot)
{
	if (spot->quote.line.n == 0)
		return;
	buf_printf(out, "    %.*s\n", SLICE_ARG(spot->quote.line));
	if (spot->at.column > 0)
		buf_printf(out, "    %*s^\n", (int)spot->quote.caret, "");
}

static void
add_finding(struct buf *out, const struct finding *f)
{
	place_format(out, &f->spot.at);
	buf_printf(out, "%s%s: ", f->spot.at.file != NULL ? ": " : "", level_word(f->level));
	add_joined(out, f->text);
	if (f->remedy.n > 0)
		buf_printf(out, "; %.*s", SLICE_ARG(f->remedy));
	buf_add_char(out, '\n');
	add_quote(out, &f->spot);
	for (size_t i = 0; i < f->used_count; i++) {
		buf_add_cstr(out, "  used in ");
		place_format(out, &f->used[i].at);
		buf_add_char(out, '\n');
		add_quote(out, &f->used[i]);
	}
	for (size_t i = 0; i < f->included_count; i++) {
		buf_add_cstr(out, "  included from ");
		place_format(out, &f->included[i].at);
		buf_add_char(out, '\n');
	}
}

void
findings_text(const struct findings *all, struct buf *out)
{
	for (size_t i = 0; i < all->count; i++)
		add_finding(out, &all->v[i]);
	buf_printf(out, "%zu error%s, %zu warning%s\n", all->errors, all->errors == 1 ? "" : "s",
	    all->warnings, all->warnings == 1 ? "" : "s");
}

static struct value *
text_or_nil(struct arena *a, struct slice s)
{
	return s.n > 0 ? value_text_lent(a, s) : value_nil(a);
}

static void
put_spot(struct arena *a, struct value *map, const struct spot *spot)
{
	const struct place *at = &spot->at;

	value_put_cstr(a, map, "file", text_or_nil(a, slice_cstr(at->file)));
	value_put_cstr(a, map, "line", at->line > 0 ? value_int(a, at->line) : value_nil(a));
	value_put_cstr(a, map, "column", at->column > 0 ? value_int(a, at->column) : value_nil(a));
	value_put_cstr(a, map, "source", text_or_nil(a, spot->quote.line));
}

static struct value *
spots_value(struct arena *a, const struct spot *spots, size_t count)
{
	struct value *list = value_list(a);

	for (size_t i = 0; i < count; i++) {
		struct value *map = value_map(a);

		put_spot(a, map, &spots[i]);
		value_add(a, list, map);
	}
	return list;
}

static struct value *
finding_value(struct arena *a, const struct finding *f)
{
	struct value *map = value_map(a);

	value_put_cstr(a, map, "level", value_cstr(a, level_word(f->level)));
	put_spot(a, map, &f->spot);
	value_put_cstr(
	    a, map, "value", f->value.p != NULL ? value_text_lent(a, f->value) : value_nil(a));
	value_put_cstr(a, map, "text", value_text_lent(a, f->text));
	value_put_cstr(a, map, "remedy", text_or_nil(a, f->remedy));
	value_put_cstr(a, map, "used_in", spots_value(a, f->used, f->used_count));
	value_put_cstr(a, map, "included_from", spots_value(a, f->included, f->included_count));
	return map;
}

struct value *
findings_value(struct findings *all)
{
	struct arena *a = &all->arena;
	struct value *list = value_list(a), *map = value_map(a);

	for (size_t i = 0; i < all->count; i++)
		value_add(a, list, finding_value(a, &all->v[i]));
	value_put_cstr(a, map, "version", value_int(a, FINDINGS_VERSION));
	value_put_cstr(a, map, "errors", value_int(a, (int64_t)all->errors));
	value_put_cstr(a, map, "warnings", value_int(a, (int64_t)all->warnings));
	value_put_cstr(a, map, "findings", list);
	return map;
}
