#include "control/check.h"

#include "scan/runaway.h"
#include "util/escape.h"
#include "util/table.h"

#define KNOWN_MAX 20000 /* expressions; more of them are not looked at */

/* Expressions that jails share are looked at once. */
struct doubt {
	struct diag_sink *sink;
	struct matcher *matcher;
	struct table known;
};

static void
tell(struct doubt *t, const struct value *v, const struct buf *line)
{
	struct diag d;
	struct buf shown;

	buf_init(&shown, 4096);
	escape_format(&shown, buf_slice(line));
	diag_init(&d);
	(void)diag_fail(&d, 0, value_place(v),
	    "the regular expression can run away: a line that begins with '%s' and goes on so "
	    "costs more than a line may, and is passed over",
	    buf_cstr(&shown));
	diag_remedy(&d, "two parts that repeat take the same text; let one of them take less, as "
			"[^ ]+ does for .+");
	buf_done(&shown);
	t->sink->take(t->sink, DIAG_WARNING, "", &d);
}

static void
doubt_regex(struct doubt *t, const struct value *v)
{
	struct pattern *p = NULL;
	struct buf line;

	if (v->kind == VALUE_LIST || v->kind == VALUE_TUPLE) {
		for (size_t i = 0; i < value_count(v); i++)
			doubt_regex(t, value_at(v, i));
		return;
	}
	if (v->kind != VALUE_TEXT || t->known.n == KNOWN_MAX ||
	    table_get(&t->known, v->text) != NULL)
		return;
	(void)table_put(&t->known, v->text, (void *)(uintptr_t)v); /* there was none */
	/* What is wrong has been told by command_check(). */
	if (pattern_new(&p, v->text, 0, value_place(v), NULL) < 0)
		return;
	buf_init(&line, 4096);
	if (runaway_find(p, t->matcher, &line))
		tell(t, v, &line);
	buf_done(&line);
	pattern_free(p);
}

void
command_doubt(const struct value *commands, struct diag_sink *sink)
{
	static const struct slice regexes[] = {
	    {"addfailregex", 12}, {"addignoreregex", 14}, {"prefregex", 9}};
	struct doubt t = {.sink = sink, .matcher = matcher_new()};

	for (size_t i = 0; i < value_count(commands); i++) {
		const struct value *c = value_at(commands, i);

		for (size_t k = 0; k < 3 && value_count(c) > 3; k++)
			if (value_is_text(value_at(c, 2), regexes[k]))
				doubt_regex(&t, value_at(c, 3));
	}
	table_done(&t.known);
	matcher_free(t.matcher);
}
