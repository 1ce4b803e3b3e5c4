#include "client/base_error.h"

#include "compat/pyrepr.h"
#include "config/include.h"

#include <stdio.h>

#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define NO_HEADER "File contains no section headers"

static void
print_repr(struct slice s)
{
	struct buf out;

	buf_init(&out, LINE_MAX_BYTES);
	pyrepr_text(&out, s);
	(void)fputs(buf_cstr(&out), stdout);
	buf_done(&out);
}

/* The line as it stands in the file, with its newline if it has one; empty if that cannot be read now. */
static struct slice
read_line(struct arena *a, const struct place *at)
{
	struct load l = {.arena = a};
	struct slice rest, line = SLICE_EMPTY;

	if (include_bytes(&l, at->file, &rest) < 0)
		return SLICE_EMPTY;
	for (unsigned n = 0; n < at->line; n++)
		if (!slice_next(&rest, '\n', &line))
			return SLICE_EMPTY;
	if (rest.p == line.p + line.n)
		return line;
	return arena_join(a, slice_ends(line, SLICE("\r")) ? slice_upto(line, line.n - 1) : line,
	    SLICE("\n"), SLICE_EMPTY);
}

void
base_error_print(const struct diag *first)
{
	struct arena a = {0};

	if (!first->set) {
		printf("ERROR: Read fail2ban configuration failed.\n");
	} else if (first->at.file == NULL ||
		   !slice_starts(slice_cstr(first->text), SLICE(NO_HEADER))) {
		printf("ERROR: %s\n", first->text);
	} else {
		printf("ERROR: " NO_HEADER ".\nfile: ");
		print_repr(slice_cstr(first->at.file));
		printf(", line: %u\n", first->at.line);
		print_repr(read_line(&a, &first->at));
		printf("\n");
	}
	arena_done(&a);
}
