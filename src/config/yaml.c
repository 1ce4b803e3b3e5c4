#include "config/yaml.h"

#include "config/ini.h"
#include "config/options.h"
#include "config/suggest.h"
#include "config/text.h"
#include "config/yamltree.h"

#include <errno.h>

struct yaml {
	struct load *load;
	struct sections *out;
	const char *file;
	int result; /* -EINVAL once a mistake was told */
};

/* An option's value, being put together. */
struct value_text {
	struct yaml *y;
	struct slice option;
	struct traced_buf text;
	char separator;
};

/* What separates the items of a list that is the option's value; a newline for most. */
static char
separator_of(struct slice option)
{
	static const struct {
		const char *option;
		char separator;
	} rows[] = {
	    {"port", ','},
	    {"protocol", ','},
	    {"bantime.multipliers", ' '},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slice_eq(option, slice_cstr(rows[i].option)))
			return rows[i].separator;
	return '\n';
}

bool
yaml_is_definition(struct slice option)
{
	return slice_eq(option, SLICE("filter")) || slice_eq(option, SLICE("action")) ||
	       slice_starts(option, SLICE("action_")) || slice_starts(option, SLICE("banaction"));
}

#define FAIL(y, ...)                                                                               \
	do {                                                                                       \
		(void)load_fatal((y)->load, __VA_ARGS__);                                          \
		(y)->result = -EINVAL;                                                                \
	} while (0)

/* What a node is, for a message. */
static const char *
shown(struct yaml *y, const struct yamltree_node *n)
{
	if (n->kind == YAMLTREE_LIST)
		return "a list";
	if (n->kind == YAMLTREE_MAP)
		return "a map";
	return arena_printf(y->load->arena, "'%s'", load_quote(y->load, n->text.text)).p;
}

/* "option:" with nothing behind it. */
static bool
nothing(const struct yamltree_node *n)
{
	return n->kind == YAMLTREE_SCALAR && n->text.text.n == 0;
}

static void
add_traced(struct value_text *v, const struct traced *t)
{
	traced_buf_add(&v->text, t, 0, t->text.n, 0);
}

/* Text of ours between pieces of the file, as if it stood at the place. */
static void
add_own(struct value_text *v, const char *text, struct place at)
{
	at.column = 0;
	traced_buf_mark(&v->text, at);
	buf_add_cstr(&v->text.text, text);
}

/* A list of scalars, joined; for an option of a definition as for one of a section. */
static void
add_list(struct value_text *v, const struct yamltree_node *list, char separator)
{
	size_t start = v->text.text.n;

	for (const struct yamltree_node *n = list->first; n != NULL; n = n->next) {
		if (n->kind != YAMLTREE_SCALAR) {
			FAIL(v->y, n->at,
			    "'%s' holds a list of values, but this is %s; put an item that holds "
			    "': ', '[', '{' or '- ' in quotes",
			    load_quote(v->y->load, v->option), shown(v->y, n));
			continue;
		}
		if (n->text.text.n > 0 && v->text.text.n > start)
			buf_add_char(&v->text.text, separator);
		add_traced(v, &n->text);
	}
}

static bool
definition_word(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!text_word_char(name.p[i]) && strchr("-.?=", name.p[i]) == NULL)
			return false;
	return name.n > 0;
}

/*
 * The quotes for a value in brackets: such values have no escapes, so one with both kinds of quotes
 * must do without. "" for none, NULL if it cannot be written.
 */
static const char *
definition_quotes(struct slice value)
{
	if (slice_find_char(value, '"', 0) < 0)
		return "\"";
	if (slice_find_char(value, '\'', 0) < 0)
		return "'";
	return slice_find_char(value, ',', 0) < 0 && slice_find_char(value, ']', 0) < 0 &&
		       value.p[0] != '"' && value.p[0] != '\''
		   ? ""
		   : NULL;
}

/* "option=value" within the brackets of a filter or an action. */
static void
add_given(struct value_text *v, const struct yamltree_node *key)
{
	const struct yamltree_node *value = key->next;
	struct value_text one = {.y = v->y, .option = key->text.text};
	const char *quotes;
	struct traced t;

	if (!definition_word(one.option) || value->kind == YAMLTREE_MAP) {
		FAIL(v->y, key->at,
		    "'%s' is not an option of a filter or an action with its value; write 'option: "
		    "value'",
		    load_quote(v->y->load, one.option));
		return;
	}
	traced_buf_init(&one.text);
	if (value->kind == YAMLTREE_LIST)
		add_list(&one, value, separator_of(one.option));
	else
		add_traced(&one, &value->text);
	t = traced_buf_copy(v->y->load->arena, &one.text);
	traced_buf_done(&one.text);
	quotes = definition_quotes(t.text);
	if (quotes == NULL) {
		FAIL(v->y, value->at,
		    "the value of '%s' holds both kinds of quotes, and a comma or a bracket; use "
		    "one kind of quotes",
		    load_quote(v->y->load, one.option));
		return;
	}
	add_traced(v, &key->text);
	add_own(v, "=", key->at);
	add_own(v, quotes, value->at);
	add_traced(v, &t);
	add_own(v, quotes, value->at);
}

/* "name[option=value, ...]" from the options of a map, but for the one that is the name. */
static void
add_definition(struct value_text *v, const struct traced *name, const struct yamltree_node *first,
    const struct yamltree_node *without)
{
	struct place at = traced_at(name);
	bool any = false;

	add_traced(v, name);
	for (const struct yamltree_node *n = first; n != NULL; n = n->next->next) {
		if (n == without)
			continue;
		add_own(v, any ? ", " : "[", at);
		any = true;
		if (n->kind == YAMLTREE_SCALAR)
			add_given(v, n);
		else
			FAIL(v->y, n->at, "%s is no name of an option", shown(v->y, n));
	}
	if (any)
		add_own(v, "]", at);
}

/* The key that holds the name in {name: iptables, port: ssh}; NULL in {iptables: {port: ssh}}. */
static const struct yamltree_node *
name_key(const struct yamltree_node *map)
{
	for (const struct yamltree_node *n = map->first; n != NULL; n = n->next->next)
		if (n->kind == YAMLTREE_SCALAR && slice_eq(n->text.text, SLICE("name")) &&
		    n->next->kind == YAMLTREE_SCALAR)
			return n;
	return NULL;
}

/* One filter or action, or several where the names are keys. */
static void
add_definitions(struct value_text *v, const struct yamltree_node *map)
{
	const struct yamltree_node *name = name_key(map);

	if (name != NULL) {
		add_definition(v, &name->next->text, map->first, name);
		return;
	}
	for (const struct yamltree_node *n = map->first; n != NULL; n = n->next->next) {
		if (n->kind != YAMLTREE_SCALAR ||
		    (n->next->kind != YAMLTREE_MAP && !nothing(n->next))) {
			FAIL(v->y, n->at,
			    "expected the name of %s with a map of its options, found %s: %s; "
			    "write {name: NAME, option: value} or NAME: {option: value}",
			    slice_eq(v->option, SLICE("filter")) ? "a filter" : "an action",
			    shown(v->y, n), shown(v->y, n->next));
			return;
		}
		if (n != map->first)
			buf_add_char(&v->text.text, '\n');
		add_definition(v, &n->text, n->next->first, NULL);
	}
}

static void
add_definition_list(struct value_text *v, const struct yamltree_node *list)
{
	for (const struct yamltree_node *n = list->first; n != NULL; n = n->next) {
		if (n != list->first)
			buf_add_char(&v->text.text, '\n');
		if (n->kind == YAMLTREE_SCALAR)
			add_traced(v, &n->text);
		else if (n->kind == YAMLTREE_MAP)
			add_definitions(v, n);
		else
			FAIL(v->y, n->at, "expected the name of an action or a map, found a list");
	}
}

/* Whether the option is known to hold one word, for which a list is a mistake. */
static bool
holds_one(struct slice option)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].kind != OPTION_TEXT &&
		    slice_eq(slice_cstr(option_rows[i].name), option))
			return true;
	return false;
}

static void
add_value(struct value_text *v, const struct yamltree_node *value)
{
	if (value->kind == YAMLTREE_SCALAR)
		add_traced(v, &value->text);
	else if (value->kind == YAMLTREE_MAP)
		add_definitions(v, value);
	else if (yaml_is_definition(v->option))
		add_definition_list(v, value);
	else if (holds_one(v->option))
		FAIL(v->y, value->at, "'%s' holds one value, found a list",
		    load_quote(v->y->load, v->option));
	else
		add_list(v, value, separator_of(v->option));
}

static void
put_option(struct yaml *y, struct section *s, const struct option *o)
{
	const struct option *before = section_get(s, o->name);

	if (before != NULL)
		FAIL(y, o->at,
		    "While reading from '%s' [line %2u]: option '%s' in section '%s' already "
		    "exists; it was set in line %u, keep one of the two",
		    y->file, o->at.line, load_quote(y->load, o->name), load_quote(y->load, s->name),
		    before->at.line);
	else if (section_put(y->load->arena, s, o, NULL) < 0)
		FAIL(y, o->at, "section '%s' has more than %d options",
		    load_quote(y->load, s->name), SECTION_MAX_OPTIONS);
}

/* The section that holds what has a condition, "sshd?family=inet6"; NULL after it was told why not. */
static struct section *
conditional(struct yaml *y, const struct section *s, struct slice condition, struct place at)
{
	struct slice name = arena_join(y->load->arena, s->name, condition, SLICE_EMPTY);
	struct section *to;

	if (slice_find_char(s->name, '?', 0) >= 0) {
		FAIL(y, at, "one condition cannot stand in another");
		return NULL;
	}
	to = sections_add(y->load->arena, y->out, name, at);
	if (to == NULL)
		FAIL(y, at, "more than %d sections", SECTIONS_MAX);
	return to;
}

static void
take_option(struct yaml *y, struct section *s, struct slice name, struct place at,
    const struct yamltree_node *value)
{
	struct value_text v = {.y = y};
	struct option o = {.name = ini_lower(y->load->arena, name), .at = at};
	ptrdiff_t mark = slice_find_char(o.name, '?', 0);

	if (mark > 0) {
		s = conditional(y, s, slice_from(o.name, (size_t)mark), at);
		o.name = slice_upto(o.name, (size_t)mark);
	}
	if (s == NULL)
		return;
	v.option = o.name;
	traced_buf_init(&v.text);
	add_value(&v, value);
	o.value = traced_buf_copy(y->load->arena, &v.text);
	/* An empty value has its place too. */
	if (o.value.mark_count == 0)
		o.value = traced_of(y->load->arena, o.value.text, value->at);
	if (buf_refused(&v.text.text))
		FAIL(y, o.at, "the value of '%s' is longer than %zu bytes",
		    load_quote(y->load, o.name), TRACED_MAX_BYTES);
	else
		put_option(y, s, &o);
	traced_buf_done(&v.text);
}

/* Whether rows are named "option.something". */
static bool
has_parts(struct slice option)
{
	for (size_t i = 0; i < option_row_count; i++) {
		struct slice row = slice_cstr(option_rows[i].name);

		if (row.n > option.n && row.p[option.n] == '.' && slice_starts(row, option))
			return true;
	}
	return false;
}

/* The row's name that somebody meant by a part that no row has. */
static const char *
near_part(struct yaml *y, struct slice option, struct slice part)
{
	struct suggestion near = suggest_begin(part);

	for (size_t i = 0; i < option_row_count; i++) {
		struct slice row = slice_cstr(option_rows[i].name);

		if (row.n > option.n && row.p[option.n] == '.' && slice_starts(row, option))
			suggest_offer(&near, slice_from(row, option.n + 1));
	}
	return near.name.p != NULL ? suggest_text(y->load, &near) : "; 'time' is the option itself";
}

/* "bantime: {time: 1h, increment: true}". */
static void
take_part(struct yaml *y, struct section *s, struct slice option, const struct yamltree_node *key)
{
	struct slice part = ini_lower(y->load->arena, key->text.text), name;

	name = arena_printf(y->load->arena, "%.*s.%.*s", SLICE_ARG(option), SLICE_ARG(part));
	if (slice_eq(part, SLICE("time")))
		name = option;
	else if (option_row(OPTION_JAIL, name) == NULL) {
		FAIL(y, key->at, "'%s' has no part '%s'%s", load_quote(y->load, option),
		    load_quote(y->load, part), near_part(y, option, part));
		return;
	}
	take_option(y, s, name, key->at, key->next);
}

/* A map as the value of an option: its parts, or its values by condition. */
static void
take_parts(struct yaml *y, struct section *s, struct slice option, const struct yamltree_node *map)
{
	for (const struct yamltree_node *n = map->first; n != NULL; n = n->next->next) {
		struct slice key = n->text.text;

		if (n->kind == YAMLTREE_SCALAR && slice_starts(key, SLICE("?")))
			take_option(y, s,
			    arena_printf(
				y->load->arena, "%.*s%.*s", SLICE_ARG(option), SLICE_ARG(key)),
			    n->at, n->next);
		else if (n->kind == YAMLTREE_SCALAR && has_parts(option))
			take_part(y, s, option, n);
		else
			FAIL(y, n->at,
			    "'%s' holds text or a list, found a map with %s; put text that holds "
			    "': ' or begins with '{' in quotes",
			    load_quote(y->load, option), shown(y, n));
	}
}

static void take_options(struct yaml *y, struct section *s, const struct yamltree_node *map);

/* One line of a section. */
static void
take_key(struct yaml *y, struct section *s, const struct yamltree_node *key)
{
	const struct yamltree_node *value = key->next;
	struct slice name = ini_lower(y->load->arena, key->text.text);
	struct section *to;

	if (key->kind != YAMLTREE_SCALAR || name.n == 0) {
		FAIL(y, key->at, "expected the name of an option, found %s", shown(y, key));
		return;
	}
	if (name.p[0] == '?' && value->kind == YAMLTREE_MAP) {
		to = conditional(y, s, key->text.text, key->at);
		if (to != NULL)
			take_options(y, to, value);
	} else if (value->kind == YAMLTREE_MAP && !yaml_is_definition(name))
		take_parts(y, s, name, value);
	else
		take_option(y, s, name, key->at, value);
}

static void
take_options(struct yaml *y, struct section *s, const struct yamltree_node *map)
{
	for (const struct yamltree_node *n = map->first; n != NULL; n = n->next->next)
		take_key(y, s, n);
}

static void
take_section(struct yaml *y, const struct yamltree_node *key)
{
	const struct yamltree_node *value = key->next;
	struct slice name = key->text.text;
	struct section *s;

	if (key->kind != YAMLTREE_SCALAR || name.n == 0) {
		FAIL(y, key->at, "expected the name of a section, found %s", shown(y, key));
		return;
	}
	if (value->kind != YAMLTREE_MAP && !nothing(value)) {
		FAIL(y, key->at, "'%s' is not in a section; write %s above it, and indent it below",
		    load_quote(y->load, name),
		    y->load->header != NULL && strcmp(y->load->header, "[Definition]") == 0
			? "'Definition:'"
			: "the name of the jail, as 'sshd:', or 'DEFAULT:'");
		return;
	}
	s = sections_get(y->out, name);
	if (s != NULL && s->at.file != NULL) {
		FAIL(y, key->at,
		    "While reading from '%s' [line %2u]: section '%s' already exists; it began in "
		    "line %u, so put these options there",
		    y->file, key->at.line, load_quote(y->load, name), s->at.line);
		return;
	}
	s = sections_add(y->load->arena, y->out, name, key->at);
	if (s == NULL) {
		FAIL(y, key->at, "more than %d sections", SECTIONS_MAX);
		return;
	}
	s->at = key->at;
	take_options(y, s, value);
}

/* The map that the file is; NULL where it is empty, or none, which is told. */
static const struct yamltree_node *
parse_map(struct yaml *y, struct slice text)
{
	struct yamltree_node *root;
	int r;

	*y->out = (struct sections){.defaults = {.name = SLICE("DEFAULT")}};
	r = yamltree_parse(y->load, text, y->file, &root);
	if (r < 0) {
		y->result = r;
		return NULL;
	}
	if (root == NULL || nothing(root))
		return NULL;
	if (root->kind == YAMLTREE_MAP)
		return root;
	FAIL(y, root->at,
	    "the file begins with %s; write 'section:', and below it, indented, 'option: value'",
	    shown(y, root));
	return NULL;
}

int
yaml_parse(struct load *l, struct slice text, const char *file, struct sections *out)
{
	struct yaml y = {.load = l, .out = out, .file = file};
	const struct yamltree_node *root = parse_map(&y, text);

	for (const struct yamltree_node *n = root != NULL ? root->first : NULL; n != NULL;
	     n = n->next->next)
		take_section(&y, n);
	return y.result;
}

/* ---- a file of several parts ---- */

static const char *const parts[] = {YAML_SERVER, YAML_JAILS, NULL};

/* The key of a part; NULL: the file has none. */
static const struct yamltree_node *
find_part(const struct yamltree_node *root, struct slice part)
{
	for (const struct yamltree_node *n = root != NULL ? root->first : NULL; n != NULL;
	     n = n->next->next)
		if (n->kind == YAMLTREE_SCALAR && slice_eq(n->text.text, part))
			return n;
	return NULL;
}

static void
check_part(struct yaml *y, const struct yamltree_node *root, const struct yamltree_node *key)
{
	struct suggestion near =
	    suggest_begin(key->kind == YAMLTREE_SCALAR ? key->text.text : SLICE_EMPTY);
	const struct yamltree_node *first;

	suggest_offer_words(&near, parts);
	if (!near.known) {
		FAIL(y, key->at,
		    "expected '" YAML_SERVER ":' or '" YAML_JAILS ":', found %s; a jail is written, "
		    "indented, below '" YAML_JAILS ":'%s",
		    shown(y, key), suggest_text(y->load, &near));
		return;
	}
	first = find_part(root, key->text.text);
	if (first != key)
		FAIL(y, key->at, "'%s:' stands here twice; put this below line %u",
		    load_quote(y->load, key->text.text), first->at.line);
	else if (key->next->kind != YAMLTREE_MAP && !nothing(key->next))
		FAIL(y, key->next->at, "'%s' holds a map, found %s",
		    load_quote(y->load, key->text.text), shown(y, key->next));
}

int
yaml_parse_part(struct load *l, struct slice text, const char *file, const char *part,
    struct sections *out)
{
	struct yaml y = {.load = l, .out = out, .file = file};
	const struct yamltree_node *root = parse_map(&y, text);
	const struct yamltree_node *key = find_part(root, slice_cstr(part));
	bool map = key != NULL && key->next->kind == YAMLTREE_MAP;
	bool server = strcmp(part, YAML_SERVER) == 0;
	struct section *s;

	for (const struct yamltree_node *n = server && root != NULL ? root->first : NULL; n != NULL;
	     n = n->next->next)
		check_part(&y, root, n);
	if (server) {
		s = sections_add(l->arena, out, SLICE("Definition"),
		    key != NULL ? key->at : (struct place){.file = file}); /* the first */
		if (map)
			take_options(&y, s, key->next);
	} else if (map) {
		for (const struct yamltree_node *n = key->next->first; n != NULL; n = n->next->next)
			take_section(&y, n);
	}
	return y.result;
}
