#include "client/stats.h"

#include "compat/pyrepr.h"
#include "util/escape.h"

#define COLUMNS 6 /* jail, backend, failures now and ever, bans now and ever */

static void
add_repeated(struct buf *out, const char *piece, size_t count)
{
	while (count-- > 0)
		buf_add_cstr(out, piece);
}

/* A row [backend, (now, ever), (now, ever)] and its name, as texts. */
static bool
row_cells(const struct value *name, const struct value *row, const struct value *cells[COLUMNS])
{
	cells[0] = name;
	cells[1] = value_at(row, 0);
	for (size_t i = 0; i < 2; i++) {
		cells[2 + 2 * i] = value_at(value_at(row, 1 + i), 0);
		cells[3 + 2 * i] = value_at(value_at(row, 1 + i), 1);
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		if (cells[i] == NULL)
			return false;
	}
	return true;
}

static void
add_cell(struct buf *out, struct slice text, size_t width, bool right)
{
	size_t n = utf8_count(text), gap = width > n ? width - n : 0;

	add_repeated(out, " ", right ? gap : 0);
	buf_add(out, text);
	add_repeated(out, " ", right ? 0 : gap);
}

static void
add_row(struct buf *out, const struct slice cells[COLUMNS], const size_t width[COLUMNS])
{
	static const char *const before[COLUMNS] = {" ", " ║ ", " ║ ", " │ ", " ║ ", " │ "};

	for (size_t i = 0; i < COLUMNS; i++) {
		buf_add_cstr(out, before[i]);
		add_cell(out, cells[i], width[i], i >= 2);
	}
}

static void
add_rule(struct buf *out, const size_t width[COLUMNS], const char *crossing)
{
	size_t spans[] = {
	    width[0] + 2, width[1] + 2, width[2] + width[3] + 5, width[4] + width[5] + 5};

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		if (i > 0)
			buf_add_cstr(out, crossing);
		add_repeated(out, "═", spans[i]);
	}
}

static void
add_head(struct buf *out, const size_t width[COLUMNS])
{
	static const struct slice last[COLUMNS] = {
	    {"", 0}, {"", 0}, {"cur", 3}, {"tot", 3}, {"cur", 3}, {"tot", 3}};

	buf_add_char(out, ' ');
	add_repeated(out, " ", width[0]);
	buf_add_cstr(out, " ║ ");
	add_repeated(out, " ", width[1]);
	buf_add_cstr(out, " ║ ");
	add_cell(out, SLICE("Filter"), width[2] + width[3] + 3, false);
	buf_add_cstr(out, " ║ ");
	add_cell(out, SLICE("Actions"), width[4] + width[5] + 3, false);
	buf_add_cstr(out, "\n ");
	add_cell(out, SLICE("Jail"), width[0], false);
	buf_add_cstr(out, " ║ ");
	add_cell(out, SLICE("Backend"), width[1], false);
	buf_add_cstr(out, " ╟");
	add_repeated(out, "─", width[2] + width[3] + 5);
	buf_add_cstr(out, "╫");
	add_repeated(out, "─", width[4] + width[5] + 5);
	buf_add_char(out, '\n');
	add_row(out, last, width);
	buf_add_char(out, '\n');
	add_rule(out, width, "╬");
}

/* The texts of a row; they lie one behind the other in scratch. */
static bool
row_texts(struct buf *scratch, const struct value *map, size_t at, struct slice out[COLUMNS])
{
	const struct value *cells[COLUMNS];
	size_t ends[COLUMNS], begin = 0;

	buf_clear(scratch);
	if (!row_cells(map->seq.items[at], map->seq.items[at + 1], cells))
		return false;
	for (size_t i = 0; i < COLUMNS; i++) {
		pyrepr_str(scratch, cells[i]);
		ends[i] = scratch->n;
	}
	for (size_t i = 0; i < COLUMNS; begin = ends[i++])
		out[i] = slice_of(buf_cstr(scratch) + begin, ends[i] - begin);
	return true;
}

void
stats_format(struct buf *out, const struct value *jails)
{
	size_t width[COLUMNS] = {8, 8, 3, 3, 3, 3};
	struct slice cells[COLUMNS];
	struct buf scratch;

	if (value_count(jails) == 0) {
		buf_add_cstr(out, "No jails found.");
		return;
	}
	buf_init(&scratch, out->max_bytes);
	for (size_t i = 0; i + 1 < jails->seq.count; i += 2) {
		if (!row_texts(&scratch, jails, i, cells))
			continue;
		for (size_t k = 0; k < COLUMNS; k++) {
			if (utf8_count(cells[k]) > width[k])
				width[k] = utf8_count(cells[k]);
		}
	}
	add_head(out, width);
	for (size_t i = 0; i + 1 < jails->seq.count; i += 2) {
		if (!row_texts(&scratch, jails, i, cells))
			continue;
		buf_add_char(out, '\n');
		add_row(out, cells, width);
	}
	buf_add_char(out, '\n');
	add_rule(out, width, "╩");
	buf_done(&scratch);
}
