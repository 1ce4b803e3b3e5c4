/*
 * A mail of any parts, which stand in the input with a NUL between them: the sender's name and address,
 * recipients, subject, and the body. Claims: it is lines of ASCII that end with CR LF and are as long as
 * RFC 5322 allows; its headers are ours; and the body of an encoded one comes back.
 */
#include "action/letter.h"

#include <assert.h>

#define LETTER_MAX ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes a line; false behind the last. */
static bool
take_line(struct slice *rest, struct slice *line)
{
	if (!slice_next(rest, '\n', line))
		return false;
	assert(slice_ends(*line, SLICE("\r")));
	*line = slice_upto(*line, line->n - 1);
	assert(line->n <= 998);
	for (size_t i = 0; i < line->n; i++)
		assert((line->p[i] >= ' ' && line->p[i] <= '~') || line->p[i] == '\t');
	return true;
}

static unsigned
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = memchr(digits, c, sizeof(digits) - 1);

	assert(found != NULL);
	return (unsigned)(found - digits);
}

static void
add_decoded(struct buf *out, struct slice line)
{
	assert(line.n % 4 == 0);
	for (; line.n > 0; line = slice_from(line, 4)) {
		size_t n = line.p[3] != '=' ? 3 : line.p[2] != '=' ? 2 : 1;
		unsigned long v = 0;

		for (size_t i = 0; i < 4; i++)
			v = v << 6 | (i <= n ? digit(line.p[i]) : 0);
		for (size_t i = 0; i < n; i++)
			buf_add_char(out, (char)(v >> (16 - 8 * i) & 0xff));
	}
}

static void
check_headers(struct slice *rest, bool *encoded)
{
	static const char *const names[] = {"Content-Type: ", "Content-Transfer-Encoding: ",
	    "MIME-Version: ", "Subject: ", "From: ", "To: ", "Date: "};
	struct slice line;
	size_t seen = 0;

	while (take_line(rest, &line) && line.n > 0) {
		if (line.p[0] == ' ') {
			assert(seen > 0);
			continue;
		}
		assert(seen < sizeof(names) / sizeof(names[0]));
		assert(slice_starts(line, slice_cstr(names[seen])));
		*encoded = *encoded || slice_eq(line, SLICE("Content-Transfer-Encoding: base64"));
		seen++;
	}
	assert(seen == sizeof(names) / sizeof(names[0]));
}

static void
check_letter(struct slice text, struct slice body)
{
	bool encoded = false;
	struct slice line;
	struct buf got;

	buf_init(&got, LETTER_MAX);
	check_headers(&text, &encoded);
	while (take_line(&text, &line)) {
		if (encoded) {
			add_decoded(&got, line);
		} else {
			buf_add(&got, line);
			buf_add_char(&got, '\n');
		}
	}
	if (!encoded && body.n > 0 && !slice_ends(body, SLICE("\n")))
		buf_cut(&got, got.n - 1);
	assert(slice_eq(buf_slice(&got), body));
	buf_done(&got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size), parts[4];
	struct letter l;
	struct buf out;

	if (size > 20000)
		return 0;
	for (size_t i = 0; i < 4; i++)
		if (!slice_next(&rest, '\0', &parts[i]))
			parts[i] = SLICE_EMPTY;
	l = (struct letter){parts[0], parts[1], parts[2], parts[3], rest, INSTANT_S(1795819755)};
	buf_init(&out, LETTER_MAX);
	letter_format(&out, &l);
	assert(!buf_refused(&out));
	check_letter(buf_slice(&out), l.body);
	buf_clear(&out);
	letter_recipients(&out, l.to);
	buf_done(&out);
	return 0;
}
