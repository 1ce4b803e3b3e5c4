#include "control/note.h"

#include "util/escape.h"
#include "util/log.h"

static void
format_difference(struct buf *out, int64_t seconds)
{
	int64_t s = seconds < 0 ? -seconds : seconds;

	if (s >= 86400)
		buf_printf(out, "%lldd", (long long)(s / 86400));
	else if (s >= 3600)
		buf_printf(out, "%lldh", (long long)(s / 3600));
	else
		buf_printf(out, "%lldm", (long long)(s / 60));
	buf_add_cstr(out, seconds < 0 ? " before" : " after");
}

static void
log_note(struct guard *g, enum filter_note note, const char *line, int64_t amount)
{
	struct buf text;

	buf_init(&text, 64);
	switch (note) {
	case FILTER_NOTE_NO_DATE:
		log_write(LEVEL_WARNING, "filter",
		    "[%s] Found a match but no valid date/time found for %s\n"
		    "[%s] Match without a timestamp: %s\n"
		    "[%s] Please try setting a custom date pattern (see man page jail.conf(5)).",
		    g->name, line, g->name, line, g->name);
		break;
	case FILTER_NOTE_ODD_DATE:
		format_difference(&text, amount);
		log_write(LEVEL_WARNING, "filter",
		    "[%s] Detected a log entry %s the current time in operation mode. "
		    "This looks like a timezone problem. "
		    "Treating such entries as if they just happened.\n"
		    "[%s] Please check a jail for a timing issue. Line with odd timestamp: %s",
		    g->name, buf_cstr(&text), g->name, line);
		break;
	case FILTER_NOTE_OLD:
		log_write(LEVEL_INFO, "filter",
		    "[%s] Ignoring all log entries older than %llds; these are probably messages "
		    "generated while fail2ban was not running.",
		    g->name, (long long)amount);
		break;
	case FILTER_NOTE_DECODE:
		log_write(LEVEL_WARNING, "filter",
		    "[%s] Error decoding line with '%.*s'. Consider setting logencoding to "
		    "appropriate encoding for this jail. Continuing to process line ignoring "
		    "invalid characters: %s",
		    g->name, SLICE_ARG(filter_encoding(g->filter)), line);
		break;
	case FILTER_NOTE_LIMIT:
		log_write(LEVEL_ERROR, "filter",
		    "[%s] failregex [%lld] took too long on a line, which was passed over; "
		    "anchor it or make it less ambiguous: %s",
		    g->name, (long long)amount, line);
		break;
	}
	buf_done(&text);
}

void
note_take(struct guard *g, enum filter_note note, struct slice line, int64_t amount)
{
	int64_t day = instant_seconds(time_now()) / 86400;
	struct buf text;

	if (g->noted_day[note] == day)
		return;
	g->noted_day[note] = day;
	buf_init(&text, 1024);
	escape_format(&text, slice_upto(line, 250));
	log_note(g, note, buf_cstr(&text), amount);
	buf_done(&text);
}
