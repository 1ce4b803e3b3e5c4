#include "client/watch.h"

#include "util/lapse.h"
#include "util/escape.h"
#include "util/log.h"
#include "util/time.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <stdio.h>

#define LINE_MAX_BYTES ((size_t)1024 * 1024)

static double
number(const struct value *v)
{
	if (v == NULL)
		return 0;
	return v->kind == VALUE_FLOAT ? v->real : v->kind == VALUE_INT ? (double)v->number : 0;
}

static void
add_text(struct buf *out, const struct value *v)
{
	if (v != NULL && v->kind == VALUE_TEXT)
		escape_format(out, v->text);
}

/* Seconds since the epoch; what cannot be one is no time of ours. */
static void
add_time(struct buf *out, double seconds)
{
	if (seconds > 0 && seconds < 1e11)
		time_format(out, (struct instant){(int64_t)(seconds * (double)US_PER_S)});
}

void
watch_format(struct buf *out, const struct value *event)
{
	const struct value *name = value_get(event, SLICE("event"));
	const struct value *bantime = value_get(event, SLICE("bantime"));
	const struct value *count = value_get(event, SLICE("count"));

	add_time(out, number(value_get(event, SLICE("time"))));
	if (value_get(event, SLICE("jail")) != NULL) {
		buf_add_cstr(out, " [");
		add_text(out, value_get(event, SLICE("jail")));
		buf_add_char(out, ']');
	}
	buf_add_char(out, ' ');
	add_text(out, name);
	if (count != NULL)
		buf_printf(out, " %.0f events", number(count));
	if (value_get(event, SLICE("id")) != NULL)
		buf_add_char(out, ' ');
	add_text(out, value_get(event, SLICE("id")));
	if (bantime != NULL && number(bantime) < 0) {
		buf_add_cstr(out, " for ever");
	} else if (bantime != NULL) {
		buf_add_cstr(out, " for ");
		lapse_format(out, number(bantime));
	}
}

static void
print_event(enum cmdline_form form, const struct value *event)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	if (form == CMDLINE_JSON)
		(void)value_json_format(&line, event, 0); /* flat, and read from a pickle */
	else if (form == CMDLINE_YAML) {
		buf_add_cstr(&line, "---\n");
		(void)value_yaml_format(&line, event);
	} else
		watch_format(&line, event);
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		buf_cut(&line, line.n - 1);
	(void)fwrite(buf_cstr(&line), 1, line.n, stdout);
	(void)fputc('\n', stdout);
	buf_done(&line);
}

/* What the server is to be told, and what is for us. */
static struct value *
split_command(struct arena *a, const struct value *words, enum cmdline_form *form, uint64_t *count)
{
	static const struct slice option = {"--count=", 8};
	struct value *command = value_list(a);

	for (size_t i = 0; i < value_count(words); i++) {
		const struct value *word = value_at(words, i);

		if (value_is_text(word, SLICE("--json")))
			*form = CMDLINE_JSON;
		else if (value_is_text(word, SLICE("--yaml")))
			*form = CMDLINE_YAML;
		else if (!slice_starts(word->text, option))
			(void)value_add(a, command, value_copy(a, word));
		else if (slice_u64(slice_from(word->text, option.n), UINT32_MAX, count) < 0)
			return NULL;
	}
	return command;
}

/* Prints until the end; the result is the exit status. */
static int
print_events(struct link *l, const struct client *cl, const struct value *command,
    enum cmdline_form form, uint64_t count)
{
	bool first = true;
	int status = -1;

	while (status < 0) {
		struct value *reply;
		const struct value *event, *name;
		struct arena a;
		struct diag d;

		arena_init(&a);
		diag_init(&d);
		if (link_next(l, &a, &reply, &d) < 0) {
			log_write(LEVEL_ERROR, "", "%s", d.text);
			status = CMDLINE_FAILED;
		} else if (first && value_get(value_at(reply, 1), SLICE("event")) == NULL) {
			status = client_take(cl, reply, command);
		} else {
			event = value_at(reply, 1);
			name = value_get(event, SLICE("event"));
			if (form != CMDLINE_PRETTY || !value_is_text(name, SLICE("watching")))
				print_event(form, event);
			if (value_is_text(name, SLICE("stopping")) ||
			    (!first && count > 0 && --count == 0))
				status = 0;
		}
		first = false;
		arena_done(&a);
		if (!link_pending(l) && fflush(stdout) != 0 && status < 0)
			status = CMDLINE_FAILED; /* whoever read us has gone */
	}
	return status;
}

int
watch_print(const struct client *cl, const struct value *words)
{
	enum cmdline_form form = cl->cmdline->form;
	int r, status = CMDLINE_FAILED;
	struct value *command;
	struct link *l = NULL;
	uint64_t count = 0;
	struct arena a;
	struct diag d;

	arena_init(&a);
	diag_init(&d);
	command = split_command(&a, words, &form, &count);
	if (command == NULL) {
		log_write(LEVEL_ERROR, "", "--count= wants a whole number");
		goto out;
	}
	r = client_open(cl, &l, &d);
	if (r < 0)
		client_unreachable(words, r, &d);
	else if (link_send(l, command, &d) < 0)
		log_write(LEVEL_ERROR, "", "%s", d.text);
	else
		status = print_events(l, cl, command, form, count);
out:
	link_close(l);
	arena_done(&a);
	return status;
}
