#include "action/direct.h"

#include "action/nft.h"
#include "action/nftform.h"
#include "action/script.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Commands that may have a form; the rest is not asked for often. */
enum { COMMAND_BAN, COMMAND_UNBAN, COMMAND_REBAN, COMMANDS };

static const struct slice commands[COMMANDS] = {
    [COMMAND_BAN] = {"actionban", 9},
    [COMMAND_UNBAN] = {"actionunban", 11},
    [COMMAND_REBAN] = {"actionreban", 11},
};

/* Sets that one transaction may change; an action has one for each family. */
#define SETS_MAX 64

struct form {
	enum direct_kind kind;
	bool add;
	struct nft_set_name set;
};

struct direct {
	unsigned revision;	/* of the properties that this was made from */
	bool norestored;
	struct form forms[COMMANDS][FAMILY_COUNT];
};

bool
direct_enabled(void)
{
	const char *setting = getenv("F2B_FASTPATH");

	if (script_simulates())
		return false;
	return setting == NULL || !slice_eq_nocase(slice_cstr(setting), SLICE("off"));
}

/* Finding the form of a command: its text for somebody who is nobody else. */

struct sample {
	struct tag_source source;
	enum family family;
	struct slice ip;
	unsigned ips;	/* how often it was asked for */
};

/* A tag with another value of the ticket is not answered, and stays as what no form has in it. */
static bool
sample_value(struct tag_source *source, struct slice tag, struct buf *out)
{
	struct sample *s = (struct sample *)source;	/* source is its first member */

	if (slice_eq(tag, SLICE("family"))) {
		buf_add(out, family_text(s->family));
		return true;
	}
	if (!slice_eq(tag, SLICE("ip")))
		return false;
	s->ips++;
	buf_add(out, s->ip);
	return true;
}

static void
form_parse(struct form *f, struct slice script, const struct sample *s)
{
	struct nft_form nft;
	char text[ADDR_TEXT_MAX];

	if (s->ips != 1 || !nftform_parse(script, &nft) ||
	    !slice_eq(addr_text(&nft.addr, text), s->ip))
		return;
	*f = (struct form){DIRECT_NFT, nft.add, nft.set};
}

static void
form_find(struct form *f, const struct entry *e, struct slice command, enum family family)
{
	struct sample s = {.source = {sample_value},
	    .family = family,
	    .ip = family == FAMILY_INET4 ? SLICE("192.0.2.1") : SLICE("2001:db8::1")};
	struct slice value = SLICE_EMPTY;
	struct tag_command c;
	struct buf text;
	struct diag d;

	*f = (struct form){0};
	diag_init(&d);
	(void)entry_get_for(e, command, family, &value);
	buf_init(&text, TAG_TEXT_MAX);
	tag_command_init(&c);
	if (tag_static(&text, e, command, value, family, &d) == 0 &&
	    tag_dynamic(&c, buf_slice(&text), &s.source, &d) == 0 && c.count == 0)
		form_parse(f, buf_slice(&c.script), &s);
	tag_command_done(&c);
	buf_done(&text);
}

static struct direct *
direct_get(struct entry *e)
{
	struct direct *d = e->direct;

	if (d == NULL)
		d = e->direct = MEM_NEW(struct direct);
	if (d->revision == e->revision)
		return d;
	d->revision = e->revision;
	d->norestored = entry_flag(e, SLICE("norestored"), false);
	for (size_t c = 0; c < COMMANDS; c++)
		for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++) {
			bool again = c == COMMAND_REBAN && entry_has(e, commands[c]);

			form_find(&d->forms[c][f], e,
			    commands[c == COMMAND_REBAN && !again ? COMMAND_BAN : c], f);
		}
	return d;
}

/* Items. */

static const struct form *
item_form(const struct direct_item *item)
{
	static const size_t of_event[] = {[EVENT_START] = COMMANDS,
	    [EVENT_BAN] = COMMAND_BAN,
	    [EVENT_UNBAN] = COMMAND_UNBAN,
	    [EVENT_REBAN] = COMMAND_REBAN,
	    [EVENT_PROLONG] = COMMANDS,
	    [EVENT_FLUSH] = COMMANDS,
	    [EVENT_LAST_FLUSH] = COMMANDS,
	    [EVENT_RELOAD] = COMMANDS,
	    [EVENT_STOP] = COMMANDS};
	size_t command = of_event[item->event];
	const struct direct *d;

	if (command == COMMANDS || item->ticket == NULL || !direct_enabled())
		return NULL;
	d = direct_get(item->entry);
	/* Whom nothing is done for, that is the shell's affair. */
	if (item->ticket->restored && d->norestored && command != COMMAND_UNBAN)
		return NULL;
	return &d->forms[command][info_family(item->ticket)];
}

enum direct_kind
direct_kind(const struct direct_item *item)
{
	const struct form *f = item_form(item);
	unsigned state, needed = item->event == EVENT_UNBAN ? ENTRY_ITEMS : ENTRY_STARTED;
	char text[ADDR_TEXT_MAX];

	if (f == NULL || f->kind == DIRECT_NONE)
		return DIRECT_NONE;
	state = item->entry->state[info_family(item->ticket)];
	if ((state & needed) == 0)
		return DIRECT_NONE;
	/* The command has the text of the address in it, which may be another spelling. */
	if (!slice_eq(item->ticket->ip, addr_text(&item->ticket->addr, text)))
		return DIRECT_NONE;
	return f->kind;
}

/* A transaction. */

struct known_set {
	const struct nft_set_name *name;
	struct nft_set_kind kind;
};

struct transaction {
	struct nft_change *changes;
	struct known_set sets[SETS_MAX];
	size_t set_count;
};

/* What the set is now: somebody may have made it anew. */
static int
set_find(struct nft *n, struct transaction *t, const struct nft_set_name *name,
    const struct nft_set_kind **kind)
{
	struct known_set *s;
	int r;

	for (size_t i = 0; i < t->set_count; i++)
		if (t->sets[i].name == name) {
			*kind = &t->sets[i].kind;
			return 0;
		}
	if (t->set_count == SETS_MAX)
		return -E2BIG;
	s = &t->sets[t->set_count];
	r = nft_set_kind(n, name, &s->kind);
	if (r < 0)
		return r;
	s->name = name;
	t->set_count++;
	*kind = &s->kind;
	return 0;
}

static int
change_make(struct nft *n, struct transaction *t, const struct direct_item *item,
    struct nft_change *c)
{
	const struct form *f = item_form(item);
	int r;

	*c = (struct nft_change){.set = &f->set, .add = f->add, .addr = item->ticket->addr};
	r = set_find(n, t, &f->set, &c->kind);
	if (r < 0)
		return r;
	/* A network in a set of single addresses is nft's to refuse, in its words. */
	if (!nft_set_takes(c->kind, c->addr.family) ||
	    ((c->kind->flags & NFT_SET_INTERVAL) == 0 && addr_network(&c->addr)))
		return -EINVAL;
	return 0;
}

static int
commit_nft(struct nft *n, const struct direct_item *items, size_t count, size_t *failed)
{
	struct transaction t = {.changes = mem_array(count, sizeof(struct nft_change))};
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		r = change_make(n, &t, &items[i], &t.changes[i]);
		*failed = i;
	}
	if (r == 0)
		r = nft_elements(n, t.changes, count, failed);
	/* Lost answers tell nothing; doing it again does no harm. */
	if (r == -ENOBUFS)
		r = nft_elements(n, t.changes, count, failed);
	mem_free(t.changes);
	return r;
}

int
direct_commit(struct runner *r, enum direct_kind kind, const struct direct_item *items,
    size_t count, size_t *failed)
{
	int error = r->nft == NULL ? nft_share(&r->nft) : 0;

	assert(kind == DIRECT_NFT);
	*failed = count;
	if (error == 0)
		error = commit_nft(r->nft, items, count, failed);
	for (size_t i = 0; i < count && error == 0; i++)
		if (items[i].event != EVENT_UNBAN)
			items[i].entry->state[info_family(items[i].ticket)] |=
			    ENTRY_STARTED | ENTRY_ITEMS;
	return error;
}
