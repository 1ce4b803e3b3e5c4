#include "client/manual.h"

#include <stdio.h>

static void
put_escaped(const char *text)
{
	/* At the start of a line these two begin a request. */
	if (text[0] == '.' || text[0] == '\'')
		(void)fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			(void)fputs("\\e", stdout);
		else if (*text == '-')
			(void)fputs("\\-", stdout);
		else if (*text == '"')
			(void)fputs("\\(dq", stdout);
		else
			(void)putchar(*text);
	}
}

/* Help has neither the first capital nor the stop of a sentence; options have both. */
static void
put_sentence(const char *text)
{
	char first[2] = {char_to_upper(text[0]), '\0'};
	size_t n = strlen(text);

	if (n == 0)
		return;
	put_escaped(first);
	put_escaped(text + 1);
	printf(text[n - 1] == '.' ? "\n" : ".\n");
}

void
manual_begin(const char *name, int section, const char *summary)
{
	printf(".\\\" Made by the program itself.\n.TH \"");
	put_escaped(name);
	printf("\" %d \"\" \"f2b " F2B_VERSION "\" \"f2b\"\n.SH NAME\n", section);
	put_escaped(name);
	printf(" \\- ");
	put_escaped(summary);
	printf("\n");
}

void
manual_section(const char *title)
{
	printf(".SH \"");
	put_escaped(title);
	printf("\"\n");
}

void
manual_text(const char *text)
{
	printf(".PP\n");
	put_escaped(text);
	printf("\n");
}

void
manual_item(const char *term, const char *text)
{
	printf(".TP\n.B ");
	put_escaped(term);
	printf("\n");
	put_sentence(text);
}
