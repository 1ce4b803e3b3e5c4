/* The schema of docs/json.md, on replies as they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/shape.h"
#include "client/split.h"
#include "value/value_json.h"

static struct value *
text(struct arena *a, const char *s)
{
	return value_cstr(a, s);
}

static struct value *
pair(struct arena *a, const char *name, struct value *v)
{
	return value_pair(a, text(a, name), v);
}

static struct value *
two(struct arena *a, int64_t x, int64_t y)
{
	return value_pair(a, value_int(a, x), value_int(a, y));
}

static void
expect(struct arena *a, const char *words, const struct value *reply, const char *json)
{
	struct buf out;

	buf_init(&out, 65536);
	assert_int_equal(
	    value_json_format(&out, shape_reply(a, split_words(a, slice_cstr(words)), reply), 0),
	    0);
	assert_string_equal(buf_cstr(&out), json);
	buf_done(&out);
}

static struct value *
status(struct arena *a)
{
	struct value *list = value_list(a);

	(void)value_add(a, list, pair(a, "Number of jail", value_int(a, 2)));
	return value_add(a, list, pair(a, "Jail list", text(a, "mail, web")));
}

static struct value *
stats(struct arena *a)
{
	struct value *list = value_list(a);

	(void)value_add(a, list, text(a, "polling"));
	(void)value_add(a, list, two(a, 1, 2));
	return value_add(a, list, two(a, 3, 4));
}

static struct value *
jail(struct arena *a)
{
	struct value *filter = value_list(a), *list = value_list(a);

	(void)value_add(a, filter, pair(a, "Total failed", value_int(a, 7)));
	return value_add(a, list, pair(a, "Filter", filter));
}

#define STATS                                                                                      \
	"{\"Backend\": \"polling\", \"Filter\": {\"Currently failed\": 1, \"Total failed\": 2}, "  \
	"\"Actions\": {\"Currently banned\": 3, \"Total banned\": 4}}"

static void
status_has_names(void **state)
{
	struct value *empty, *all, *map;
	struct arena a;

	(void)state;
	arena_init(&a);
	expect(&a, "status", status(&a),
	    "{\"Number of jail\": 2, \"Jail list\": [\"mail\", \"web\"]}");
	empty = value_list(&a);
	(void)value_add(&a, empty, pair(&a, "Number of jail", value_int(&a, 0)));
	(void)value_add(&a, empty, pair(&a, "Jail list", text(&a, "")));
	expect(&a, "status", empty, "{\"Number of jail\": 0, \"Jail list\": []}");
	all = status(&a);
	(void)value_add(&a, all, pair(&a, "Changes not stored", value_int(&a, 3)));
	expect(&a, "status", all,
	    "{\"Number of jail\": 2, \"Jail list\": [\"mail\", \"web\"], \"Changes not stored\": 3}");
	all = status(&a);
	map = value_put(&a, value_map(&a), text(&a, "web"), jail(&a));
	(void)value_add(&a, all, map);
	expect(&a, "status --all", all,
	    "{\"Number of jail\": 2, \"Jail list\": [\"mail\", \"web\"], "
	    "\"Jails\": {\"web\": {\"Filter\": {\"Total failed\": 7}}}}");
	expect(&a, "status web", jail(&a), "{\"Filter\": {\"Total failed\": 7}}");
	expect(&a, "status web stats", stats(&a), STATS);
	map = value_put(&a, value_map(&a), text(&a, "web"), stats(&a));
	expect(&a, "status --all stats", map, "{\"web\": " STATS "}");
	expect(&a, "stats", map, "{\"web\": " STATS "}");
	expect(&a, "stats", value_map(&a), "{}");
	arena_done(&a);
}

static void
bans_have_names(void **state)
{
	struct value *list, *ids;
	struct arena a;

	(void)state;
	arena_init(&a);
	ids = value_add(&a, value_list(&a), text(&a, "192.0.2.1"));
	list = value_list(&a);
	(void)value_add(&a, list, value_put(&a, value_map(&a), text(&a, "web"), ids));
	(void)value_add(&a, list, value_put(&a, value_map(&a), text(&a, "mail"), value_list(&a)));
	expect(&a, "banned", list, "{\"web\": [\"192.0.2.1\"], \"mail\": []}");
	list = value_list(&a);
	(void)value_add(&a, list, value_add(&a, value_list(&a), text(&a, "web")));
	(void)value_add(&a, list, value_list(&a));
	expect(&a, "banned 192.0.2.1 192.0.2.2", list,
	    "{\"192.0.2.1\": [\"web\"], \"192.0.2.2\": []}");
	list = value_list(&a);
	(void)value_add(
	    &a, list, text(&a, "192.0.2.1 \t2026-01-02 03:04:05 + 600 = 2026-01-02 03:14:05"));
	(void)value_add(
	    &a, list, text(&a, "a \tb + 1 = c \t2026-01-02 03:04:05 + -1 = 9999-12-31 23:59:59"));
	(void)value_add(&a, list, text(&a, "something else"));
	expect(&a, "get web banip --with-time", list,
	    "[{\"id\": \"192.0.2.1\", \"since\": \"2026-01-02 03:04:05\", \"bantime\": 600, "
	    "\"until\": \"2026-01-02 03:14:05\"}, "
	    "{\"id\": \"a \\u0009b + 1 = c\", \"since\": \"2026-01-02 03:04:05\", \"bantime\": -1, "
	    "\"until\": null}, \"something else\"]");
	expect(&a, "get web banip", ids, "[\"192.0.2.1\"]");
	arena_done(&a);
}

static void
positions_have_names(void **state)
{
	struct value *cache;
	struct arena a;

	(void)state;
	arena_init(&a);
	expect(&a, "version", text(&a, "1.1.1"), "{\"version\": \"1.1.1\", \"schema\": 1}");
	expect(&a, "get web datepattern",
	    value_pair(&a, value_nil(&a), text(&a, "Default Detectors")),
	    "{\"pattern\": null, \"name\": \"Default Detectors\"}");
	expect(&a, "get web datepattern", value_nil(&a), "null");
	cache = value_add(&a, value_list(&a), text(&a, "<ip>"));
	(void)value_add(&a, cache, value_int(&a, 100));
	(void)value_add(&a, cache, value_int(&a, 300));
	expect(&a, "get web ignorecache", cache,
	    "{\"key\": \"<ip>\", \"max-count\": 100, \"max-time\": 300}");
	expect(&a, "get web bantime", value_int(&a, 600), "600");
	arena_done(&a);
}

/* What another server, or a broken one, might answer is passed on as it is. */
static void
strange_replies_are_passed_on(void **state)
{
	static const char *const commands[] = {"status", "status --all", "status web stats",
	    "stats", "banned", "banned x", "get web banip --with-time", "get web datepattern"};
	struct value *map;
	struct arena a;

	(void)state;
	arena_init(&a);
	map = value_put_cstr(&a, value_map(&a), "a", value_int(&a, 1));
	(void)value_put_cstr(&a, map, "b", value_int(&a, 2));
	(void)value_put_cstr(&a, map, "c", value_int(&a, 3));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		expect(&a, commands[i], text(&a, "x"), "\"x\"");
		assert_non_null(
		    shape_reply(&a, split_words(&a, slice_cstr(commands[i])), two(&a, 1, 2)));
		assert_non_null(
		    shape_reply(&a, split_words(&a, slice_cstr(commands[i])), value_map(&a)));
		assert_non_null(
		    shape_reply(&a, split_words(&a, slice_cstr(commands[i])), value_list(&a)));
		assert_non_null(shape_reply(&a, split_words(&a, slice_cstr(commands[i])), map));
	}
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(status_has_names),
	    cmocka_unit_test(bans_have_names),
	    cmocka_unit_test(positions_have_names),
	    cmocka_unit_test(strange_replies_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
