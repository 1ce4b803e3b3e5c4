/*
 * Data of a stored ban that may be anything. Claims: it makes a ticket within the caps; what we
 * write of that ticket is read again as the same ticket; and so from then on; and it makes no difference
 * whether it has the plain form, which a blank behind it ends.
 */
#include "store/row.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MATCHES 10

static void
same_ticket(const struct ticket *a, const struct ticket *b)
{
	struct details_attr x, y;
	size_t x_at = 0, y_at = 0;

	assert(slice_eq(ticket_ip(a), ticket_ip(b)) && a->failures == b->failures);
	assert(ticket_match_count(a) == ticket_match_count(b) &&
	       details_attr_count(a->more) == details_attr_count(b->more));
	for (size_t i = 0; i < ticket_match_count(a); i++)
		assert(slice_eq(ticket_match(a, i), ticket_match(b, i)));
	while (ticket_next_attr(a, &x_at, &x) && ticket_next_attr(b, &y_at, &y))
		assert(slice_eq(x.name, y.name) && slice_eq(x.value, y.value));
}

static void
plain_or_not(struct slice json)
{
	struct slice id = SLICE("192.0.2.1");
	struct ticket *t = row_ticket(id, INSTANT_S(1), json, MATCHES), *other;
	struct buf text;

	buf_init(&text, 2 * ROW_DATA_MAX);
	buf_add(&text, json);
	buf_add_char(&text, ' ');
	other = row_ticket(id, INSTANT_S(1), buf_slice(&text), MATCHES);
	if (text.n <= ROW_DATA_MAX)
		same_ticket(t, other);
	buf_done(&text);
	ticket_unref(t);
	ticket_unref(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice json = slice_of((const char *)data, size);
	struct ticket *t = row_ticket(SLICE("user"), INSTANT_S(1), json, MATCHES), *again, *third;
	struct buf once, twice;

	assert(ticket_match_count(t) <= MATCHES && details_attr_count(t->more) <= DOOR_ATTRS_MAX);
	buf_init(&once, 8 * ROW_DATA_MAX);
	buf_init(&twice, 8 * ROW_DATA_MAX);
	row_format(&once, t, MATCHES);
	again = row_ticket(SLICE("user"), INSTANT_S(1), buf_slice(&once), MATCHES);
	if (once.n <= ROW_DATA_MAX && !buf_refused(&once)) {
		same_ticket(t, again);
		row_format(&twice, again, MATCHES);
		assert(slice_eq(buf_slice(&once), buf_slice(&twice)));
		third = row_ticket(SLICE("user"), INSTANT_S(1), buf_slice(&twice), MATCHES);
		same_ticket(again, third);
		ticket_unref(third);
	}
	plain_or_not(json);
	buf_done(&once);
	buf_done(&twice);
	ticket_unref(t);
	ticket_unref(again);
	return 0;
}
