#include "client/check.h"

#include "control/check.h"
#include "util/mem.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <stdio.h>

#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)
#define FINDINGS_MAX 10000 /* more are counted, not shown */

enum form { FORM_TEXT, FORM_JSON, FORM_YAML };

struct finding {
	enum diag_level level;
	const char *file; /* or NULL */
	unsigned line, column;
	struct slice text, remedy; /* remedy may be empty */
};

struct findings {
	struct diag_sink sink;
	struct arena arena;
	struct finding *v;
	size_t count, cap;
	size_t errors, warnings;
};

/* The message without what fail2ban says before it at a start. */
static struct slice
without_preface(struct slice text)
{
	static const char preface[] = "Failed during configuration: ";

	return slice_starts(text, slice_cstr(preface)) ? slice_from(text, sizeof(preface) - 1)
						       : text;
}

static bool
same_finding(const struct finding *a, const struct finding *b)
{
	return a->level == b->level && a->line == b->line && a->column == b->column &&
	       slice_eq(slice_cstr(a->file), slice_cstr(b->file)) && slice_eq(a->text, b->text);
}

/* A file that several jails use is reported by each of them; once is enough. */
static bool
known_finding(const struct findings *all, const struct finding *f)
{
	for (size_t i = 0; i < all->count; i++)
		if (same_finding(&all->v[i], f))
			return true;
	return false;
}

/* Sums up, or says without a place, what another message says with one. */
static bool
repeats(const char *module, const struct diag *d)
{
	return strcmp(module, "jailsreader") == 0 ||
	       (strcmp(module, "configreader") == 0 && d->at.file == NULL);
}

static void
findings_take(
    struct diag_sink *sink, enum diag_level level, const char *module, const struct diag *d)
{
	struct findings *all = (struct findings *)sink;
	struct finding f = {.level = level,
	    .line = d->at.line,
	    .column = d->at.column,
	    .text = without_preface(slice_cstr(d->text)),
	    .remedy = slice_cstr(d->remedy)};

	if (level < DIAG_NOTICE || repeats(module, d))
		return;
	f.file = d->at.file;
	if (all->count < FINDINGS_MAX && known_finding(all, &f))
		return;
	if (level == DIAG_ERROR)
		all->errors++;
	else
		all->warnings++;
	if (all->count == FINDINGS_MAX)
		return;
	if (f.file != NULL)
		f.file = arena_copy(&all->arena, slice_cstr(f.file)).p;
	f.text = arena_copy(&all->arena, f.text);
	f.remedy = arena_copy(&all->arena, f.remedy);
	if (all->count == all->cap) {
		all->cap = all->cap > 0 ? 2 * all->cap : 16;
		all->v = mem_grow(all->v, all->cap, sizeof(*all->v));
	}
	all->v[all->count++] = f;
}

static const char *
level_word(enum diag_level level)
{
	return level == DIAG_ERROR ? "error" : "warning";
}

static void
print_text(const struct findings *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct finding *f = &all->v[i];

		if (f->file != NULL)
			printf("%s:", f->file);
		if (f->line > 0)
			printf("%u:", f->line);
		if (f->line > 0 && f->column > 0)
			printf("%u:", f->column);
		printf("%s%s: %.*s", f->file != NULL ? " " : "", level_word(f->level),
		    SLICE_ARG(f->text));
		if (f->remedy.n > 0)
			printf("; %.*s", SLICE_ARG(f->remedy));
		printf("\n");
	}
	printf("%zu errors, %zu warnings\n", all->errors, all->warnings);
}

static void
put(struct arena *a, struct value *map, const char *key, struct value *item)
{
	value_put(a, map, value_cstr(a, key), item);
}

static struct value *
finding_value(struct arena *a, const struct finding *f)
{
	struct value *map = value_map(a);

	put(a, map, "level", value_cstr(a, level_word(f->level)));
	put(a, map, "file", f->file != NULL ? value_cstr(a, f->file) : value_nil(a));
	put(a, map, "line", f->line > 0 ? value_int(a, f->line) : value_nil(a));
	put(a, map, "column", f->column > 0 ? value_int(a, f->column) : value_nil(a));
	put(a, map, "text", value_text_lent(a, f->text));
	put(a, map, "remedy", f->remedy.n > 0 ? value_text_lent(a, f->remedy) : value_nil(a));
	return map;
}

static void
print_value(struct findings *all, enum form form)
{
	struct arena *a = &all->arena;
	struct value *list = value_list(a), *map = value_map(a);
	struct buf out;
	int r;

	for (size_t i = 0; i < all->count; i++)
		value_add(a, list, finding_value(a, &all->v[i]));
	put(a, map, "errors", value_int(a, (int64_t)all->errors));
	put(a, map, "warnings", value_int(a, (int64_t)all->warnings));
	put(a, map, "findings", list);
	buf_init(&out, OUTPUT_MAX);
	r = form == FORM_JSON ? value_json_format(&out, map, 2) : value_yaml_format(&out, map);
	if (r == 0)
		(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
	if (form == FORM_JSON)
		(void)fputc('\n', stdout);
	buf_done(&out);
}

struct check {
	struct config_request request;
	enum form form;
	bool strict;
};

static int
take_words(struct check *ck, char **words, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--strict") == 0)
			ck->strict = true;
		else if (strcmp(words[i], "--json") == 0)
			ck->form = FORM_JSON;
		else if (strcmp(words[i], "--yaml") == 0)
			ck->form = FORM_YAML;
		else if (strcmp(words[i], "-c") == 0 && i + 1 < count)
			ck->request.dir = words[++i];
		else
			return -1;
	}
	return 0;
}

static void
find_all(struct findings *all, const struct config_request *request)
{
	struct config *config = NULL;
	int r = config_load(&config, request, &all->sink);

	if (config != NULL)
		(void)command_check(config->commands, &all->sink); /* counted by the sink */
	/* A load does not fail without a word, but the exit status must not depend on that. */
	if (r < 0 && all->errors == 0)
		all->errors = 1;
	config_free(config);
}

int
check_run(const struct cmdline *c)
{
	struct findings all = {.sink = {findings_take}};
	struct check ck = {.form = FORM_TEXT};
	int status;

	cmdline_config_request(c, &ck.request);
	if (take_words(&ck, c->words + 1, c->word_count - 1) < 0) {
		printf("ERROR: check: expected [-c DIR] [--strict] [--json | --yaml]\n");
		return CMDLINE_FAILED;
	}
	ck.request.lint = true;
	arena_init(&all.arena);
	find_all(&all, &ck.request);
	if (ck.form == FORM_TEXT)
		print_text(&all);
	else
		print_value(&all, ck.form);
	status = all.errors > 0 ? 2 : ck.strict && all.warnings > 0 ? 1 : 0;
	mem_free(all.v);
	arena_done(&all.arena);
	return status;
}
