/* Which scripts are followed without a shell, and that a shell runs the same of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../draw.h"
#include "action/follow.h"
#include "util/buf.h"

/* Lines as they were told, each with a line feed. */
static bool
tell(void *arg, struct slice line)
{
	buf_add(arg, line);
	buf_add_char(arg, '\n');
	return true;
}

/* "nft list" finds nothing; nobody else is asked. */
static bool
ask(void *arg, struct slice line, bool *succeeds)
{
	(void)arg;
	*succeeds = false;
	return slice_starts(line, SLICE("nft list "));
}

static bool
followed(const char *script, struct buf *told)
{
	const struct follow_calls calls = {tell, ask, told};

	buf_clear(told);
	return follow(slice_cstr(script), &calls);
}

static void
known_scripts_are_followed(void **state)
{
	static const char *const rows[][2] = {
	    {"nft a", "nft a\n"},
	    {"nft a\nnft b; nft c && nft d", "nft a\nnft b\nnft c\nnft d\n"},
	    {"nft a || exit 1\nnft b", "nft a\nnft b\n"},
	    {"nft a || { echo no >&2; exit 1; }", "nft a\n"},
	    {"nft 'a b' \"c\" \\{ d\\; \\}", "nft a b c { d; }\n"},
	    {"for p in tcp udp; do\nnft $p \"$p\" ${p}x\ndone",
		"nft tcp tcp tcpx\nnft udp udp udpx\n"},
	    {"for p in $(echo 'tcp,udp' | sed 's/,/ /g'); do nft $p; done", "nft tcp\nnft udp\n"},
	    {"nft $(echo '80:90,22' | sed s/:/-/g)", "nft 80-90,22\n"},
	    {"nft $(echo '80:90' | tr ':' '-')", "nft 80-90\n"},
	    {"if [ 'a' = b ]; then nft a; elif [ c != d ]; then nft c; else nft e; fi", "nft c\n"},
	    {"if [ 'a' = \"a\" ]; then\nnft a\nelse\nls | grep -q 'x' && rm -f *\nfi\n", "nft a\n"},
	    {"if nft list x > /dev/null 2>&1; then\n"
	     "  for h in $(nft -a list | sed 's/[#)]//'); do nft \"$h\"; done 2>&1\n"
	     "  nft list | while read -r x; do nft $x; done\n"
	     "fi; nft b",
		"nft b\n"},
	    {"{ flock 9\nnft a\n} 9< /\n", "flock 9\nnft a\n"},
	};
	struct buf told;

	(void)state;
	buf_init(&told, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!followed(rows[i][0], &told))
			fail_msg("not followed: %s", rows[i][0]);
		assert_string_equal(buf_cstr(&told), rows[i][1]);
	}
	buf_done(&told);
}

static void
any_other_script_is_left_to_the_shell(void **state)
{
	static const char *const rows[] = {
	    "",
	    ";",
	    "nft a;; nft b",
	    "nft a &",
	    "nft a | cat",
	    "nft a > /tmp/x",
	    "nft a 2>&1",
	    "nft < /etc/passwd",
	    "nft `date`",
	    "nft $(date)",
	    "nft $(echo a | sed s/a/b/g)",
	    "nft $(echo -n a:b | sed s/:/-/g)",
	    "nft $(echo a:b | sed s/:/-/)",
	    "nft $(echo a:b | sed s/:/&/g)",
	    "nft $(echo 'a*' | sed s/:/-/g)",
	    "nft $(echo 'a:b' | sed s/:/-/g | sort)",
	    "nft $HOME",
	    "nft ${p:-x}",
	    "nft *",
	    "nft [ab]",
	    "nft ~",
	    "nft a#b # c",
	    "nft {a,b}",
	    "nft !x",
	    "nft 'a\nb'",
	    "nft \\\na",
	    "nft \"a`date`\"",
	    "nft \"a\\$b\"",
	    "nft 'a",
	    "for p in; do nft a; done",
	    "for p in *; do nft $p; done",
	    "for p in 'a b'; do nft $p; done",
	    "for P in a; do nft $P; done",
	    "for p in a; do nft $p",
	    "for p in a; nft $p; done",
	    "if [ a = b ]; then nft a",
	    "if [ a = b -o c = c ]; then nft a; fi",
	    "if [ -e /x ]; then nft a; fi",
	    "if test a = b; then nft a; fi",
	    "if nft list x; then nft a; fi",
	    "if [ a = a ]; then nft a; else case a in a) nft b;; esac; fi",
	    "if [ a = a ]; then nft a; else cat <<x\nfi\nx\nfi",
	    "while nft a; do nft b; done",
	    "{ nft a\n} 9> /x",
	    "( nft a )",
	    "done",
	    "nft a\nfi",
	};
	struct buf told;

	(void)state;
	buf_init(&told, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (followed(rows[i], &told))
			fail_msg("followed: %s", rows[i]);
	buf_done(&told);
}

static void
what_turns_for_long_or_lies_deep_is_left_to_the_shell(void **state)
{
	const char *loop = "for a in 1 2 3 4 5 6 7 8; do for b in 1 2 3 4 5 6 7 8; do for c in 1 2 "
			   "3 4 5 6 7 8; do "
			   "for d in 1 2 3 4 5 6 7 8; do nft $a $b $c $d; done; done; done; done";
	struct buf told, deep;

	(void)state;
	buf_init(&told, (size_t)1 << 20);
	buf_init(&deep, (size_t)1 << 20);
	assert_false(followed(loop, &told));
	for (int i = 0; i < 100000; i++)
		buf_add_cstr(&deep, "{ ");
	assert_false(followed(buf_cstr(&deep), &told));
	buf_clear(&deep);
	buf_add_cstr(&deep, "nft a || nft ");
	for (int i = 0; i < 100000; i++)
		buf_add_cstr(&deep, "$(");
	assert_false(followed(buf_cstr(&deep), &told));
	buf_done(&deep);
	buf_done(&told);
}

/* Random scripts, of which many are followed. */

struct writer {
	struct buf text;
	unsigned depth;
	bool loose; /* here may stand what is not followed where it is run */
};

#define DRAW_OF(rows) rows[draw((unsigned)(sizeof(rows) / sizeof(rows[0])))]

/* One in how many pieces is a wild one; 0: none. */
static void
write_word(struct writer *w, unsigned wildness)
{
	static const char *const pieces[] = {"a", "b.c", "'d e'", "\"f\"", "\\{", "\\;", "$v",
	    "\"$v\"", "${v}", "$w", "$(echo 'g,h' | sed 's/,/ /g')", "\"$(echo i:j | tr : -)\"",
	    "$(echo $v | sed s/:/,/g)", "@k", "''", "{", "}", "=", "if", "do", "'$x'", "80:90"};
	static const char *const wild[] = {"*", "#l", "a#", "~", "[m]", "`echo n`", "$(echo o)",
	    "\"\\\"\"", "<p", ">/dev/null", "\\\n", "{q,r}", "$(echo '#' \")\" | cat)"};
	unsigned n = 1 + draw(2);

	for (unsigned i = 0; i < n; i++)
		buf_add_cstr(&w->text,
		    wildness > 0 && draw(wildness) == 0 ? DRAW_OF(wild) : DRAW_OF(pieces));
}

static void write_list(struct writer *w);

static void
write_simple(struct writer *w)
{
	unsigned n = draw(4);

	buf_add_cstr(&w->text, "nft");
	for (unsigned i = 0; i < n; i++) {
		buf_add_cstr(&w->text, draw(8) == 0 ? "\t " : " ");
		write_word(w, w->loose ? 4 : 60);
	}
	if (w->loose && draw(3) == 0)
		buf_add_cstr(&w->text, draw(2) == 0 ? " 2>&1" : " | nft x");
}

static void
write_end(struct writer *w)
{
	static const char *const ends[] = {"; ", "\n", ";\n", " \n\n  ", "\n\t"};

	buf_add_cstr(&w->text, DRAW_OF(ends));
}

static void
write_part(struct writer *w, const char *begin, bool loose)
{
	bool before = w->loose;

	w->loose = w->loose || loose;
	buf_add_cstr(&w->text, begin);
	buf_add_cstr(&w->text, draw(2) == 0 ? " " : "\n");
	write_list(w);
	write_end(w);
	w->loose = before;
}

static void
write_condition(struct writer *w)
{
	static const char *const conditions[] = {"[ a = b ]", "[ 'a' = \"a\" ]", "[ $v != 'x' ]",
	    "[ \"$v\" = '1' ]", "nft list > /dev/null 2>&1", "[ $w = a ]", "[ '' = '' ]"};

	buf_add_cstr(&w->text, DRAW_OF(conditions));
	write_end(w);
}

static void
write_command(struct writer *w)
{
	static const char *const names[] = {"v", "w"};
	unsigned kind = w->depth < 3 ? draw(8) : 0;

	w->depth++;
	switch (kind) {
	case 1:
		buf_printf(&w->text, "for %s in ", DRAW_OF(names));
		write_word(w, w->loose ? 0 : 60);
		buf_add_cstr(&w->text, " 1 2");
		write_end(w);
		write_part(w, "do", false);
		buf_add_cstr(&w->text, "done");
		break;
	case 2:
		buf_add_cstr(&w->text, "if ");
		write_condition(w);
		write_part(w, "then", draw(4) == 0);
		if (draw(2) == 0) {
			buf_add_cstr(&w->text, "elif ");
			write_condition(w);
			write_part(w, "then", draw(4) == 0);
		}
		if (draw(2) == 0)
			write_part(w, "else", draw(4) == 0);
		buf_add_cstr(&w->text, "fi");
		break;
	case 3:
		write_part(w, "{", false);
		buf_add_cstr(&w->text, draw(2) == 0 ? "}" : "} 9< /");
		break;
	case 4:
		write_simple(w);
		write_part(w, " || {", true);
		buf_add_cstr(&w->text, "}");
		break;
	case 5:
		if (w->loose) {
			write_part(w, "while nft list; do", false);
			buf_add_cstr(&w->text, "done");
			break;
		}
		/* fall through */
	default:
		write_simple(w);
	}
	w->depth--;
}

static void
write_list(struct writer *w)
{
	unsigned n = 1 + draw(3);

	for (unsigned i = 0; i < n; i++) {
		if (i > 0 && draw(5) == 0)
			buf_add_cstr(&w->text, draw(2) == 0 ? " && " : " ||\n");
		else if (i > 0)
			write_end(w);
		write_command(w);
	}
}

/* What "nft", as a function that prints its words, is told by the shell. */
static void
run(const char *script, struct buf *told)
{
	static const char head[] =
	    "nft() { [ \"$1\" = list ] && return 1; printf '%s\\n' \"nft $*\"; }\n";
	char name[] = "/tmp/f2b-follow-XXXXXX", command[64];
	int fd = mkstemp(name);
	FILE *out;
	char *room;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, head, sizeof(head) - 1), sizeof(head) - 1);
	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
	(void)close(fd);
	(void)snprintf(command, sizeof(command), "timeout 10 /bin/sh %s 2>&1", name);
	out = popen(command, "r");
	assert_non_null(out);
	buf_clear(told);
	while ((room = buf_room(told, 4096)) != NULL) {
		size_t n = fread(room, 1, 4096, out);

		buf_wrote(told, n);
		if (n == 0)
			break;
	}
	(void)pclose(out);
	(void)unlink(name);
}

/* Blanks do not matter to nft: they are made single. */
static void
squeeze(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		bool blank = b->p[i] == ' ',
		     last = i + 1 == b->n || b->p[i + 1] == ' ' || b->p[i + 1] == '\n';

		if (!blank || !last)
			b->p[n++] = b->p[i];
	}
	buf_cut(b, n);
}

static void
a_shell_runs_the_same(void **state)
{
	unsigned long count = draw_count(1500), seen = 0;
	struct buf told, shell;
	struct writer w;

	(void)state;
	draw_begin();
	buf_init(&told, (size_t)1 << 20);
	buf_init(&shell, (size_t)1 << 20);
	for (unsigned long i = 0; i < count; i++) {
		w = (struct writer){.depth = 0};
		buf_init(&w.text, (size_t)1 << 20);
		if (draw(2) == 0)
			buf_add_cstr(&w.text, "for v in 1 x,y; do nft $v; done\n");
		write_list(&w);
		if (followed(buf_cstr(&w.text), &told)) {
			seen++;
			run(buf_cstr(&w.text), &shell);
			squeeze(&told);
			squeeze(&shell);
			if (!slice_eq(buf_slice(&told), buf_slice(&shell)))
				fail_msg("script:\n%s\nfollowed:\n%s\nshell:\n%s",
				    buf_cstr(&w.text), buf_cstr(&told), buf_cstr(&shell));
		}
		buf_done(&w.text);
	}
	(void)printf("%lu of %lu followed\n", seen, count);
	assert_true(seen > count / 10);
	buf_done(&told);
	buf_done(&shell);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_scripts_are_followed),
	    cmocka_unit_test(any_other_script_is_left_to_the_shell),
	    cmocka_unit_test(what_turns_for_long_or_lies_deep_is_left_to_the_shell),
	    cmocka_unit_test(a_shell_runs_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
