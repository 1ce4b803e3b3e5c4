#include "source/journal_match.h"

static void
add_word(struct journal_match *m, struct arena *a, struct slice text)
{
	m->words = arena_room(a, m->words, m->count, &m->cap, sizeof(*m->words), 4);
	m->words[m->count++] = (struct journal_word){.text = text};
}

bool
journal_match_good(struct slice word)
{
	ptrdiff_t equals = slice_find_char(word, '=', 0);

	if (slice_eq(word, SLICE("+")))
		return true;
	if (equals < 1 || slice_starts(word, SLICE("__")))
		return false;
	for (size_t i = 0; i < (size_t)equals; i++)
		if (!char_upper(word.p[i]) && !char_digit(word.p[i]) && word.p[i] != '_')
			return false;
	return true;
}

void
journal_match_parse(
    struct journal_match *out, struct arena *a, const struct slice *matches, size_t count)
{
	*out = (struct journal_match){0};
	for (size_t i = 0; i < count; i++) {
		struct slice rest = arena_copy(a, matches[i]), word;

		while (slice_next_word(&rest, &word))
			add_word(out, a, slice_eq(word, SLICE("+")) ? SLICE_EMPTY : word);
		add_word(out, a, SLICE_EMPTY);
	}
}

bool
journal_match_any(const struct journal_match *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->words[i].text.n > 0)
			return false;
	return true;
}

void
journal_terms_add(struct journal_terms *t, struct journal_match *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct journal_word *w = &m->words[i];

		if (w->text.n == 0)
			continue;
		w->term = table_get(&t->by_text, w->text);
		if (w->term != NULL)
			continue;
		w->term = ARENA_NEW(&t->arena, struct journal_term);
		w->term->text = w->text;
		(void)table_put(&t->by_text, w->text, w->term);
		t->longest = w->text.n > t->longest ? w->text.n : t->longest;
	}
}

void
journal_terms_clear(struct journal_terms *t)
{
	uint64_t entry = t->entry;

	table_done(&t->by_text);
	arena_done(&t->arena);
	*t = (struct journal_terms){.entry = entry};
}

void
journal_terms_entry(struct journal_terms *t)
{
	t->entry++;
}

void
journal_terms_field(struct journal_terms *t, struct slice field)
{
	struct journal_term *term;

	if (field.n > t->longest)
		return;
	term = table_get(&t->by_text, field);
	if (term != NULL)
		term->seen = t->entry;
}

static struct slice
field_name(struct slice text)
{
	ptrdiff_t end = slice_find_char(text, '=', 0);

	return end < 0 ? text : slice_upto(text, (size_t)end);
}

/* Whether one of those from words on that ask for the same field as at does so with success. */
static bool
field_there(const struct journal_word *words, size_t n, size_t at, uint64_t entry)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].term->seen == entry &&
		    slice_eq(field_name(words[i].text), field_name(words[at].text)))
			return true;
	return false;
}

static bool
all_there(const struct journal_word *words, size_t n, uint64_t entry)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].term->seen != entry && !field_there(words, n, i, entry))
			return false;
	return n > 0;
}

bool
journal_match_wants(const struct journal_match *m, const struct journal_terms *t)
{
	size_t start = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (m->words[i].text.n > 0)
			continue;
		if (all_there(&m->words[start], i - start, t->entry))
			return true;
		start = i + 1;
	}
	return journal_match_any(m);
}
