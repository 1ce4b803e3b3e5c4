#include "scan/session.h"

#include "util/mem.h"

void
session_table_init(struct session_table *t)
{
	table_init(&t->by_id);
	list_init(&t->order);
	t->next_expiry = (struct instant){INT64_MIN};
	t->spare = NULL;
}

static void
session_drop(struct session_table *t, struct session *s)
{
	session_take(t, s);
	session_free(t, s);
}

void
session_table_done(struct session_table *t)
{
	LIST_EACH(link, &t->order)
		session_drop(t, LIST_ITEM(link, struct session, link));
	mem_free(t->spare);
	table_done(&t->by_id);
}

static bool
expired(const struct session *s, struct instant now)
{
	return instant_before(instant_add(s->set, SESSION_LIFE), now);
}

static struct slice
kept(struct slice s)
{
	return slice_upto(s, SESSION_TEXT_MAX);
}

struct session *
session_get(struct session_table *t, struct slice id, struct instant now)
{
	struct session *s = table_get(&t->by_id, kept(id));

	if (s != NULL && expired(s, now)) {
		session_drop(t, s);
		return NULL;
	}
	return s;
}

/* Drops what has expired, unless nothing can have since the last time. */
static void
sweep(struct session_table *t, struct instant now)
{
	struct instant next = instant_add(now, SESSION_LIFE);

	if (instant_before(now, t->next_expiry))
		return;
	LIST_EACH(link, &t->order)
	{
		struct session *s = LIST_ITEM(link, struct session, link);
		struct instant expiry = instant_add(s->set, SESSION_LIFE);

		if (expired(s, now))
			session_drop(t, s);
		else if (instant_before(expiry, next))
			next = expiry;
	}
	t->next_expiry = next;
}

/* Makes room for one more: what has expired goes, else the first that came. */
static void
make_room(struct session_table *t, struct instant now)
{
	if (t->by_id.n < SESSIONS_MAX)
		return;
	sweep(t, now);
	if (t->by_id.n >= SESSIONS_MAX)
		session_drop(t, LIST_ITEM(t->order.next, struct session, link));
}

static struct slice
copy(struct slice s)
{
	s = kept(s);
	return slice_of(mem_copy(s.p, s.n), s.n);
}

static void
slice_free(struct slice s)
{
	mem_free((char *)(uintptr_t)s.p);
}

struct session *
session_new(struct session_table *t, struct slice id, bool cached, struct instant now)
{
	/* Its arrays are long, and what is in them is counted. */
	struct session *s = t->spare != NULL ? t->spare : mem_grow(NULL, 1, sizeof(*s));

	t->spare = NULL;
	s->id = copy(id);
	s->set = now;
	s->cached = cached;
	s->nofail = s->pending = false;
	s->attr_count = s->user_count = s->user_bytes = s->users_at = 0;
	s->before = s->matches = (struct session_lines){0};
	list_init(&s->link);
	if (!cached)
		return s;
	make_room(t, now);
	if (instant_before(instant_add(now, SESSION_LIFE), t->next_expiry))
		t->next_expiry = instant_add(now, SESSION_LIFE);
	list_append(&t->order, &s->link);
	(void)table_put(&t->by_id, s->id, s);
	return s;
}

void
session_take(struct session_table *t, struct session *s)
{
	if (!s->cached)
		return;
	list_remove(&s->link);
	(void)table_take(&t->by_id, s->id);
	s->cached = false;
}

void
session_free(struct session_table *t, struct session *s)
{
	for (size_t i = 0; i < s->attr_count; i++)
		slice_free(s->attrs[i].name);
	for (size_t i = 0; i < s->user_count; i++)
		slice_free(s->users[i]);
	session_lines_clear(&s->before);
	session_lines_clear(&s->matches);
	mem_free(s->before.v);
	mem_free(s->matches.v);
	slice_free(s->id);
	mem_free(t->spare);
	t->spare = s;
}

/* In one block, that begins with the name. */
static struct door_attr
copy_attr(const struct door_attr *attr)
{
	struct slice value = kept(attr->value);
	char *p = mem_alloc(attr->name.n + value.n + 1);

	(void)slice_put(slice_put(p, attr->name), value);
	return (struct door_attr){{p, attr->name.n}, {p + attr->name.n, value.n}, false};
}

void
session_set(struct session *s, const struct door_attr *attr)
{
	struct door_attr new;
	size_t i = 0;

	if (attr->absent)
		return;
	while (i < s->attr_count && !slice_eq(s->attrs[i].name, attr->name))
		i++;
	if (i == DOOR_ATTRS_MAX)
		return;
	new = copy_attr(attr);
	if (i < s->attr_count)
		slice_free(s->attrs[i].name);
	else
		s->attr_count++;
	s->attrs[i] = new;
}

void
session_add_user(struct session *s, struct slice user)
{
	for (size_t i = 0; i < s->user_count; i++) {
		if (slice_eq(s->users[i], kept(user)))
			return;
	}
	/* It matters whether there is more than one. */
	if (s->user_count >= 2) {
		if (s->user_count == SESSION_USERS_MAX || user.n > SESSION_USERS_BYTES_MAX - s->user_bytes)
			return;
		s->user_bytes += user.n;
	}
	s->users[s->user_count++] = copy(user);
}

static size_t
line_bytes(const struct door_line *line)
{
	return line->before.n + line->date.n + line->after.n;
}

static void
drop_first_line(struct session_lines *lines)
{
	lines->bytes -= line_bytes(&lines->v[0]);
	slice_free(lines->v[0].before);
	lines->count--;
	memmove(lines->v, lines->v + 1, lines->count * sizeof(*lines->v));
}

static void
lines_append(struct session_lines *lines, const struct door_line *owned)
{
	while (lines->count > 0 && (lines->count >= DOOR_LINES_MAX ||
				       lines->bytes + line_bytes(owned) > SESSION_BYTES_MAX))
		drop_first_line(lines);
	lines->v = mem_room(lines->v, lines->count, &lines->cap, sizeof(*lines->v), 4);
	lines->v[lines->count++] = *owned;
	lines->bytes += line_bytes(owned);
}

void
session_lines_add(struct session_lines *lines, const struct door_line *line)
{
	const struct door_line part = {kept(line->before), kept(line->date), kept(line->after)};
	char *p = mem_alloc(line_bytes(&part) + 1);
	struct door_line owned = {
	    {p, part.before.n},
	    {p + part.before.n, part.date.n},
	    {p + part.before.n + part.date.n, part.after.n},
	};

	(void)slice_put(slice_put(slice_put(p, part.before), part.date), part.after);
	lines_append(lines, &owned);
}

void
session_lines_clear(struct session_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		slice_free(lines->v[i].before);
	lines->count = 0;
	lines->bytes = 0;
}

void
session_lines_move(struct session_lines *to, struct session_lines *from)
{
	for (size_t i = 0; i < from->count; i++)
		lines_append(to, &from->v[i]);
	from->count = 0;
	from->bytes = 0;
}
