#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "scan/date.h"
#include "util/escape.h"

/*
 * The input is a datepattern, a NUL, and lines. Claims: what is cut out lies in the line, a moment
 * is within the years that have four digits, and two detectors that saw the same say the same.
 */
#define NOW INSTANT_S(1773140400)
#define EARLIEST_US (INT64_C(-62135683200) * US_PER_S) /* half a day before the year 1 */
#define LATEST_US (INT64_C(253402387200) * US_PER_S)   /* a day after the year 9999 */
#define PATTERN_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct date_detector *dd, struct date_detector *twin, struct slice line)
{
	struct date_match m, n;
	bool found = date_find(dd, line, utf8_ascii(line) == line.n, NOW, &m);

	assert(date_find(twin, line, utf8_ascii(line) == line.n, NOW, &n) == found);
	if (!found)
		return;
	assert(m.start <= m.end && m.end <= line.n);
	assert(m.empty == (m.start == m.end));
	assert(m.template <date_template_count(dd));
	assert(m.start == n.start && m.end == n.end && m.valid == n.valid);
	if (!m.valid)
		return;
	assert(m.when.us == n.when.us);
	assert(m.when.us >= EARLIEST_US && m.when.us <= LATEST_US);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size), pattern, line;
	struct date_detector *dd, *twin;

	if (!slice_next(&in, '\0', &pattern) || pattern.n > PATTERN_MAX)
		return 0;
	if (date_detector_new(&dd, pattern, (struct place){0}, NULL) < 0)
		return 0;
	assert(date_detector_new(&twin, pattern, (struct place){0}, NULL) == 0);
	while (slice_next(&in, '\n', &line))
		check(dd, twin, line);
	date_detector_free(twin);
	date_detector_free(dd);
	return 0;
}
