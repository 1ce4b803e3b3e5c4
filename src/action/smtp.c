#include "action/smtp.h"

#include "action/letter.h"
#include "action/script.h"
#include "config/duration.h"
#include "util/mem.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define MAIL_MAX ((size_t)4 * 1024 * 1024)
#define PROGRAM "f2b-mail"

/* Options as a configuration names them, and the properties that they become. */
static const struct {
	const char *option, *property, *fallback;
} options[] = {
    {"host", "host", "localhost"},
    {"ssl", "ssl", "False"},
    {"user", "user", ""},
    {"password", "password", ""},
    {"sendername", "fromname", "Fail2Ban"},
    {"sender", "fromaddr", "fail2ban"},
    {"dest", "toaddr", "root"},
    {"matches", "matches", ""},
    /* Beyond fail2ban's. */
    {"verify", "verify", "False"},
    {"timeout", "timeout", "60"},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static int
set(struct entry *e, const char *property, struct slice value, struct diag *d)
{
	return entry_set(e, slice_cstr(property), value, d);
}

static int
set_option(struct entry *e, const char *property, const json_t *v, struct diag *d)
{
	char number[32];

	if (json_is_string(v))
		return set(e, property, slice_of(json_string_value(v), json_string_length(v)), d);
	if (json_is_boolean(v))
		return set(e, property, json_is_true(v) ? SLICE("True") : SLICE("False"), d);
	if (json_is_null(v))
		return 0;
	if (!json_is_integer(v))
		return diag_fail(d, -EINVAL, (struct place){0},
		    "smtp.py: %s is neither a text, a number nor a truth", property);
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
	return set(e, property, slice_cstr(number), d);
}

static int
take_option(struct entry *e, const char *name, const json_t *v, struct diag *d)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strcmp(name, options[i].option) == 0)
			return set_option(e, options[i].property, v, d);
	if (strcmp(name, "actname") == 0 || strcmp(name, "name") == 0)
		return 0;
	return diag_fail(d, -EINVAL, (struct place){0},
	    "smtp.py has no option '%.40s'; it has host, ssl, user, password, sendername, sender, "
	    "dest, matches, verify and timeout",
	    name);
}

int
smtp_set_up(struct entry *e, struct slice text, struct diag *d)
{
	json_t *given = text.n > 0 ? json_loadb(text.p, text.n, 0, NULL) : json_object(), *v;
	const char *name;
	int r = 0;

	if (!json_is_object(given))
		r = diag_fail(
		    d, -EINVAL, (struct place){0}, "the options of smtp.py are no JSON object");
	for (size_t i = 0; r == 0 && i < OPTION_COUNT; i++)
		r = set(e, options[i].property, slice_cstr(options[i].fallback), d);
	json_object_foreach(given, name, v) if (r == 0) r = take_option(e, name, v, d);
	json_decref(given);
	if (r == 0)
		r = set(e, "norestored", SLICE("1"), d);
	e->smtp = r == 0;
	return r;
}

/* What is told. */

static struct slice
property(const struct entry *e, const char *name)
{
	struct slice value = SLICE_EMPTY;

	(void)entry_get(e, slice_cstr(name), &value);
	return value;
}

static void
add_tag(struct runner *r, struct slice tag, struct buf *out)
{
	struct info info;

	info_init(&info, r->jail, r->ticket, r->family);
	(void)info.source.value(&info.source, tag, out);
}

static void
add_subject(struct runner *r, struct buf *out)
{
	buf_add_cstr(out, "[Fail2Ban] ");
	buf_add(out, r->jail->name);
	if (r->ticket != NULL) {
		buf_add_cstr(out, ": banned ");
		buf_add(out, ticket_ip(r->ticket));
		buf_add_cstr(out, " from ");
	} else {
		buf_add_cstr(out, r->event == EVENT_START ? ": started on " : ": stopped on ");
	}
	hostname_full(out);
}

static void
add_ban(struct runner *r, struct buf *out)
{
	struct slice matches = property(r->entry, "matches");

	buf_add_cstr(out, "The IP ");
	buf_add(out, ticket_ip(r->ticket));
	buf_add_cstr(out, " has just been banned for ");
	add_tag(r, SLICE("bantime"), out);
	buf_printf(out, " seconds\nby Fail2Ban after %u attempts against ", r->ticket->failures);
	buf_add(out, r->jail->name);
	buf_add_cstr(out, ".\n");
	if (matches.n == 0)
		return;
	buf_add_cstr(out, "\nMatches for this ban:\n");
	add_tag(r, matches, out);
	buf_add_char(out, '\n');
}

static void
add_body(struct runner *r, struct buf *out)
{
	buf_add_cstr(out, "Hi,\n\n");
	if (r->ticket != NULL) {
		add_ban(r, out);
	} else {
		buf_add_cstr(out, "Jail ");
		buf_add(out, r->jail->name);
		buf_add_cstr(out, r->event == EVENT_START ? " is at work.\n" : " is at an end.\n");
	}
	buf_add_cstr(out, "\nRegards,\nFail2Ban\n");
}

static void
add_letter(struct runner *r, struct buf *out)
{
	struct letter l = {.from_name = property(r->entry, "fromname"),
	    .from = property(r->entry, "fromaddr"),
	    .to = property(r->entry, "toaddr"),
	    .when = time_now()};
	struct buf subject, body;

	buf_init(&subject, MAIL_MAX);
	buf_init(&body, MAIL_MAX / 4);
	add_subject(r, &subject);
	add_body(r, &body);
	l.subject = buf_slice(&subject);
	l.body = buf_slice(&body);
	letter_format(out, &l);
	buf_done(&subject);
	buf_done(&body);
}

/* How it is sent. */

static void
put_text(json_t *o, const char *key, struct slice text)
{
	json_t *v = json_stringn(text.p, text.n);

	(void)json_object_set_new(o, key, v != NULL ? v : json_string(""));
}

static char *
order_new(struct runner *r, const struct buf *letter)
{
	static const char *const texts[] = {"host", "user", "password", "fromaddr"};
	static const char *const truths[] = {"ssl", "verify"};
	json_t *o = json_object();
	struct buf to;
	char *text;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_text(o, texts[i], property(r->entry, texts[i]));
	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++)
		(void)json_object_set_new(
		    o, truths[i], json_boolean(duration_truth(property(r->entry, truths[i]))));
	(void)json_object_set_new(
	    o, "timeout", json_integer((json_int_t)(entry_timeout(r->entry).us / US_PER_S)));
	buf_init(&to, TAG_TEXT_MAX);
	letter_recipients(&to, property(r->entry, "toaddr"));
	put_text(o, "toaddr", buf_slice(&to));
	buf_done(&to);
	put_text(o, "letter", buf_slice(letter));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

/* Beside the program that runs, wherever that is. */
static void
program_path(char out[4096])
{
	size_t n = 4096;
	char *slash;

	if (uv_exepath(out, &n) < 0)
		out[0] = '\0';
	slash = strrchr(out, '/');
	n = slash != NULL ? (size_t)(slash + 1 - out) : 0;
	(void)snprintf(out + n, 4096 - n, PROGRAM);
}

static void
sent(void *arg, bool ok)
{
	struct runner *r = arg;

	if (!ok)
		(void)diag_fail(&r->diag, -EIO, (struct place){0},
		    "the mail was not sent; %s said why", PROGRAM);
	r->next(r, ok);
}

static void
send_letter(void *runner)
{
	struct runner *r = runner;
	char path[4096];
	struct slice program;
	struct buf letter;
	char *order;

	buf_init(&letter, MAIL_MAX);
	add_letter(r, &letter);
	order = order_new(r, &letter);
	buf_done(&letter);
	program_path(path);
	program = slice_cstr(path);
	/* It ends by itself in time; then it has said more than a signal would. */
	if (exec_feed(r->loop, SLICE("exec \"$0\""), &program, 1, slice_cstr(order),
		(struct span){entry_timeout(r->entry).us + SPAN_S(5).us}, sent, r) < 0)
		sent(r, false);
	free(order);
}

void
smtp_event(struct runner *r, runner_step *next)
{
	struct action_step step = {.module = SLICE("smtp")};
	bool news = r->event == EVENT_START || r->event == EVENT_STOP || r->event == EVENT_BAN ||
		    r->event == EVENT_REBAN;
	bool ok;

	if (!news || (r->event == EVENT_BAN && r->ticket->restored)) {
		next(r, true);
		return;
	}
	r->next = next;
	if (script_told(r, step, &ok)) {
		next(r, ok);
		return;
	}
	if (!hostname_look_up(r->loop, &r->own_name, send_letter, r))
		send_letter(r);
}
