#include "store/changesort.h"

#include "util/mem.h"

/* A change with the start of its id, so that most are compared without a look at them. */
struct sortable {
	uint64_t start;
	size_t place; /* before it was sorted */
	struct change *change;
};

/* Whether it is about one id, and so can change places with those of others. */
static bool
is_sortable(const struct change *c)
{
	return (c->query == ADD_BAN || c->query == DEL_BAN) && c->text_n > 0;
}

/* Such that numbers have the order of texts. */
static uint64_t
start_of(struct slice id)
{
	uint64_t start = 0;

	for (size_t i = 0; i < sizeof(start); i++)
		start = start << 8 | (i < id.n ? (unsigned char)id.p[i] : 0);
	return start;
}

static int
compare(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int order = x->start < y->start ? -1 : x->start > y->start;

	if (order == 0)
		order = slice_cmp(change_text(x->change), change_text(y->change));
	return order != 0 ? order : x->place < y->place ? -1 : 1;
}

void
changes_sort(struct list *changes, size_t n)
{
	struct sortable *run = mem_array(n, sizeof(*run));
	struct list *at = changes->next;

	while (at != changes) {
		size_t count = 0;

		for (; at != changes; at = at->next, count++) {
			struct change *c = LIST_ITEM(at, struct change, link);

			if (!is_sortable(c))
				break;
			run[count] = (struct sortable){start_of(change_text(c)), count, c};
		}
		if (count > 1)
			qsort(run, count, sizeof(*run), compare);
		/* at is the first behind the run. */
		for (size_t i = 0; i < count; i++) {
			list_remove(&run[i].change->link);
			list_append(at, &run[i].change->link);
		}
		at = at != changes ? at->next : at;
	}
	mem_free(run);
}
