/* What is remembered of a session has a bound, whatever its lines say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scan/session.h"

static char long_name[60000];

/* Each another, and as long as a line. */
static struct slice
name_of(unsigned i)
{
	memset(long_name, 'x', sizeof(long_name));
	long_name[0] = (char)('0' + i);
	return slice_of(long_name, sizeof(long_name));
}

static void
users_with_long_names_are_few(void **state)
{
	struct session_table t;
	struct session *s;
	size_t bytes = 0;

	(void)state;
	session_table_init(&t);
	s = session_new(&t, SLICE("1"), true, INSTANT_S(0));
	for (unsigned i = 0; i < SESSION_USERS_MAX; i++)
		session_add_user(s, name_of(i));
	/* That there was more than one counts. */
	assert_true(s->user_count >= 2);
	for (size_t i = 0; i < s->user_count; i++)
		bytes += s->users[i].n;
	assert_in_range(bytes, 2 * sizeof(long_name), SESSION_USERS_BYTES_MAX + 2 * sizeof(long_name));
	session_table_done(&t);
}

static void
users_with_short_names_are_many(void **state)
{
	struct session_table t;
	struct session *s;

	(void)state;
	session_table_init(&t);
	s = session_new(&t, SLICE("1"), true, INSTANT_S(0));
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < SESSION_USERS_MAX + 10; i++)
			session_add_user(s, slice_upto(name_of(i), 500));
	assert_int_equal(s->user_count, SESSION_USERS_MAX);
	session_table_done(&t);
}

/* Longer than anything that is kept, and the same up to there. */
static void
of_long_texts_the_beginning_is_kept(void **state)
{
	static char text[1000000];
	struct door_attr attr = {SLICE("user"), slice_of(text, sizeof(text)), false};
	struct door_line line = {attr.value, SLICE("now"), attr.value};
	struct session_table t;
	struct session *s;

	(void)state;
	memset(text, 'x', sizeof(text));
	session_table_init(&t);
	s = session_new(&t, attr.value, true, INSTANT_S(0));
	assert_ptr_equal(session_get(&t, attr.value, INSTANT_S(1)), s);
	session_set(s, &attr);
	session_add_user(s, attr.value);
	session_add_user(s, attr.value);
	session_lines_add(&s->matches, &line);
	assert_int_equal(s->attrs[0].value.n, SESSION_TEXT_MAX);
	assert_int_equal(s->user_count, 1);
	assert_int_equal(s->users[0].n, SESSION_TEXT_MAX);
	assert_int_equal(s->matches.bytes, 2 * SESSION_TEXT_MAX + 3);
	session_table_done(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(users_with_long_names_are_few),
	    cmocka_unit_test(users_with_short_names_are_many),
	    cmocka_unit_test(of_long_texts_the_beginning_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
