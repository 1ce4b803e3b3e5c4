#include "regex/json.h"

#include "regex/show.h"
#include "util/mem.h"
#include "value/value_json.h"

#include <stdio.h>

struct json {
	struct arena arena;
	struct value *failures, *others; /* lists */
};

struct json *
json_new(void)
{
	struct json *j = MEM_NEW(struct json);

	arena_init(&j->arena);
	j->failures = value_list(&j->arena);
	j->others = value_list(&j->arena);
	return j;
}

void
json_free(struct json *j)
{
	if (j == NULL)
		return;
	arena_done(&j->arena);
	mem_free(j);
}

static struct value *
lines_value(struct arena *a, const struct door_failure *f)
{
	struct value *lines = value_list(a);
	struct buf text;

	buf_init(&text, SHOW_MAX_BYTES);
	for (size_t i = 0; i < f->line_count; i++) {
		buf_clear(&text);
		show_line(&text, &f->lines[i]);
		value_add(a, lines, value_text(a, buf_slice(&text)));
	}
	buf_done(&text);
	return lines;
}

static struct value *
groups_value(struct arena *a, const struct door_failure *f)
{
	struct value *map = value_map(a);

	for (size_t i = 0; i < f->attr_count; i++)
		value_put(a, map, value_text(a, f->attrs[i].name),
		    f->attrs[i].absent ? value_nil(a) : value_text(a, f->attrs[i].value));
	return map;
}

void
json_hit(struct json *j, const struct hit *hit, bool nofail)
{
	const struct door_failure *f = hit->failure;
	struct arena *a = &j->arena;
	struct value *map = value_map(a);

	value_put_cstr(a, map, "id", value_text(a, hit->id));
	if (f->host.n > 0)
		value_put_cstr(a, map, "ip", value_text(a, f->host));
	value_put_cstr(a, map, "time",
	    hit->dated ? value_float(a, (double)hit->when.us / (double)US_PER_S) : value_nil(a));
	value_put_cstr(a, map, "failregex", value_int(a, (int64_t)f->regex + 1));
	value_put_cstr(a, map, "groups", groups_value(a, f));
	if (f->user_count > 0) {
		struct value *users = value_list(a);

		for (size_t i = 0; i < f->user_count; i++)
			value_add(a, users, value_text(a, f->users[i]));
		value_put_cstr(a, map, "users", users);
	}
	value_put_cstr(a, map, "lines", lines_value(a, f));
	value_add(a, nofail ? j->others : j->failures, map);
}

void
json_show(struct json *j, const struct report *r, struct span took)
{
	struct arena *a = &j->arena;
	struct value *map = report_value(r, a);
	struct buf out;

	value_put_cstr(a, map, "failures", j->failures);
	value_put_cstr(a, map, "matches_without_failure", j->others);
	value_put_cstr(a, map, "seconds", value_float(a, (double)took.us / (double)US_PER_S));
	buf_init(&out, SHOW_MAX_BYTES);
	if (value_json_format(&out, map, 2) == 0)
		(void)fwrite(out.p, 1, out.n, stdout);
	show("\n");
	buf_done(&out);
}
