#include "client/grid.h"

#include "util/escape.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>

void
grid_init(struct grid *g, const struct grid_column *columns, size_t count)
{
	*g = (struct grid){.columns = columns, .column_count = count};
	arena_init(&g->arena);
}

void
grid_done(struct grid *g)
{
	mem_free(g->rows);
	arena_done(&g->arena);
}

void
grid_row(struct grid *g)
{
	g->rows = mem_room(g->rows, g->row_count, &g->row_cap, sizeof(*g->rows), 32);
	g->rows[g->row_count++] = arena_array(&g->arena, g->column_count, sizeof(struct grid_cell));
	g->filled = 0;
}

static void
add_cell(struct grid *g, struct slice text, double key)
{
	assert(g->row_count > 0 && g->filled < g->column_count);
	g->rows[g->row_count - 1][g->filled++] = (struct grid_cell){text, key};
}

struct slice
grid_cut(struct slice s, size_t n)
{
	size_t bytes = 0;
	uint32_t code;

	for (; n > 0 && bytes < s.n; n--) {
		size_t one = utf8_next(slice_from(s, bytes), &code);

		bytes += one > 0 ? one : 1;
	}
	return slice_upto(s, bytes);
}

void
grid_text(struct grid *g, struct slice text)
{
	struct buf shown;

	buf_init(&shown, (size_t)16 * GRID_WIDTH_MAX);
	escape_format(&shown, slice_upto(text, 4 * GRID_WIDTH_MAX));
	/* A tab has no width of its own. */
	for (size_t i = 0; i < shown.n; i++)
		if (shown.p[i] == '\t')
			shown.p[i] = ' ';
	add_cell(g, arena_copy(&g->arena, grid_cut(buf_slice(&shown), GRID_WIDTH_MAX)), 0);
	buf_done(&shown);
}

void
grid_number(struct grid *g, double key, const char *format, ...)
{
	struct buf text;
	va_list args;

	buf_init(&text, 4 * GRID_WIDTH_MAX);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	add_cell(g, arena_copy(&g->arena, buf_slice(&text)), key);
	buf_done(&text);
}

int
grid_column(const struct grid *g, struct slice title)
{
	for (size_t i = 0; i < g->column_count; i++)
		if (slice_eq_nocase(title, slice_cstr(g->columns[i].title)))
			return (int)i;
	return -ENOENT;
}

static bool
comes_before(
    const struct grid *g, const struct grid_cell *a, const struct grid_cell *b, size_t column)
{
	if (g->columns[column].number)
		return a[column].key > b[column].key;
	return slice_cmp(a[column].text, b[column].text) < 0;
}

/* Merges halves that are sorted; there may be as many rows as there are bans. */
static void
merge_sort(struct grid *g, struct grid_cell **v, struct grid_cell **room, size_t n, size_t column)
{
	size_t half = n / 2, a = 0, b = half;

	if (n < 2)
		return;
	merge_sort(g, v, room, half, column);
	merge_sort(g, v + half, room, n - half, column);
	for (size_t i = 0; i < n; i++) {
		bool second = a == half || (b < n && comes_before(g, v[b], v[a], column));

		room[i] = second ? v[b++] : v[a++];
	}
	memcpy(v, room, n * sizeof(*v));
}

void
grid_sort(struct grid *g, size_t column)
{
	struct grid_cell **room = mem_array(g->row_count + 1, sizeof(*room));

	assert(column < g->column_count);
	merge_sort(g, g->rows, room, g->row_count, column);
	mem_free(room);
}

static void
pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, ' ');
}

static void
format_cell(struct buf *out, const struct grid *g, size_t column, struct slice text, size_t width)
{
	size_t empty = width - utf8_count(text);
	bool last = column + 1 == g->column_count;

	if (column > 0)
		buf_add_cstr(out, "  ");
	if (g->columns[column].number)
		pad(out, empty);
	buf_add(out, text);
	if (!g->columns[column].number && !last)
		pad(out, empty);
	if (last)
		buf_add_char(out, '\n');
}

void
grid_format(struct buf *out, const struct grid *g, size_t max_rows)
{
	size_t shown = g->row_count < max_rows ? g->row_count : max_rows;
	size_t *widths = mem_array(g->column_count, sizeof(*widths));

	for (size_t c = 0; c < g->column_count; c++) {
		widths[c] = strlen(g->columns[c].title);
		for (size_t r = 0; r < shown; r++) {
			size_t w = utf8_count(g->rows[r][c].text);

			widths[c] = w > widths[c] ? w : widths[c];
		}
	}
	for (size_t c = 0; c < g->column_count; c++)
		format_cell(out, g, c, slice_cstr(g->columns[c].title), widths[c]);
	for (size_t r = 0; r < shown; r++)
		for (size_t c = 0; c < g->column_count; c++)
			format_cell(out, g, c, g->rows[r][c].text, widths[c]);
	mem_free(widths);
}
