#include "action/direct.h"

#include "action/form.h"
#include "action/ipsetcompare.h"
#include "action/iptrule.h"
#include "action/nftcompare.h"
#include "action/nftmod.h"
#include "action/script.h"
#include "config/programs.h"
#include "util/log.h"
#include "util/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Commands that may have a form; the rest is not asked for often. */
enum { COMMAND_NONE, COMMAND_BAN, COMMAND_UNBAN, COMMAND_REBAN, COMMANDS };

static const struct slice commands[COMMANDS] = {
    [COMMAND_BAN] = {"actionban", 9},
    [COMMAND_UNBAN] = {"actionunban", 11},
    [COMMAND_REBAN] = {"actionreban", 11},
};

/* Sets that one transaction may change; an action has one or two for each family. */
#define SETS_MAX 64

/* A transaction that always comes too late is left to a command. */
#define TRIES_MAX 20

/* Of one who is banned again: to add, delete and add. */
#define CHANGES_OF_REBAN 3

/* Rules that one program is given: as one argument of a command, which the kernel limits. */
#define RULES_MAX ((size_t)1000)
#define RULES_BYTES_MAX ((size_t)120 * 1024)

/* How often a rule of iptables is looked at in vain. */
#define LESSONS_MAX 3

/* Stands for the ban time where a command's form is found. */
#define SAMPLE_SECONDS 4242
#define SAMPLE_SECONDS_TEXT SLICE("4242")

struct known {
	struct form form;
	bool own_time;	/* the ticket's ban time takes the place of form.timeout_s */
};

struct direct {
	unsigned revision;	/* of the properties that this was made from */
	bool norestored;
	bool module;	/* it has no commands, but nftmod.h */
	struct known commands[COMMANDS][FAMILY_COUNT];
	struct iptrule rules[FAMILY_COUNT];	/* of iptables' bans, once it has made one */
	unsigned lessons[FAMILY_COUNT];
};

static bool set_off;

void
direct_set(bool on)
{
	set_off = !on;
}

/* Read once: to walk through the environment for each ban takes as long as much else that is done for it. */
static bool
environment_allows(void)
{
	static enum { UNREAD, ON, OFF } found;
	const char *setting;

	if (found == UNREAD) {
		setting = getenv("F2B_FASTPATH");
		found = setting != NULL && slice_eq_nocase(slice_cstr(setting), SLICE("off")) ? OFF : ON;
	}
	return found == ON;
}

bool
direct_enabled(void)
{
	return !set_off && !script_simulates() && environment_allows();
}

/* Finding the form of a command: its text for somebody who is nobody else. */

struct sample {
	struct tag_source source;
	enum family family;
	struct slice ip;
	unsigned ips, times;	/* how often it, or the ban time, was asked for */
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
	if (slice_eq(tag, SLICE("bantime"))) {
		s->times++;
		buf_add(out, SAMPLE_SECONDS_TEXT);
		return true;
	}
	if (!slice_eq(tag, SLICE("ip")))
		return false;
	s->ips++;
	buf_add(out, s->ip);
	return true;
}

static void
known_parse(struct known *k, struct slice script, const struct sample *s)
{
	char text[ADDR_TEXT_MAX];
	struct slice rest = script, program;
	struct form f;

	if (s->ips != 1 || !form_parse(script, &f) || !slice_eq(addr_text(&f.addr, text), s->ip) ||
	    (s->times > 0 && (!f.timed || f.timeout_s != SAMPLE_SECONDS)))
		return;
	/* A script of that name is there to do something else, or more. */
	if (slice_next_word(&rest, &program) && programs_script(program))
		return;
	*k = (struct known){f, s->times > 0};
}

static void
known_find(struct known *k, const struct entry *e, struct slice command, enum family family)
{
	struct sample s = {.source = {sample_value},
	    .family = family,
	    .ip = family == FAMILY_INET4 ? SLICE("192.0.2.1") : SLICE("2001:db8::1")};
	struct slice value = SLICE_EMPTY;
	struct tag_command c;
	struct buf text;
	struct diag d;

	*k = (struct known){0};
	diag_init(&d);
	(void)entry_get_for(e, command, family, &value);
	buf_init(&text, TAG_TEXT_MAX);
	tag_command_init(&c);
	if (tag_static(&text, e, command, value, family, &d) == 0 &&
	    tag_dynamic(&c, buf_slice(&text), &s.source, &d) == 0 && c.count == 0)
		known_parse(k, buf_slice(&c.script), &s);
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
	*d = (struct direct){.revision = e->revision};
	d->module = nftmod_named(e);
	d->norestored = entry_flag(e, SLICE("norestored"), false);
	for (size_t c = COMMAND_BAN; c < COMMANDS; c++)
		for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++) {
			bool again = c == COMMAND_REBAN && entry_has(e, commands[c]);

			known_find(&d->commands[c][f], e,
			    commands[c == COMMAND_REBAN && !again ? COMMAND_BAN : c], f);
		}
	return d;
}

/* Items. */

static const struct known *
item_known(const struct direct_item *item)
{
	/* Of all other events it is 0, COMMAND_NONE. */
	static const size_t of_event[] = {[EVENT_BAN] = COMMAND_BAN,
	    [EVENT_UNBAN] = COMMAND_UNBAN,
	    [EVENT_REBAN] = COMMAND_REBAN,
	    [EVENT_LOST] = COMMAND_NONE};
	size_t command = of_event[item->event];
	const struct direct *d;

	if (command == COMMAND_NONE || item->ticket == NULL)
		return NULL;
	d = direct_get(item->entry);
	/* Whom nothing is done for is the runner's affair. */
	if (item->ticket->restored && d->norestored && command == COMMAND_BAN)
		return NULL;
	return &d->commands[command][info_family(item->ticket)];
}

static const struct form *
item_form(const struct direct_item *item)
{
	return &item_known(item)->form;
}

/* The timeout of an item in whole seconds; false if its command would be another then. */
static bool
ticket_timeout(
    const struct ticket *t, const struct known *k, struct action_jail *jail, uint32_t *seconds)
{
	double s = (double)k->form.timeout_s;

	if (k->own_time)
		s = t->has_bantime ? t->bantime_s : jail->bantime(jail);
	*seconds = 0;
	if (s < 0)
		return k->form.unending;
	if (s >= (double)IPSET_TIMEOUT_MAX_S + 1)
		return k->form.capped;
	*seconds = (uint32_t)s;
	return true;
}

static bool
item_of_module(const struct direct_item *item)
{
	return item->entry->direct->module;
}

static enum direct_kind
known_kind(const struct direct_item *item, const struct known *k, struct action_jail *jail)
{
	static const enum direct_kind kinds[FORM_KINDS] = {[FORM_NONE] = DIRECT_NONE,
	    [FORM_NFT] = DIRECT_NFT,
	    [FORM_IPSET] = DIRECT_IPSET,
	    [FORM_IPTABLES] = DIRECT_IPTABLES};
	char text[ADDR_TEXT_MAX];
	uint32_t seconds;

	if (k->form.kind == FORM_NONE ||
	    (k->form.timed && !ticket_timeout(item->ticket, k, jail, &seconds)))
		return DIRECT_NONE;
	/* The command has the text of the address in it, which may be another spelling. */
	if (!slice_eq(ticket_ip(item->ticket), addr_text(&item->ticket->addr, text)))
		return DIRECT_NONE;
	/* What a network means to ip_set depends on the set. */
	if (k->form.kind == FORM_IPSET && addr_network(&item->ticket->addr))
		return DIRECT_NONE;
	return kinds[k->form.kind];
}

enum direct_kind
direct_kind(const struct direct_item *item, struct action_jail *jail)
{
	const struct known *k = direct_enabled() ? item_known(item) : NULL;
	unsigned needed = item->event == EVENT_UNBAN ? ENTRY_ITEMS : ENTRY_STARTED;

	if (k == NULL || (item->entry->state[info_family(item->ticket)] & needed) == 0)
		return DIRECT_NONE;
	if (item_of_module(item))
		return nftmod_set(item->entry, item->ticket) != NULL ? DIRECT_NFT : DIRECT_NONE;
	return known_kind(item, k, jail);
}

bool
direct_joins(const struct direct_item *a, const struct direct_item *b)
{
	const struct form *f = item_form(a), *g = item_form(b);

	return f->kind != FORM_IPTABLES || strcmp(f->rule.program, g->rule.program) == 0;
}

size_t
direct_max(enum direct_kind kind)
{
	return kind == DIRECT_IPTABLES ? RULES_MAX : NFT_CHANGES_MAX;
}

/* Elements of nf_tables' sets. */

struct known_set {
	const struct nft_set_name *name;
	struct nft_set_kind kind;
};

struct transaction {
	struct nft_change *changes;
	size_t *of;			/* which item each change is of */
	size_t count;
	struct instant now;
	struct known_set sets[SETS_MAX];
	size_t set_count;
	bool *ended;			/* items that the kernel has done itself; NULL: none */
};

/* What the set is now: somebody may have made it anew, which shows when all is sent. */
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
	r = nft_set_recall(n, name, &s->kind);
	if (r < 0)
		return r;
	s->name = name;
	t->set_count++;
	*kind = &s->kind;
	return 0;
}

static void
put_change(struct transaction *t, size_t index, struct nft_change c)
{
	t->of[t->count] = index;
	t->changes[t->count++] = c;
}

static int
add_changes(struct runner *r, struct transaction *t, const struct direct_item *item, size_t index)
{
	bool module = item_of_module(item);
	struct nft_change c = {.addr = item->ticket->addr};
	int error;

	if (t->ended != NULL && t->ended[index])
		return 0;
	c.set = module ? nftmod_set(item->entry, item->ticket) : &item_form(item)->nft;
	c.add = module ? item->event != EVENT_UNBAN : item_form(item)->add;
	if (module && c.add && nftmod_adopting(item->entry, item->ticket))
		return 0;
	error = set_find(r->nft, t, c.set, &c.kind);
	if (error < 0)
		return error;
	if (!nft_set_takes_addr(c.kind, &c.addr))
		return -EINVAL;
	if (module && c.add && (c.kind->flags & NFT_SET_TIMEOUT) != 0)
		c.timeout_ms = nftcompare_timeout_ms(r->jail, item->ticket, t->now);
	put_change(t, index, c);
	if (item->event == EVENT_REBAN && c.timeout_ms != 0) {
		/* What is there already keeps its end, as most kernels have it: it goes first. */
		c.add = false;
		put_change(t, index, c);
		c.add = true;
		put_change(t, index, c);
	}
	return 0;
}

static int
try_nft(struct runner *r, struct transaction *t, const struct direct_item *items, size_t count,
    size_t *failed)
{
	size_t at;
	int error = 0;

	t->count = t->set_count = 0;
	for (size_t i = 0; i < count && error == 0; i++) {
		error = add_changes(r, t, &items[i], i);
		*failed = i;
	}
	at = t->count;
	if (error == 0 && t->count > 0)
		error = nft_elements_recalled(r->nft, t->changes, t->count, &at);
	else if (error != 0)
		return error;
	*failed = at < t->count ? t->of[at] : count;
	return error;
}

static size_t
changes_max(const struct direct_item *items, size_t count)
{
	size_t n = count;

	for (size_t i = 0; i < count; i++)
		n += items[i].event == EVENT_REBAN ? CHANGES_OF_REBAN - 1 : 0;
	return n;
}

/* Whether one from that on, before the last, bans the last one's address. */
static bool
bans_before(const struct direct_item *items, size_t from, size_t last)
{
	for (size_t i = from; i < last; i++)
		if (items[i].event != EVENT_UNBAN &&
		    addr_eq(&items[i].ticket->addr, &items[last].ticket->addr))
			return true;
	return false;
}

/*
 * The kernel ends the bans of a module by itself, too, if we come late: then many unbans fail, and each
 * transaction that does takes long. So those of the set at fault are left out that are not there. False if
 * that is not why it failed.
 */
static bool
leave_out_ended(struct runner *r, struct transaction *t, const struct direct_item *items, size_t count,
    size_t failed)
{
	const struct nft_set_name *set;
	struct nft_set_kind kind;
	struct nft_elements there;
	bool any = false;

	if (failed == count || items[failed].event != EVENT_UNBAN || !item_of_module(&items[failed]))
		return false;
	set = nftmod_set(items[failed].entry, items[failed].ticket);
	if (nft_set_kind(r->nft, set, &kind) < 0 || nftset_list(r->nft, set, &kind, &there) < 0)
		return false;
	if (t->ended == NULL)
		t->ended = mem_array(count, sizeof(*t->ended));
	for (size_t i = 0, first_ban = count; i < count; i++)
		if (items[i].event != EVENT_UNBAN)
			first_ban = i < first_ban ? i : first_ban;
		else if (item_of_module(&items[i]) && !t->ended[i] &&
		    nftmod_set(items[i].entry, items[i].ticket) == set &&
		    nftset_find(&there, &items[i].ticket->addr) == NULL && !bans_before(items, first_ban, i))
			any = t->ended[i] = true;
	nftset_free(&there);
	return any;
}

/* Where somebody else is busy in nf_tables, what is known has to be asked again now and then. */
static int
commit_nft(struct runner *r, const struct direct_item *items, size_t count, size_t *failed)
{
	struct transaction t = {.now = time_now()};
	size_t max = changes_max(items, count);
	bool lost = false;
	int error = -ERESTART;

	t.changes = mem_array(max, sizeof(*t.changes));
	t.of = mem_array(max, sizeof(*t.of));
	for (unsigned i = 0; i < TRIES_MAX && error == -ERESTART; i++) {
		error = try_nft(r, &t, items, count, failed);
		/* Lost answers tell nothing; doing it again does no harm. */
		if (error == -ENOBUFS && !lost) {
			lost = true;
			error = -ERESTART;
		}
		if (error == -ENOENT && leave_out_ended(r, &t, items, count, *failed))
			error = -ERESTART;
	}
	mem_free(t.changes);
	mem_free(t.of);
	mem_free(t.ended);
	return error;
}

/* Elements of ip_set's sets. */

static int
commit_ipset(struct runner *r, const struct direct_item *items, size_t count, size_t *failed)
{
	struct ipset_change *changes = mem_array(count, sizeof(*changes));
	int error;

	for (size_t i = 0; i < count; i++) {
		const struct known *k = item_known(&items[i]);

		changes[i] = (struct ipset_change){.set = k->form.ipset,
		    .addr = items[i].ticket->addr,
		    .add = k->form.add,
		    .timed = k->form.timed};
		if (k->form.timed)
			(void)ticket_timeout(items[i].ticket, k, r->jail, &changes[i].timeout_s);
	}
	error = ipset_elements(r->ipset, changes, count, failed);
	if (error == -ENOBUFS)
		error = ipset_elements(r->ipset, changes, count, failed);
	mem_free(changes);
	return error;
}

void
direct_done(const struct direct_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ticket *t = items[i].ticket;
		struct entry *e = items[i].entry;

		if (items[i].event == EVENT_UNBAN)
			continue;
		entry_mark(e, info_family(t), ENTRY_STARTED | ENTRY_ITEMS);
		if (t->epoch < e->epoch)
			t->epoch = e->epoch;
	}
}

int
direct_commit(struct runner *r, enum direct_kind kind, const struct direct_item *items,
    size_t count, size_t *failed)
{
	int error = 0;

	*failed = count;
	if (kind == DIRECT_NFT)
		error = r->nft == NULL ? nft_share(&r->nft) : 0;
	else
		error = r->ipset == NULL ? ipset_share(&r->ipset) : 0;
	return error < 0 ? error : (kind == DIRECT_NFT ? commit_nft : commit_ipset)(r, items, count, failed);
}

/* Rules of iptables. */

void
direct_learn(struct runner *r, const struct direct_item *item)
{
	const struct ticket *t = item->ticket;
	enum family family = t != NULL ? info_family(t) : FAMILY_OTHER;
	struct direct *d;

	if (!direct_enabled() || item->event != EVENT_BAN ||
	    (family != FAMILY_INET4 && family != FAMILY_INET6))
		return;
	d = direct_get(item->entry);
	if (direct_rule(item->entry, family) == NULL || d->rules[family].family != 0 ||
	    d->lessons[family] >= LESSONS_MAX)
		return;
	d->lessons[family]++;
	if ((r->nft != NULL || nft_share(&r->nft) == 0) &&
	    iptrule_learn(&d->rules[family], r->nft, &d->commands[COMMAND_BAN][family].form, &t->addr))
		log_write(LEVEL_DEBUG, "actions", "[%.*s] further rules like the one for %.*s need no iptables",
		    SLICE_ARG(r->jail->name), SLICE_ARG(ticket_ip(t)));
}

/* The one like the rule that bans the item, or NULL. */
static const struct iptrule *
item_rule(const struct direct_item *item)
{
	const struct iptrule *rule = &direct_get(item->entry)->rules[info_family(item->ticket)];

	if (item->event != EVENT_BAN || addr_network(&item->ticket->addr) || rule->family == 0)
		return NULL;
	return rule;
}

bool
direct_rules(struct runner *r, const struct direct_item *items, size_t count)
{
	struct nft_batch b;

	for (size_t i = 0; i < count; i++)
		if (item_rule(&items[i]) == NULL)
			return false;
	if (count == 0 || (r->nft == NULL && nft_share(&r->nft) < 0))
		return false;
	nft_batch_begin(&b, r->nft);
	for (size_t i = 0; i < count; i++)
		iptrule_put(item_rule(&items[i]), &b, &items[i].ticket->addr);
	return nft_batch_commit(&b) == 0;
}

static bool
add_rules(struct buf *out, const struct direct_item *items, size_t count)
{
	buf_add_cstr(out, "*filter\n");
	for (size_t i = 0; i < count; i++) {
		const struct form *f = item_form(&items[i]);

		buf_add_cstr(out, f->rule.before);
		buf_add_char(out, ' ');
		buf_add(out, ticket_ip(items[i].ticket));
		buf_add_char(out, ' ');
		buf_add_cstr(out, f->rule.after);
		buf_add_char(out, '\n');
	}
	buf_add_cstr(out, "COMMIT\n");
	return !buf_refused(out);
}

int
direct_start(struct runner *r, const struct direct_item *items, size_t count,
    void (*finished)(void *arg, int status), void *arg)
{
	struct buf rules, script;
	struct slice value;
	int error = -E2BIG;

	buf_init(&rules, RULES_BYTES_MAX);
	buf_init(&script, TAG_TEXT_MAX);
	if (add_rules(&rules, items, count)) {
		/* The rules travel beside the script, as values of a log do; 1 says that it failed. */
		buf_printf(&script, "printf %%s \"$0\" | %s --noflush || exit 1",
		    item_form(&items[0])->rule.program);
		value = buf_slice(&rules);
		error = exec_ask(r->loop, buf_slice(&script), &value, 1,
		    entry_timeout(items[0].entry), finished, arg, NULL);
	}
	buf_done(&rules);
	buf_done(&script);
	return error;
}

/* What such actions have in the kernel, compared with what they should have. */

/* For entry_another(): whether it has bans where those of a form are. */
static bool
bans_there(struct entry *e, const void *form)
{
	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		if ((e->state[f] & ENTRY_STARTED) != 0 &&
		    form_same_place(&direct_get(e)->commands[COMMAND_BAN][f].form, form))
			return true;
	return false;
}

bool
direct_shares(const struct entry *e, const struct form *form)
{
	return entry_another(e, bans_there, form);
}

/* A timeout that cannot be had is left out: the set's own counts then. */
static void
set_timeouts(struct ipsetcompare *c, const struct known *k, struct action_jail *jail)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->tickets[i] != NULL && k->form.timed)
			c->changes[i].timed =
			    ticket_timeout(c->tickets[i], k, jail, &c->changes[i].timeout_s);
}

static int
compare_ipset(struct runner *r, const struct entry *e, const struct known *k, enum family family,
    bool send, struct action_state *out)
{
	struct ipsetcompare c = {.jail = r->jail,
	    .set = k->form.ipset,
	    .addr = family == FAMILY_INET4 ? ADDR_INET4 : ADDR_INET6,
	    .shared = direct_shares(e, &k->form)};
	int error = r->ipset == NULL ? ipset_share(&r->ipset) : 0;
	size_t failed;

	if (error == 0)
		error = ipsetcompare_make(&c, r->ipset);
	set_timeouts(&c, k, r->jail);
	if (error == 0 && send && c.state.rules && c.count > 0)
		error = ipset_elements(r->ipset, c.changes, c.count, &failed);
	if (error == 0)
		nftcompare_sum(out, &c.state);
	else
		(void)diag_fail(&r->diag, error, (struct place){0}, "ipset: set '%s': %s", k->form.ipset,
		    nft_reason(NULL, error));
	ipsetcompare_done(&c);
	return error;
}

static int
compare_nft(struct runner *r, const struct entry *e, const struct form *f, enum family family,
    bool send, struct action_state *out)
{
	struct nftcompare c = {.jail = r->jail,
	    .set = &f->nft,
	    .addr = family == FAMILY_INET4 ? ADDR_INET4 : ADDR_INET6,
	    .extra = true,
	    .shared = direct_shares(e, f)};
	int error = r->nft == NULL ? nft_share(&r->nft) : 0;

	if (error == 0)
		error = nftcompare_make(&c, r->nft);
	if (error == 0 && send && c.state.rules)
		error = nftcompare_send(&c, r->nft);
	if (error == 0)
		nftcompare_sum(out, &c.state);
	else
		(void)diag_fail(&r->diag, error, (struct place){0}, "nftables: set '%s' of table '%s': %s",
		    f->nft.set, f->nft.table, nft_reason(r->nft, error));
	nftcompare_done(&c);
	return error;
}

bool
direct_comparable(struct entry *e)
{
	bool any = false;

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6; f++)
		any = any || direct_get(e)->commands[COMMAND_BAN][f].form.kind == FORM_NFT ||
		    direct_get(e)->commands[COMMAND_BAN][f].form.kind == FORM_IPSET;
	return any;
}

int
direct_compare(struct runner *r, struct entry *e, bool send, struct action_state *out)
{
	int error = 0;

	for (enum family f = FAMILY_INET4; f <= FAMILY_INET6 && error == 0; f++) {
		const struct known *k = &direct_get(e)->commands[COMMAND_BAN][f];

		if ((e->state[f] & ENTRY_STARTED) == 0)
			continue;
		if (k->form.kind == FORM_NFT)
			error = compare_nft(r, e, &k->form, f, send, out);
		else if (k->form.kind == FORM_IPSET)
			error = compare_ipset(r, e, k, f, send, out);
	}
	return error;
}

const struct form *
direct_rule(struct entry *e, enum family family)
{
	const struct form *form = &direct_get(e)->commands[COMMAND_BAN][family].form;

	return form->kind == FORM_IPTABLES && form->add ? form : NULL;
}
