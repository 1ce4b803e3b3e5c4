/*
 * Hostile values in the tags of a command. The input is a template, a NUL, and values parted by
 * NULs. Claims: a value with a character that a shell could read never shows in the script but as a
 * variable, arrives unchanged as an argument, and what is in the script beside the template's own
 * text and names of variables holds no such character.
 */
#include "action/info.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUES 4

struct source {
	struct tag_source source;
	struct slice values[VALUES];
};

/* Tags "0" to "3" stand for the values. */
static bool
value(struct tag_source *source, struct slice tag, struct buf *out)
{
	struct source *s = (struct source *)source;

	if (tag.n != 1 || tag.p[0] < '0' || tag.p[0] >= '0' + VALUES)
		return false;
	buf_add(out, s->values[tag.p[0] - '0']);
	return true;
}

static void
claim(bool truth)
{
	if (!truth)
		abort();
}

/* The script is the template with each tag replaced in the one way that is allowed. */
static void
check_body(struct slice body, struct slice text, const struct source *s)
{
	while (text.n > 0) {
		struct slice expected;
		bool tag = text.n >= 3 && text.p[0] == '<' && text.p[2] == '>' && text.p[1] >= '0' &&
		    text.p[1] < '0' + VALUES;
		struct slice v = tag ? s->values[text.p[1] - '0'] : SLICE_EMPTY;
		char plain[16], braced[16];

		if (!tag) {
			claim(body.n > 0 && body.p[0] == text.p[0]);
			body = slice_from(body, 1);
			text = slice_from(text, 1);
			continue;
		}
		(void)snprintf(plain, sizeof(plain), "$f2bV_%c", text.p[1]);
		(void)snprintf(braced, sizeof(braced), "${f2bV_%c}", text.p[1]);
		if (!tag_unsafe(v))
			expected = v;
		else
			expected = body.n > 1 && body.p[1] == '{' ? slice_cstr(braced) : slice_cstr(plain);
		claim(slice_starts(body, expected));
		body = slice_from(body, expected.n);
		text = slice_from(text, 3);
	}
	claim(body.n == 0);
}

static void
check_command(const struct tag_command *c, struct slice text, const struct source *s)
{
	struct slice script = buf_slice(&c->script);

	for (size_t i = 0; i < c->count; i++) {
		bool known = false;
		char name[64];

		claim(tag_unsafe(c->values[i]));
		for (size_t k = 0; k < VALUES; k++) {
			(void)snprintf(name, sizeof(name), "f2bV_%zu=$%zu ", k, i);
			if (slice_eq(s->values[k], c->values[i]) && slice_starts(script, slice_cstr(name)))
				known = true;
		}
		claim(known);
		script = slice_from(script, sizeof("f2bV_0=$0 ") - 1);
	}
	if (c->count > 0) {
		claim(script.n > 0 && script.p[0] == '\n');
		script = slice_from(script, 1);
	}
	check_body(script, text, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size), text = SLICE_EMPTY;
	struct source s = {.source = {value}};
	struct tag_command c;

	if (size > 20000)
		return 0;
	(void)slice_next(&rest, '\0', &text);
	for (size_t i = 0; i < VALUES; i++)
		if (!slice_next(&rest, '\0', &s.values[i]))
			s.values[i] = SLICE_EMPTY;
	tag_command_init(&c);
	if (tag_dynamic(&c, text, &s.source, NULL) == 0)
		check_command(&c, text, &s);
	tag_command_done(&c);
	return 0;
}
