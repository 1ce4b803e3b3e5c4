#include "client/client.h"

#include "client/beautify.h"
#include "client/named.h"
#include "client/overview.h"
#include "client/shape.h"
#include "client/top.h"
#include "client/watch.h"
#include "compat/pyrepr.h"
#include "util/escape.h"
#include "util/log.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OUTPUT_MAX (SIZE_MAX / 16) /* what is shown on a terminal may be four times as long */

/* Programs read what fail2ban prints to the byte; a terminal is not told what an id has it do. */
static void
print(const struct buf *text)
{
	struct buf shown;

	buf_init(&shown, 4 * OUTPUT_MAX);
	if (isatty(STDOUT_FILENO))
		escape_lines(&shown, buf_slice(text));
	else
		buf_add(&shown, buf_slice(text));
	buf_add_char(&shown, '\n');
	(void)fwrite(buf_cstr(&shown), 1, shown.n, stdout);
	buf_done(&shown);
}

/* A reply to words, or with NULL an error, for other programs. */
static void
print_for_programs(enum cmdline_form form, const struct value *words, const struct value *reply)
{
	struct arena a = {0};
	struct value *v = words != NULL ? shape_reply(&a, words, reply) : named(&a, reply);
	struct buf text;
	int r;

	buf_init(&text, OUTPUT_MAX);
	r = form == CMDLINE_JSON ? value_json_format(&text, v, 2) : value_yaml_format(&text, v);
	if (r < 0 || buf_refused(&text))
		log_write(LEVEL_ERROR, "", "The reply is too large to be printed in this form");
	else {
		if (text.n > 0 && text.p[text.n - 1] == '\n')
			buf_cut(&text, text.n - 1);
		print(&text);
	}
	buf_done(&text);
	arena_done(&a);
}

static int
print_error(enum cmdline_form form, const struct value *error)
{
	struct buf text;

	buf_init(&text, OUTPUT_MAX);
	pyrepr_format(&text, error->kind == VALUE_ERROR ? error->error.args : error);
	log_write(LEVEL_ERROR, "", "NOK: %s", buf_cstr(&text));
	buf_clear(&text);
	if (form == CMDLINE_PRETTY) {
		beautify_error(&text, error);
		print(&text);
	} else {
		print_for_programs(form, NULL, error);
	}
	buf_done(&text);
	return CMDLINE_FAILED;
}

static int
print_reply(enum cmdline_form form, const struct value *words, const struct value *reply)
{
	struct buf text;

	if (form != CMDLINE_PRETTY) {
		print_for_programs(form, words, reply);
		return 0;
	}
	buf_init(&text, OUTPUT_MAX);
	beautify_reply(&text, words, reply);
	print(&text);
	buf_done(&text);
	return 0;
}

/* A reply is (0, value) or (1, error); texts and lists come where the server could not even try. */
static int
take_reply(enum cmdline_form form, const struct value *reply, const struct value *words, bool quiet)
{
	const struct value *code = value_at(reply, 0), *value = value_at(reply, 1);

	if (reply->kind != VALUE_TUPLE || value == NULL || code->kind != VALUE_INT)
		return print_error(form, reply);
	if (code->number != 0)
		return print_error(form, value);
	return quiet ? 0 : print_reply(form, words, value);
}

void
client_unreachable(const struct value *words, int error, const struct diag *d)
{
	/* Only ping says why a socket that is there does not answer. */
	bool known = error == -ENOENT || error == -EACCES || error == -ENAMETOOLONG;

	if (known || value_is_text(value_at(words, 0), SLICE("ping")))
		log_write(LEVEL_ERROR, "", "%s", d->text);
	else
		log_write(LEVEL_ERROR, "", "[ERR] Unable to contact server. Is it running?");
}

/* "ping SECONDS" says how long the answer may take. */
static int
set_ping_timeout(struct link *l, const struct value *words)
{
	const struct value *limit = value_at(words, 1);
	struct buf shown;
	double seconds;
	char *end;

	if (limit == NULL || !value_is_text(value_at(words, 0), SLICE("ping")))
		return 0;
	seconds = limit->text.n > 0 ? strtod(limit->text.p, &end) : 0;
	if (limit->text.n == 0 || end != limit->text.p + limit->text.n) {
		buf_init(&shown, OUTPUT_MAX);
		pyrepr_format(&shown, limit);
		log_write(LEVEL_ERROR, "", "could not convert string to float: %s", buf_cstr(&shown));
		buf_done(&shown);
		return -EINVAL;
	}
	if (seconds > 0 && seconds < 1e9)
		link_set_timeout(l, (struct span){(int64_t)(seconds * (double)US_PER_S)});
	return 0;
}

void
client_offer(const struct client *cl, const struct value *commands)
{
	struct value *reply;
	struct link *l = NULL;
	struct arena a;

	if (value_count(commands) == 0 || link_open(&l, cl->socket, NULL) < 0)
		return;
	arena_init(&a);
	for (size_t i = 0; i < value_count(commands); i++)
		if (link_ask(l, &a, value_at(commands, i), &reply, NULL) < 0)
			break;
	arena_done(&a);
	link_close(l);
}

int
client_take(const struct client *cl, const struct value *reply, const struct value *words)
{
	return take_reply(cl->cmdline->form, reply, words, false);
}

int
client_open(const struct client *cl, struct link **out, struct diag *d)
{
	struct diag other;
	int r = link_open(out, cl->socket, d);

	if (r == -EACCES && cl->readsocket.n > 0 && link_open(out, cl->readsocket, &other) == 0)
		return 0;
	return r;
}

int
client_ask(const struct client *cl, const struct value *command, const struct value *words, bool quiet)
{
	struct value *reply;
	struct link *l = NULL;
	struct arena a;
	struct diag d;
	int r, status = CMDLINE_FAILED;

	arena_init(&a);
	diag_init(&d);
	r = client_open(cl, &l, &d);
	if (r < 0) {
		client_unreachable(words, r, &d);
		goto out;
	}
	if (set_ping_timeout(l, words) < 0)
		goto out;
	r = link_ask(l, &a, command, &reply, &d);
	if (r < 0)
		log_write(LEVEL_ERROR, "", "%s", d.text);
	else
		status = take_reply(cl->cmdline->form, reply, words, quiet);
out:
	link_close(l);
	arena_done(&a);
	return status;
}

int
client_command(const struct client *cl, const struct value *words)
{
	const struct value *first = value_at(words, 0);

	if (value_is_text(first, SLICE("watch")))
		return watch_print(cl, words);
	if (value_is_text(first, SLICE("top")))
		return top_run(cl, words);
	if (overview_wanted(words))
		return overview_print(cl, words);
	return client_ask(cl, words, words, false);
}

static struct value *
command_words(struct arena *a, const struct cmdline *c)
{
	struct value *words = value_list(a);

	for (int i = 0; i < c->word_count; i++)
		value_add(a, words, value_cstr(a, c->words[i]));
	return words;
}

int
client_run(const struct cmdline *c, char **argv, client_words *run)
{
	struct client cl = {.cmdline = c, .argv = argv};
	struct config *base;
	struct arena a;
	int status;

	if (cmdline_load_base(c, &base) < 0) {
		log_write(LEVEL_ERROR, "", "Init of command line failed");
		return CMDLINE_FAILED;
	}
	cl.socket = base->socket;
	if (c->socket.p == NULL)
		cl.readsocket = base->readsocket;
	arena_init(&a);
	status = run(&cl, command_words(&a, c));
	arena_done(&a);
	config_free(base);
	return status;
}
