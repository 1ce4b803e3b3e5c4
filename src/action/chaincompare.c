#include "action/chaincompare.h"

#include "util/mem.h"

#include <stdlib.h>

#define CHANGES_MAX ((size_t)64 * 1024 * 1024)

struct chain_rule {
	struct addr addr; /* first, for addr_order() */
	bool claimed;
	struct slice rest; /* of its line, behind "-A" */
};

/* Takes the first word off text, and the blank behind it. */
static struct slice
take_word(struct slice *text)
{
	ptrdiff_t blank = slice_find_char(*text, ' ', 0);
	struct slice word = slice_upto(*text, blank >= 0 ? (size_t)blank : text->n);

	*text = slice_from(*text, blank >= 0 ? word.n + 1 : word.n);
	return word;
}

/* Of "-j TARGET…", whose options may be listed otherwise than they were written. */
static struct slice
form_target(const struct form *form)
{
	struct slice rest = slice_cstr(form->rule.after);

	(void)take_word(&rest);
	return take_word(&rest);
}

/* Long forms of what iptables lists before the target. */
static bool
is_match(struct slice word)
{
	static const char *const names[] = {"--match", "--protocol", "--proto", "--destination",
	    "--dst", "--source", "--src", "--in-interface", "--out-interface", "--fragment", "--goto"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq(word, slice_cstr(names[i])))
			return true;
	return slice_starts(word, SLICE("-")) && !slice_starts(word, SLICE("--"));
}

bool
chaincompare_knows(const struct form *form)
{
	struct slice rest = slice_cstr(form->rule.after);

	(void)take_word(&rest); /* "-j" */
	(void)take_word(&rest);
	while (rest.n > 0) {
		struct slice word = take_word(&rest);

		if (is_match(word) || slice_eq(word, SLICE("!")))
			return false;
	}
	return true;
}

void
chaincompare_command(const struct form *form, struct buf *out)
{
	form_program(form, out);
	buf_add_cstr(out, " -S ");
	buf_add_cstr(out, form->rule.chain);
}

/* "-A CHAIN -s ADDRESS -j TARGET…" */
static void
take_line(struct chaincompare *c, struct slice line)
{
	struct chain_rule rule = {.claimed = false};
	struct slice command = take_word(&line);

	rule.rest = line;
	if (!slice_eq(command, SLICE("-A")) ||
	    !slice_eq(take_word(&line), slice_cstr(c->form->rule.chain)) ||
	    !slice_eq(take_word(&line), SLICE("-s")) ||
	    addr_parse(take_word(&line), &rule.addr) < 0 || rule.addr.family != c->addr ||
	    !slice_eq(take_word(&line), SLICE("-j")) ||
	    !slice_eq(take_word(&line), form_target(c->form)))
		return;
	c->there = mem_room(c->there, c->there_count, &c->there_cap, sizeof(*c->there), 64);
	c->there[c->there_count++] = rule;
}

static void
compare_ban(void *arg, const struct ticket *t)
{
	struct chaincompare *c = arg;
	struct chain_rule *found = NULL;
	char text[ADDR_TEXT_MAX];

	if (t->addr.family != c->addr || t->epoch < c->epoch || addr_among(c->busy, c->busy_count, &t->addr))
		return;
	c->state.wanted++;
	if (c->there_count > 0)
		found = bsearch(
		    &t->addr, c->there, c->there_count, sizeof(*c->there), addr_order);
	if (found != NULL) {
		c->state.there++;
		found->claimed = true;
		return;
	}
	c->state.missing++;
	buf_printf(&c->changes, "%s %.*s %s\n", c->form->rule.before,
	    SLICE_ARG(addr_text(&t->addr, text)), c->form->rule.after);
}

static void
compare_extra(struct chaincompare *c)
{
	for (size_t i = 0; i < c->there_count && !c->shared; i++) {
		const struct chain_rule *rule = &c->there[i];

		if (rule->claimed || addr_among(c->busy, c->busy_count, &rule->addr))
			continue;
		c->state.extra++;
		buf_printf(&c->changes, "-D %.*s\n", SLICE_ARG(rule->rest));
	}
}

void
chaincompare_make(struct chaincompare *c, struct slice listing)
{
	struct slice line;

	c->state.rules = true;
	buf_init(&c->changes, CHANGES_MAX);
	buf_add_cstr(&c->changes, "*filter\n");
	while (slice_next(&listing, '\n', &line))
		take_line(c, line);
	if (c->there_count > 0)
		qsort(c->there, c->there_count, sizeof(*c->there), addr_order);
	if (c->jail->each_ban != NULL)
		c->jail->each_ban(c->jail, compare_ban, c);
	compare_extra(c);
	if (c->state.missing + c->state.extra == 0 || buf_refused(&c->changes))
		buf_clear(&c->changes);
	else
		buf_add_cstr(&c->changes, "COMMIT\n");
}

void
chaincompare_done(struct chaincompare *c)
{
	buf_done(&c->changes);
	mem_free(c->there);
}
