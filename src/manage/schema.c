#include "manage/schema.h"

#include "config/options.h"
#include "config/yaml.h"

#include <stdio.h>

static const struct {
	enum option_where where;
	const char *title;
} places[] = {
    {OPTION_SERVER, "`fail2ban.yaml`, section `Definition`; `f2b.yaml`, below `server`"},
    {OPTION_THREAD, "`fail2ban.yaml`, section `Thread`"},
    {OPTION_JAIL, "`jail.yaml`, a section for each jail, or `DEFAULT`; `f2b.yaml`, the same below `jails`"},
    {OPTION_FILTER,
	"`filter.d/NAME.yaml`, section `Definition`; a jail may set them too, and wins"},
    {OPTION_ACTION, "`action.d/NAME.yaml`, section `Definition`"},
};

/* How the value may be written. */
static const char *
schema_value(const struct option_row *row)
{
	if (yaml_is_definition(slice_cstr(row->name)))
		return strcmp(row->name, "filter") == 0 ? "text or map"
							: "text, map, or list of them";
	if (row->kind == OPTION_BOOL)
		return "true or false";
	if (row->kind == OPTION_INT)
		return "whole number";
	if (row->use == USE_LINES || row->use == USE_WORDS || row->use == USE_SHELL ||
	    strcmp(row->name, "logpath") == 0 || strcmp(row->name, "bantime.multipliers") == 0)
		return "text or list";
	return strcmp(row->name, "bantime") == 0 ? "text or map" : "text";
}

/* A tag in angle brackets is text here. */
static void
print_help(const char *help)
{
	for (; *help != '\0'; help++)
		if (*help == '<')
			printf("&lt;");
		else
			(void)putchar(*help);
}

static void
print_row(const struct option_row *row)
{
	const char *quote = row->initial != NULL && row->initial[0] != '\0' ? "`" : "";

	printf("| `%s` | %s | %s%s%s | ", row->name, schema_value(row), quote,
	    row->initial != NULL ? row->initial : "", quote);
	print_help(row->help);
	printf(" |\n");
}

void
schema_print(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		printf("%s### %s\n\n| option | value | default | |\n|---|---|---|---|\n",
		    i > 0 ? "\n" : "", places[i].title);
		OPTION_ROWS(row, places[i].where)
		print_row(row);
	}
}
