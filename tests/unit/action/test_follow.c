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

#define LISTED "set a {\nrule @s 1\n\tset b # 22\n# x @s 333 \n"

/* "nft show" prints the same each time; what nobody else does is not known. */
static bool
print(void *arg, struct slice line, struct buf *out)
{
	(void)arg;
	buf_add_cstr(out, LISTED);
	return slice_eq(line, SLICE("nft show"));
}

static bool
followed(const char *script, struct buf *told)
{
	const struct follow_calls calls = {tell, ask, print, told};

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
	    {"nft a 2> /dev/null", "nft a\n"},
	    {"{ nft a 2>/dev/null; } || {\nnft b\n}", "nft a\n"},
	    {"nft show | grep -q '^set ' || nft a\nnft b", "nft b\n"},
	    {"nft show | grep -qE '^(set|x)$' || nft a\nnft b", "nft a\nnft b\n"},
	    {"{ nft show | grep -qP '^\\s+sets\\s+'; } || {\nnft a\n}", "nft a\n"},
	    {"nft show | sed -n 's/.*@s \\([0-9][0-9]*\\)$/\\1/p' | while read -r h; do nft \"$h\"; done", "nft 1\n"},
	    {"{ nft show | sed -nE 's/^\\s*(set|rule) .*/\\1/p'; } | while read h; do\nnft $h\ndone; nft b",
		"nft set\nnft rule\nnft set\nnft b\n"},
	    {"nft show | grep -oP '@s \\K\\d+ ?$' | while read -r h; do nft x $h; done", "nft x 1\nnft x 333\n"},
	    {"nft show | grep -oE ' [0-9]+ *$' | while read -r h; do nft x$h; done", "nft x1\nnft x22\nnft x333\n"},
	    {"nft show | grep -oE ' [0-9]+ *$' | while read v; do nft show | grep -q none; done || nft b", "nft b\n"},
	    {"if [ a = a ]; then nft show | grep -q none; else if [ x = y ]; then nft z; fi; fi || nft b", "nft b\n"},
	    {"nft a ||nft b", "nft a\n"},
	    {"nft show | sed -n 's/\\(none\\)/\\1/p' | while read -r h; do\nnft $h `x`\ndone\nnft a", NULL},
	    {"nft show | sed -n 's/\\(none\\)/\\1/p' | while read -r h; do\nnft $h\ndone\nnft a", "nft a\n"},
	    {"for h in $(nft show | sed -n 's/.* \\([0-9]*\\)$/\\1/p'); do nft $h; done", "nft 1\nnft 22\n"},
	    {"nft $(nft show | sed -n 's/.*@s \\([0-9]\\)$/\\1/p')x", "nft 1x\n"},
	};
	struct buf told;

	(void)state;
	buf_init(&told, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (followed(rows[i][0], &told) != (rows[i][1] != NULL))
			fail_msg("not followed, or should not be: %s", rows[i][0]);
		if (rows[i][1] != NULL)
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
	    "nft show | grep -q nothing",
	    "nft a || echo ${y:-a; nft evil || b }",
	    "nft a || echo \"${x:-\"; nft evil; echo \"}\"",
	    "nft show | grep -oE ' [0-9]+$' | while read v; do nft show | grep -q none; done",
	    "if [ a = a ]; then nft show | grep -q none; else if [ x = y ]; then nft z; fi; fi",
	    "nft show | grep -q -efoo",
	    "nft show | grep -q -v",
	    "nft show | sed -n 's/none/\\1/p'",
	    "nft show | sed -nE 's/.*@(s).*1)*/\\1/p'",
	    "nft show | sed -n 's/^\\tset \\(.*\\)/\\1/p'",
	    "nft show | grep -q '[:space:]*set'",
	    "nft show | grep -oP 'set\\K'",
	    "nft show | grep -oP '(?<=3)3'",
	    "nft show | grep -qE '(s*)+'",
	    "nft show | grep -q '\\(s\\)\\?'",
	    "{ flock 8\nnft a\n} 9< /",
	    "{ flock 9\nnft a\n} 1< /",
	    "flock 9\nnft a",
	    "'nft a' b",
	    "\"\" nft b",
	    "nft '-a b'",
	    "for v in ''$(echo ':a' | tr ':' ' '); do nft \"x$v\"; done",
	    "nft show | grep -q nothing && nft a",
	    "nft list | grep -q set",
	    "nft show | grep -c set",
	    "nft show | grep set",
	    "nft show | grep -q",
	    "nft show | grep -q set x",
	    "nft show | grep -q '\\(set'",
	    "nft show | grep -q 's\\{100\\}'",
	    "nft show | grep -o '3'",
	    "nft show | grep -qE '(((((((((s+)+)+)+)+)+)+)+)+)+'",
	    "nft show | grep -q '\\(.*\\)*\\1x'",
	    "nft show | sed -n 's/set/\\1/'",
	    "nft show | sed -n 's,set,\\1,p'",
	    "nft show | sed -n 's/a\\/b/\\1/p'",
	    "nft show | sed 's/set/\\1/p'",
	    "nft show | sed -n 's/set/x/p'",
	    "nft show | grep -q set | while read -r h; do nft a; done | cat",
	    "nft show | while read -r h; do nft $h; done",
	    "nft show | grep -oE '@s.*' | while read -r h; do nft $h; done; nft $h",
	    "nft show | grep -oE '^rule.*' | while read -r h; do for g in a; do nft; done; done; nft $g",
	    "for h in a; do nft show | grep -oE '^rule.*' | while read -r h; do nft $h; done; done",
	    "nft $(nft show | sed -n 's/set \\(.*\\)/\\1/p')",
	    "nft \"$(nft show | sed -n 's/.*@s \\([0-9]\\)$/\\1/p')\"",
	    "nft 2> /tmp/x",
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
	    "$(echo $v | sed s/:/,/g)", "@k", "''", "{", "}", "=", "if", "do", "'$x'", "80:90",
	    "$(nft show | sed -n 's/.*@s \\([0-9]*\\)$/\\1/p')", "$(nft show | grep -oE '[0-9]+$')"};
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
write_filtered(struct writer *w)
{
	static const char *const filters[] = {"grep -q set", "grep -qE '^(rule|x)'", "grep -qP '\\s+none'",
	    "sed -n 's/.*@s \\([0-9]*\\)$/\\1/p'", "sed -nE 's/.*# ?(x|2+)/\\1/p'", "grep -oP '@s \\K\\d+'",
	    "grep -oE '[0-9]+ *$'", "grep -o '^set'", "sed -n 's/\\(none\\)/\\1/p'", "grep -o [a-z]"};

	buf_printf(&w->text, "nft show |%s%s", draw(5) == 0 ? "\n" : " ", DRAW_OF(filters));
}

static void
write_lines(struct writer *w)
{
	bool group = draw(2) == 0;

	buf_add_cstr(&w->text, group ? "{ " : "");
	write_filtered(w);
	buf_printf(&w->text, "%s | while read %s%s; ", group ? "; }" : "", draw(2) == 0 ? "-r " : "", draw(2) == 0 ? "v" : "u");
	write_part(w, "do", false);
	buf_add_cstr(&w->text, "done");
}

static void
write_command(struct writer *w)
{
	static const char *const names[] = {"v", "w"};
	unsigned kind = w->depth < 3 ? draw(10) : 0;

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
		break;
	case 6:
		write_filtered(w);
		break;
	case 7:
		write_lines(w);
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
	    "exec 3>&1 >/dev/null\n"
	    "nft() { case $1 in list) return 1;; show) printf %s '" LISTED "'; return;; esac\n"
	    "printf '%s\\n' \"nft $*\" >&3; }\n";
	static const char tail[] = "\n[ $? = 0 ] || echo failed >&3\n";
	char name[] = "/tmp/f2b-follow-XXXXXX", command[64];
	int fd = mkstemp(name);
	FILE *out;
	char *room;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, head, sizeof(head) - 1), sizeof(head) - 1);
	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
	assert_int_equal(write(fd, tail, sizeof(tail) - 1), sizeof(tail) - 1);
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
