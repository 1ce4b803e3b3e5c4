#include "manage/check.h"

#include "config/lint.h"
#include "control/check.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <stdio.h>

#define OUTPUT_MAX ((size_t)256 * 1024 * 1024)

struct check {
	struct config_request request;
	enum cmdline_form form;
	bool strict;
};

static int
take_words(struct check *ck, char **words, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--strict") == 0)
			ck->strict = true;
		else if (strcmp(words[i], "--json") == 0)
			ck->form = CMDLINE_JSON;
		else if (strcmp(words[i], "--yaml") == 0)
			ck->form = CMDLINE_YAML;
		else if (strcmp(words[i], "-c") == 0 && i + 1 < count)
			ck->request.dir = words[++i];
		else
			return -1;
	}
	return 0;
}

void
check_find(struct findings *all, const struct config_request *request)
{
	struct config_request req = *request;
	struct config *config = NULL;
	int r;

	req.lint = &lint_calls;
	r = config_load(&config, &req, &all->sink);
	if (config != NULL) {
		(void)command_check(config->commands, &all->sink); /* counted by the sink */
		command_doubt(config->commands, &all->sink);
	}
	/* A load does not fail without a word, but the exit status must not depend on that. */
	if (r < 0 && all->errors == 0)
		all->errors = 1;
	config_free(config);
}

static void
print(struct findings *all, enum cmdline_form form)
{
	struct buf out;
	int r = 0;

	buf_init(&out, OUTPUT_MAX);
	if (form == CMDLINE_PRETTY)
		findings_text(all, &out);
	else if (form == CMDLINE_YAML)
		r = value_yaml_format(&out, findings_value(all));
	else
		r = value_json_format(&out, findings_value(all), 2);
	if (r == 0)
		(void)fwrite(buf_cstr(&out), 1, out.n, stdout);
	if (form == CMDLINE_JSON)
		(void)fputc('\n', stdout);
	buf_done(&out);
}

int
check_run(const struct cmdline *c)
{
	struct check ck = {.form = c->form};
	struct findings all;
	int status;

	cmdline_config_request(c, &ck.request);
	if (take_words(&ck, c->words + 1, c->word_count - 1) < 0) {
		printf("ERROR: check: expected [-c DIR] [--strict] [--json | --yaml]\n");
		return CMDLINE_FAILED;
	}
	findings_init(&all);
	check_find(&all, &ck.request);
	print(&all, ck.form);
	status = all.errors > 0 ? 2 : ck.strict && all.warnings > 0 ? 1 : 0;
	findings_done(&all);
	return status;
}
