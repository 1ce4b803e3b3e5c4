#include "control/note.h"

#include "compat/pyrepr.h"
#include "control/guardlog.h"
#include "util/lapse.h"
#include "util/escape.h"
#include "util/log.h"

#include <stdio.h>

#define LINE_MAX_SHOWN 250

static void
no_date(const struct guard *g, const char *line)
{
	log_write(LEVEL_WARNING, "filter",
	    "[%s] Found a match but no valid date/time found for ''.", g->name);
	log_write(LEVEL_WARNING, "filter", "[%s] Match without a timestamp: %s", g->name, line);
	log_write(LEVEL_WARNING, "filter",
	    "[%s] Please try setting a custom date pattern (see man page jail.conf(5)).", g->name);
}

static void
odd_date(const struct guard *g, const char *line, int64_t seconds)
{
	struct buf text;

	buf_init(&text, 64);
	lapse_format(&text, (double)(seconds < 0 ? -seconds : seconds));
	log_write(LEVEL_WARNING, "filter",
	    "[%s] Detected a log entry %s %s the current time in operation mode. "
	    "This looks like a timezone problem. "
	    "Treating such entries as if they just happened.",
	    g->name, buf_cstr(&text), seconds < 0 ? "after" : "before");
	log_write(LEVEL_WARNING, "filter",
	    "[%s] Please check a jail for a timing issue. Line with odd timestamp: %s", g->name,
	    line);
	buf_done(&text);
}

static void
old_line(const struct guard *g, const char *line)
{
	log_write(LEVEL_WARNING, "filter",
	    "[%s] Ignoring all log entries older than %llds; these are probably messages "
	    "generated while fail2ban was not running.",
	    g->name, (long long)(g->limits.findtime.us / US_PER_S));
	log_write(LEVEL_WARNING, "filter",
	    "[%s] Please check a jail for a timing issue. Line with odd timestamp: %s", g->name,
	    line);
}

static void
not_decoded(const struct guard *g, struct slice line)
{
	struct slice path = g->reading != NULL ? file_path(g->reading->file) : SLICE_EMPTY;
	struct buf *told = log_begin(LEVEL_WARNING, "filter");
	struct buf bytes, shown;

	if (told != NULL) {
		buf_add_cstr(told, "Error decoding line from '");
		escape_format(told, path);
		buf_printf(told, "' with '%.*s'.", SLICE_ARG(filter_encoding(g->filter)));
		log_end();
	}
	buf_init(&bytes, LINE_MAX_SHOWN + 1);
	buf_init(&shown, 4096);
	buf_add(&bytes, line);
	buf_add_char(&bytes, '\n');
	pyrepr_bytes(&shown, buf_slice(&bytes));
	log_write(LEVEL_WARNING, "filter",
	    "Consider setting logencoding to appropriate encoding for this jail. "
	    "Continuing to process line ignoring invalid characters: %s",
	    buf_cstr(&shown));
	buf_done(&shown);
	buf_done(&bytes);
}

static void
limit_reached(const struct guard *g, const char *regex, const char *line)
{
	log_write(LEVEL_ERROR, "filter",
	    "[%s] %s took too long on a line, which was passed over, as further ones will be; "
	    "anchor it or make it less ambiguous. Lines passed over are counted in the jail's status. "
	    "The line: %s",
	    g->name, regex, line);
}

/* index is what the commands that get and delete regexes call it. */
static void
regex_limit(const struct guard *g, const char *kind, int64_t index, const char *line)
{
	char regex[64];

	(void)snprintf(regex, sizeof(regex), "%s [%lld]", kind, (long long)index);
	limit_reached(g, regex, line);
}

static void
log_note(
    const struct guard *g, enum filter_note note, struct slice line, const char *shown, int64_t amount)
{
	switch (note) {
	case FILTER_NOTE_NO_DATE:
		no_date(g, shown);
		break;
	case FILTER_NOTE_ODD_DATE:
		odd_date(g, shown, amount);
		break;
	case FILTER_NOTE_OLD:
		old_line(g, shown);
		break;
	case FILTER_NOTE_DECODE:
		not_decoded(g, line);
		break;
	case FILTER_NOTE_LIMIT:
		regex_limit(g, "failregex", amount, shown);
		break;
	case FILTER_NOTE_LIMIT_IGNORE:
		regex_limit(g, "ignoreregex", amount, shown);
		break;
	case FILTER_NOTE_LIMIT_PREFIX:
		limit_reached(g, "prefregex", shown);
		break;
	case FILTER_NOTES:
		break;
	}
}

/* The filter tells of each regex once. */
static bool
once_anyway(enum filter_note note)
{
	return note == FILTER_NOTE_LIMIT || note == FILTER_NOTE_LIMIT_IGNORE ||
	       note == FILTER_NOTE_LIMIT_PREFIX;
}

void
note_take(struct guard *g, enum filter_note note, struct slice line, int64_t amount)
{
	int64_t day = instant_day(time_now());
	struct buf shown;

	if (g->noted_day[note] == day && !once_anyway(note))
		return;
	g->noted_day[note] = day;
	line = slice_upto(line, LINE_MAX_SHOWN);
	buf_init(&shown, 1024);
	escape_format(&shown, line);
	log_note(g, note, line, buf_cstr(&shown), amount);
	buf_done(&shown);
}
