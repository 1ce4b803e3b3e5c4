#include "scan/datedir.h"

#include "util/escape.h"

#include <errno.h>

#define ABBREVIATION "[A-Z](?:[A-Z]{2,4})?"
#define OFFSET "[+-][01]\\d(?::?\\d{2})?"
#define SHORT_DAYS "(?P<a>mon|tue|wed|thu|fri|sat|sun)"
#define SHORT_MONTHS "(?P<b>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
/* Parts of %c, %x and %X, which try the longest form first. */
#define C_DAY "(?P<d>3[0-1]|[1-2]\\d|0[1-9]|[1-9]| [1-9])"
#define C_TIME "(?P<H>2[0-3]|[0-1]\\d|\\d):(?P<M>[0-5]\\d|\\d):(?P<S>6[0-1]|[0-5]\\d|\\d)"

static const struct directive {
	const char *key;
	const char *regex; /* NULL: computed */
	const char *name;
	bool icase; /* names of days and the like: the whole pattern ignores case */
} directives[] = {
    {"Y", "(?P<Y>\\d{4})", "Year"},
    {"y", "(?P<y>\\d\\d)", "Year2"},
    {"m", "(?P<m>0?[1-9]|1[0-2])", "Month"},
    {"d", "(?P<d>[1-2]\\d|[0 ]?[1-9]|3[0-1])", "Day"},
    {"H", "(?P<H>[0-1]?\\d|2[0-3])", "24hour"},
    {"I", "(?P<I>1[0-2]|0[1-9]|[1-9])", "12hour"},
    {"k", " ?(?P<H>[0-2]?\\d)", "%k"},
    {"l", " ?(?P<I>1?\\d)", "%l"},
    {"M", "(?P<M>[0-5]?\\d)", "Minute"},
    {"S", "(?P<S>[0-5]?\\d|6[0-1])", "Second"},
    {"f", "(?P<f>[0-9]{1,6})", "Microseconds"},
    {"p", "(?P<p>am|pm)", "AMPM", true},
    {"a", SHORT_DAYS, "DAY", true},
    {"A", "(?P<A>wednesday|thursday|saturday|tuesday|monday|friday|sunday)", "DAYNAME", true},
    {"b", SHORT_MONTHS, "MON", true},
    {"B",
	"(?P<B>september|february|november|december|january|october|august|march|april|june|"
	"july|may)",
	"MONTH", true},
    {"j", "(?P<j>36[0-6]|3[0-5]\\d|[1-2]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9])",
	"Yearday"},
    {"U", "(?P<U>5[0-3]|[0-4]\\d|\\d)", "Yearweek"},
    {"W", "(?P<W>5[0-3]|[0-4]\\d|\\d)", "Yearweek"},
    {"w", "(?P<w>[0-6])", "Weekday"},
    {"u", "(?P<u>[1-7])", "%u"},
    {"G", "(?P<G>\\d\\d\\d\\d)", "%G"},
    {"V", "(?P<V>5[0-3]|0[1-9]|[1-4]\\d|\\d)", "%V"},
    {"c", SHORT_DAYS "\\s+" SHORT_MONTHS "\\s+" C_DAY "\\s+" C_TIME "\\s+(?P<Y>\\d\\d\\d\\d)", "%c",
	true},
    {"x", "(?P<m>1[0-2]|0[1-9]|[1-9])/" C_DAY "/(?P<y>\\d\\d)", "%x"},
    {"X", C_TIME, "%X"},
    {"z", "(?P<z>Z|UTC|GMT|" OFFSET ")", "Zone offset"},
    {"Z", "(?P<Z>Z|[A-Z]{3,5})", "Zone name"},
    {"ExY", NULL, "ExYear"},
    {"Exy", "(?P<y>\\d{2})", "ExYear2"},
    {"Exm", "(?P<m>0[1-9]|1[0-2])", "ExMonth"},
    {"Exd", "(?P<d>[1-2]\\d|0[1-9]|3[0-1])", "ExDay"},
    {"ExH", "(?P<H>[0-1]\\d|2[0-3])", "Ex24hour"},
    {"Exk", " ?(?P<H>[0-1]?\\d|2[0-3])", "Ex%k"},
    {"Exl", " ?(?P<I>1[0-2]|\\d)", "Ex%l"},
    {"ExM", "(?P<M>[0-5]\\d)", "ExMinute"},
    {"ExS", "(?P<S>[0-5]\\d|6[0-1])", "ExSecond"},
    {"ExZ", "(?P<Z>" ABBREVIATION ")", "ExZone name"},
    {"Exz", "(?P<z>(?:" ABBREVIATION ")?" OFFSET "|" ABBREVIATION ")", "ExZone offset"},
};

/* The directive that follows a '%', the longest first. */
static const struct directive *
directive_find(struct slice s)
{
	const struct directive *best = NULL;
	size_t best_n = 0;

	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		const char *key = directives[i].key;

		/* Most differ at once: a start looks for hundreds. */
		if (s.n > 0 && key[0] == s.p[0] && strlen(key) > best_n &&
		    slice_starts(s, slice_cstr(key))) {
			best = &directives[i];
			best_n = strlen(key);
		}
	}
	return best;
}

/* Why c cannot follow a '%', in the words of Python's formatting, which fail2ban shows. */
static void
complain(struct buf *why, char c, size_t index)
{
	struct slice letter = slice_of(&c, 1);

	if (slice_find_char(SLICE("eEfFg"), c, 0) >= 0) {
		buf_add_cstr(why, "must be real number, not dict");
	} else if (c == 'i') {
		buf_add_cstr(why, "%i format: a real number is required, not dict");
	} else if (c == 'o') {
		buf_add_cstr(why, "%o format: an integer is required, not dict");
	} else {
		buf_add_cstr(why, "unsupported format character '");
		escape_format(why, letter);
		buf_printf(why, "' (0x%x) at index %zu", (unsigned char)c, index);
	}
}

static int
bad_directive(struct slice pattern, size_t at, size_t directives_before, struct diag *d)
{
	struct buf text, why;

	buf_init(&text, 1024);
	buf_init(&why, 1024);
	escape_format(&text, pattern);
	if (at >= pattern.n)
		buf_add_cstr(&why, "incomplete format");
	else /* Python counts in a text where each directive has three characters more */
		complain(&why, pattern.p[at], at + 3 * directives_before);
	diag_fail(d, -EINVAL, (struct place){0},
	    "Failed to set datepattern '%s' (may be an invalid format or unescaped percent char): "
	    "%s",
	    buf_cstr(&text), buf_cstr(&why));
	buf_done(&why);
	buf_done(&text);
	return -EINVAL;
}

/* The third digit of the years from 2000 to the decade in which year + 3 lies. */
static void
add_recent_year(struct buf *out, int year)
{
	int last = (year + 3 - 2000) / 10;

	buf_add_cstr(out, "(?P<Y>20[");
	for (int i = 0; i == 0 || (i <= last && i <= 9); i++)
		buf_add_char(out, (char)('0' + i));
	buf_add_cstr(out, "]\\d)");
}

int
datedir_expand(
    struct buf *out, struct slice s, enum datedir to, int year, bool *icase, struct diag *d)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++) {
		const struct directive *dir;

		if (s.p[i] != '%') {
			buf_add_char(out, s.p[i]);
			continue;
		}
		if (i + 1 < s.n && s.p[i + 1] == '%') {
			buf_add_char(out, s.p[++i]);
			continue;
		}
		dir = directive_find(slice_from(s, i + 1));
		if (dir == NULL)
			return bad_directive(s, i + 1, count, d);
		if (to == DATEDIR_NAME)
			buf_add_cstr(out, dir->name);
		else if (dir->regex != NULL)
			buf_add_cstr(out, dir->regex);
		else
			add_recent_year(out, year);
		*icase |= dir->icase;
		i += slice_cstr(dir->key).n;
		count++;
	}
	return 0;
}
