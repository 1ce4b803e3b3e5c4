/* Settings of a jail: what it reads. A setter answers with what the matching getter would. */
#include "control/command.h"

#include "control/guardglob.h"
#include "control/guardjournal.h"
#include "control/guardlog.h"
#include "source/journal_match.h"
#include "util/escape.h"
#include "util/log.h"

#include <errno.h>

static struct value *
set_idle(struct request *rq)
{
	struct slice word;
	struct value *error;

	if (!request_text(rq, 0, &word, &error))
		return error;
	if (!slice_eq(word, SLICE("on")) && !slice_eq(word, SLICE("off")))
		return value_error(
		    rq->arena, ERROR_FAILED, "Invalid idle option, must be 'on' or 'off'");
	guard_set_idle(rq->guard, slice_eq(word, SLICE("on")));
	return value_bool(rq->arena, rq->guard->idle);
}

static struct value *
get_logpath(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	LIST_EACH(link, &rq->guard->logs)
		(void)value_add(rq->arena, out,
		    value_text(rq->arena, file_path(LIST_ITEM(link, struct guardlog, link)->file)));
	return out;
}

static struct value *
file_error(struct request *rq, struct slice path, int r)
{
	enum value_error kind = r == -ENOENT ? ERROR_NO_FILE :
	    r == -EACCES                     ? ERROR_PERMISSION :
	                                       ERROR_OS;
	struct value *error = value_error(rq->arena, kind, "%s", strerror(-r)), *args;

	args = value_tuple(rq->arena);
	(void)value_add(rq->arena, args, value_int(rq->arena, -r));
	(void)value_add(rq->arena, args, value_cstr(rq->arena, strerror(-r)));
	(void)value_add(rq->arena, args, value_text(rq->arena, path));
	error->error.args = args;
	return error;
}

static void
log_known(struct slice path)
{
	struct buf *line = log_begin(LEVEL_ERROR, "filter");

	if (line == NULL)
		return;
	escape_format(line, path);
	buf_add_cstr(line, " already exists");
	log_end();
}

static struct value *
add_logpath(struct request *rq)
{
	struct slice path, word = SLICE("head");
	struct value *error;
	struct diag d;
	bool tail;
	int r;

	if (!request_text(rq, 0, &path, &error))
		return error;
	if (request_argc(rq) > 2)
		return value_error(rq->arena, ERROR_VALUE, "Only one file can be added at a time");
	if (request_argc(rq) == 2 && !request_text(rq, 1, &word, &error))
		return error;
	tail = slice_eq_nocase(word, SLICE("tail"));
	if (!tail && !slice_eq_nocase(word, SLICE("head")))
		return value_error(
		    rq->arena, ERROR_VALUE, "File option must be 'head' or 'tail'");
	diag_init(&d);
	r = guardlog_add(rq->guard, path, tail ? FILE_TAIL : FILE_HEAD, &d);
	if (r == -EEXIST)
		log_known(path);
	else if (r < 0 && rq->quiet)
		/* As with a feed. The jail's other logs, and other jails, are not to suffer. */
		log_write(
		    LEVEL_ERROR, "filter", "[%s] %s; going on without it", rq->guard->name, d.text);
	else if (r == -EINVAL)	/* it is there, but no file that can be followed */
		return request_failed(rq, ERROR_VALUE, &d);
	else if (r < 0)
		return file_error(rq, path, r);
	return get_logpath(rq);
}

static struct value *
del_logpath(struct request *rq)
{
	struct slice path;
	struct value *error;

	if (!request_text(rq, 0, &path, &error))
		return error;
	guardlog_del(rq->guard, path);
	return get_logpath(rq);
}

static struct value *
get_logglob(struct request *rq)
{
	return guardglob_list(rq->arena, rq->guard);
}

static struct value *
add_logglob(struct request *rq)
{
	struct slice pattern;
	struct value *error;

	if (!request_text(rq, 0, &pattern, &error))
		return error;
	/* Of a configuration, files are read all the same that are there by now. */
	if (guardglob_add(rq->guard, pattern) == -EINVAL && !rq->quiet)
		return value_error(rq->arena, ERROR_VALUE,
		    "addlogglob: expected an absolute path with *, ? or [...] in it");
	return get_logglob(rq);
}

static struct value *
del_logglob(struct request *rq)
{
	struct slice pattern;
	struct value *error;

	if (!request_text(rq, 0, &pattern, &error))
		return error;
	guardglob_del(rq->guard, pattern);
	return get_logglob(rq);
}

static struct value *
get_logencoding(struct request *rq)
{
	return value_text(rq->arena, filter_encoding(rq->guard->filter));
}

static struct value *
set_logencoding(struct request *rq)
{
	struct slice name;
	struct value *error;
	struct diag d;

	if (!request_text(rq, 0, &name, &error))
		return error;
	diag_init(&d);
	if (filter_set_encoding(rq->guard->filter, name, &d) < 0)
		return request_failed(rq, ERROR_LOOKUP, &d);
	guardlog_encoded(rq->guard);
	log_write(LEVEL_INFO, "filter", "  encoding: %.*s",
	    SLICE_ARG(filter_encoding(rq->guard->filter)));
	return get_logencoding(rq);
}

static struct value *
get_journalmatch(struct request *rq)
{
	struct value *out = value_list(rq->arena);

	for (size_t i = 0; i < guardjournal_count(rq->guard->journal); i++) {
		struct slice rest = guardjournal_match(rq->guard->journal, i), word;
		struct value *match = value_list(rq->arena);

		while (slice_next_word(&rest, &word))
			(void)value_add(rq->arena, match, value_text(rq->arena, word));
		(void)value_add(rq->arena, out, match);
	}
	return out;
}

/*
 * The words of the command, with "+" between alternatives, each of which is a match of its own. A
 * jail of files has no journal to match; the configuration gives these to every jail.
 */
static struct value *
change_journalmatch(
    struct request *rq, int (*change)(struct guardjournal *gj, struct slice match))
{
	struct value *error = NULL;
	struct slice word;
	struct buf match;

	buf_init(&match, CONN_REQUEST_MAX);	/* more than there can be: no part of it gets lost */
	for (size_t i = 0; i <= request_argc(rq); i++) {
		bool end = i == request_argc(rq);

		if (!end && !request_text(rq, i, &word, &error))
			break;
		if (end || slice_eq(word, SLICE("+"))) {
			if (match.n > 0 &&
			    change(rq->guard->journal, buf_slice(&match)) == -ENOENT)
				error = value_error(rq->arena, ERROR_VALUE, "Match '%s' not found",
				    buf_cstr(&match));
			buf_clear(&match);
			continue;
		}
		buf_add_cstr(&match, match.n > 0 ? " " : "");
		buf_add(&match, word);
	}
	buf_done(&match);
	return error != NULL ? error : get_journalmatch(rq);
}

/* As it was given, in one line. */
static void
log_journalmatch(struct request *rq)
{
	struct value *error;
	struct slice word;
	struct buf match;

	buf_init(&match, CONN_REQUEST_MAX);
	for (size_t i = 0; i < request_argc(rq) && request_text(rq, i, &word, &error); i++) {
		buf_add_cstr(&match, i > 0 ? " " : "");
		buf_add(&match, word);
	}
	log_write(LEVEL_INFO, "filtersystemd", "[%s] Added journal match for: '%.*s'",
	    rq->guard->name, SLICE_ARG(buf_slice(&match)));
	buf_done(&match);
}

/* One that is none would keep the journal from being opened. */
static struct value *
add_journalmatch(struct request *rq)
{
	size_t before = guardjournal_count(rq->guard->journal);
	struct value *error = NULL, *reply;
	struct slice word;

	for (size_t i = 0; rq->guard->journal != NULL && i < request_argc(rq); i++) {
		if (!request_text(rq, i, &word, &error))
			return error;
		if (!journal_match_good(word))
			return value_error(rq->arena, ERROR_VALUE,
			    "journalmatch: '%.*s' is no match; write FIELD=value, as in "
			    "_SYSTEMD_UNIT=ssh.service",
			    SLICE_ARG(word));
	}
	reply = change_journalmatch(rq, guardjournal_add);
	if (guardjournal_count(rq->guard->journal) > before)
		log_journalmatch(rq);
	return reply;
}

static struct value *
del_journalmatch(struct request *rq)
{
	return change_journalmatch(rq, guardjournal_del);
}

const struct command commands_set_log[] = {
    {"idle", "on|off", "stops and resumes reading", set_idle},
    {"addlogpath", "<FILE> [head|tail]", "adds a log file, read from its start or its end",
        add_logpath},
    {"dellogpath", "<FILE>", "removes a log file", del_logpath},
    {"addlogglob", "<PATTERN>", "adds a pattern: files that come to match it are read from their start",
        add_logglob},
    {"dellogglob", "<PATTERN>", "removes a pattern; its files stay", del_logglob},
    {"logencoding", "<ENCODING>", "sets the encoding of the log", set_logencoding},
    {"addjournalmatch", "<MATCH>...", "adds a match of the journal", add_journalmatch},
    {"deljournalmatch", "<MATCH>...", "removes a match of the journal", del_journalmatch},
    {NULL},
};

const struct command commands_get_log[] = {
    {"logpath", "", "returns the log files", get_logpath, true},
    {"logglob", "", "returns the patterns that further log files may match", get_logglob, true},
    {"logencoding", "", "returns the encoding of the log", get_logencoding, true},
    {"journalmatch", "", "returns the matches of the journal", get_journalmatch, true},
    {NULL},
};
