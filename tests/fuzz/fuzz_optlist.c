/*
 * Any bytes as the value of "action". Claims: the definitions in it are its own pieces, in order, and
 * leave out white space only; every option knows where it stands; and a definition written down
 * again from what was read is read as the same.
 */
#include "config/optlist.h"
#include "config/text.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether some quotes can go around value. */
static bool
write_value(struct buf *out, struct slice value)
{
	char quote = slice_find_char(value, '"', 0) < 0 ? '"' : '\'';

	if (slice_find_char(value, quote, 0) >= 0)
		return false;
	buf_add_char(out, quote);
	buf_add(out, value);
	buf_add_char(out, quote);
	return true;
}

static bool
write_list(struct buf *out, const struct optlist *list)
{
	buf_add(out, list->name);
	buf_add_char(out, '[');
	for (size_t i = 0; i < list->options.count; i++) {
		const struct option *o = &list->options.options[i];

		buf_add_cstr(out, i > 0 ? ", " : "");
		buf_add(out, o->name);
		buf_add_char(out, '=');
		if (!write_value(out, o->value.text))
			return false;
	}
	buf_add_char(out, ']');
	return true;
}

static void
check_again(struct arena *a, const struct optlist *list)
{
	struct optlist again;
	struct traced text;
	struct buf out;
	struct diag d;

	diag_init(&d);
	buf_init(&out, 65536);
	if (list->name.n > 0 && write_list(&out, list)) {
		text = (struct traced){.text = buf_slice(&out)};
		assert(optlist_parse(a, &text, &again, &d) == 0);
		assert(slice_eq(again.name, list->name));
		assert(again.options.count == list->options.count);
		for (size_t i = 0; i < again.options.count; i++) {
			assert(slice_eq(again.options.options[i].name, list->options.options[i].name));
			assert(slice_eq(
			    again.options.options[i].value.text, list->options.options[i].value.text));
		}
	}
	buf_done(&out);
}

/* All was written in line 1, from column 1 on. */
static void
check_option(struct slice all, const struct option *o)
{
	struct place at = traced_at(&o->value);

	assert(o->at.column >= 1 && slice_starts(slice_from(all, o->at.column - 1), o->name));
	assert(at.column >= 1 && slice_starts(slice_from(all, at.column - 1), o->value.text));
}

static void
check_definition(struct arena *a, struct slice all, const struct traced *text)
{
	struct optlist list;
	struct diag d;

	diag_init(&d);
	if (optlist_parse(a, text, &list, &d) < 0) {
		assert(d.text[0] != '\0');
		return;
	}
	assert(slice_starts(text->text, list.name));
	for (size_t i = 0; i < list.options.count; i++)
		check_option(all, &list.options.options[i]);
	check_again(a, &list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of((const char *)data, size);
	struct arena a = {0};
	struct traced text, one;
	size_t rest = 0, before = 0;

	if (size > 8192)
		return 0;
	text = traced_of(&a, all, (struct place){"fuzz", 1, 1});
	while (optlist_next(&a, &text, &rest, &one)) {
		size_t at = (size_t)(one.text.p - all.p);

		assert(one.text.n > 0 && at >= before && rest == at + one.text.n);
		assert(text_trim(slice_upto(slice_from(all, before), at - before)).n == 0);
		check_definition(&a, all, &one);
		before = rest;
	}
	assert(text_trim(slice_from(all, before)).n == 0);
	check_definition(&a, all, &text);
	arena_done(&a);
	return 0;
}
