#include "action/command.h"

#include "action/chain.h"
#include "action/direct.h"
#include "action/ipset.h"
#include "action/nft.h"
#include "action/nftmod.h"
#include "action/script.h"
#include "action/smtp.h"
#include "util/escape.h"
#include "util/log.h"

#include <errno.h>

/* What is known of an event beforehand. */
static const struct {
	const char *property;
	const char *doing;	/* in "Error banning 192.0.2.1" */
	const char *failed;	/* in "Failed to execute ban jail …" */
} events[] = {
    [EVENT_START] = {"actionstart", "starting", "start"},
    [EVENT_BAN] = {"actionban", "banning", "execute ban"},
    [EVENT_UNBAN] = {"actionunban", "unbanning", "execute unban"},
    [EVENT_REBAN] = {"actionreban", "banning", "execute reban"},
    [EVENT_PROLONG] = {"actionprolong", "prolonging", "execute prolong"},
    [EVENT_FLUSH] = {"actionflush", "flushing", "flush bans in"},
    [EVENT_LAST_FLUSH] = {"actionflush", "flushing", "flush bans in"},
    [EVENT_RELOAD] = {"actionreload", "reloading", "reload"},
    [EVENT_CHECK] = {"actioncheck", "checking", "check"},
    [EVENT_STOP] = {"actionstop", "stopping", "stop"},
    [EVENT_RESTORED] = {"actionrepair", "taking over", "take over rules of"},
    [EVENT_LOST] = {"actionrepair", "repairing", "repair"},
    [EVENT_REPAIR] = {"actionrepair", "repairing", "repair"},
    [EVENT_LOOK] = {"actioncheck", "looking at", "look at rules of"},
};

static bool ipv6_allowed = true;

void
runner_allow_ipv6(bool allowed)
{
	ipv6_allowed = allowed;
}

/* The log. */

static void
format_script_error(struct buf *out, const struct action_jail *jail, enum event event,
    const struct entry *e, const char *text)
{
	buf_printf(out, "Error %s action Jail('", events[event].doing);
	escape_format(out, jail->name);
	buf_add_cstr(out, "')/");
	escape_format(out, e->name);
	buf_add_cstr(out, ": '");
	escape_format(out, slice_cstr(text != NULL ? text : "Script error"));
	buf_add_char(out, '\'');
}

static void
format_failure(struct buf *out, const struct action_jail *jail, enum event event,
    const struct entry *e, const struct ticket *t, const char *text)
{
	buf_printf(out, "Failed to %s jail '", events[event].failed);
	escape_format(out, jail->name);
	buf_add_cstr(out, "' action '");
	escape_format(out, e->name);
	if (t != NULL) {
		buf_add_cstr(out, "' info '");
		info_format(out, t);
	}
	buf_add_cstr(out, "': ");
	if (t != NULL && text == NULL) {
		buf_printf(out, "Error %s ", events[event].doing);
		escape_format(out, ticket_ip(t));
	} else if (t != NULL) {
		escape_format(out, slice_cstr(text));
	} else {
		format_script_error(out, jail, event, e, text);
	}
}

void
runner_log_failure(const struct action_jail *jail, enum event event, const struct entry *e,
    const struct ticket *t, const char *text)
{
	struct buf line;

	buf_init(&line, 64 * 1024);
	format_failure(&line, jail, event, e, t, text);
	log_write(LEVEL_ERROR, "actions", "%s", buf_cstr(&line));
	buf_done(&line);
}

static void
runner_finish(struct runner *r)
{
	if (r->failed)
		runner_log_failure(
		    r->jail, r->event, r->entry, r->ticket, r->diag.set ? r->diag.text : NULL);
	script_forget(r);
	r->finished(r);
}

static void
runner_end(struct runner *r, bool ok)
{
	r->failed = r->failed || !ok;
	runner_finish(r);
}

/* Nobody's bans are there. A ticket's event ends with a start that failed: that is what is told of it. */
static void
start_failed(struct runner *r)
{
	struct buf text;

	entry_move(r->entry, r->family, SLICE_EMPTY);
	if (r->diag.set || r->ticket == NULL)
		return;
	buf_init(&text, 4096);
	format_script_error(&text, r->jail, EVENT_START, r->entry, NULL);
	(void)diag_fail(&r->diag, -EIO, (struct place){0}, "%s", buf_cstr(&text));
	buf_done(&text);
}

/* Rules that are not as they should be: put them up again, for one family. */

static void
repair_end(struct runner *r, bool ok)
{
	if (!ok)
		log_write(LEVEL_CRITICAL, "CommandAction", "Unable to restore environment");
	r->repaired_next(r, ok);
}

static void
repair_check(struct runner *r, bool ok)
{
	if (ok)
		script_run(r, SLICE("actioncheck"), TAGS_FAMILY, repair_end);
	else
		repair_end(r, false);
}

/* Of "actionrepair", after which the rules hold nobody, as after a start. */
static void
repair_ran(struct runner *r, bool ok)
{
	r->entry->state[r->family] = 0;
	if (ok)
		entry_mark(r->entry, r->family, ENTRY_STARTED);
	repair_check(r, ok);
}

static void
repair_started(struct runner *r, bool ok)
{
	if (ok) {
		entry_mark(r->entry, r->family, ENTRY_STARTED);
		repair_check(r, true);
	} else {
		start_failed(r);
		r->repaired_next(r, false);
	}
}

/* That there was little to stop is why we are here: errors are of no interest. */
static void
repair_stopped(struct runner *r, bool ok)
{
	(void)ok;
	r->entry->state[r->family] = 0;
	script_run(r, SLICE("actionstart"), TAGS_NOBODY, repair_started);
}

static void
repair(struct runner *r, runner_step *next)
{
	log_write(LEVEL_ERROR, "CommandAction",
	    "Invariant check failed. Trying to restore a sane environment");
	r->repaired_next = next;
	r->entry->epoch = r->jail->repaired(r->jail);
	if (entry_has(r->entry, SLICE("actionrepair")))
		script_run(r, SLICE("actionrepair"), TAGS_FAMILY, repair_ran);
	else
		script_run(r, SLICE("actionstop"), TAGS_NOBODY, repair_stopped);
}

/* A command of a ticket, with all that is tried to make it succeed. */

static void
checked_retry(struct runner *r, bool ok)
{
	if (ok)
		script_run(r, r->checked_property, TAGS_TICKET, r->checked_next);
	else
		r->checked_next(r, false);
}

static void
checked_check(struct runner *r, bool ok)
{
	if (ok) {
		checked_retry(r, true);
	} else if (r->event == EVENT_UNBAN &&
	    !entry_flag(r->entry, SLICE("actionrepair_on_unban"), false)) {
		log_write(LEVEL_ERROR, "CommandAction",
		    "Invariant check failed. Unban is impossible.");
		r->checked_next(r, false);
	} else {
		repair(r, checked_retry);
	}
}

static void
checked_ran(struct runner *r, bool ok)
{
	if (ok || r->diag.set)
		r->checked_next(r, ok);
	else
		script_run(r, SLICE("actioncheck"), TAGS_FAMILY, checked_check);
}

static void
checked_run(struct runner *r, struct slice property, runner_step *next)
{
	r->checked_property = property;
	r->checked_next = next;
	script_run(r, property, TAGS_TICKET, checked_ran);
}

/* Families to come. */

/* Takes the next one: in the order in which they got their state, then those without. */
static bool
family_next(struct runner *r)
{
	const struct entry *e = r->entry;
	enum family f = 0;
	size_t i = 0;

	if (r->families == 0)
		return false;
	while (i < e->ordered && (r->families & 1u << e->order[i]) == 0)
		i++;
	if (i < e->ordered)
		f = e->order[i];
	else
		while ((r->families & 1u << f) == 0)
			f++;
	r->families &= ~(1u << f);
	r->family = f;
	return true;
}

/* Events of a ticket. */

/* The ticket is in the rules as they are now, even if it was to be banned by those before. */
static void
ban_done(struct runner *r, bool ok)
{
	if (ok) {
		entry_mark(r->entry, r->family, ENTRY_STARTED | ENTRY_ITEMS);
		if (r->ticket->epoch < r->entry->epoch)
			r->ticket->epoch = r->entry->epoch;
		direct_learn(r, &(struct direct_item){r->event, r->entry, r->ticket});
	}
	runner_end(r, ok);
}

static void
ban_run(struct runner *r)
{
	bool again = r->event == EVENT_REBAN && entry_has(r->entry, SLICE("actionreban"));

	checked_run(r, again ? SLICE("actionreban") : SLICE("actionban"), ban_done);
}

static void ban_start(struct runner *r);

static void
ban_started(struct runner *r, bool ok)
{
	if (ok)
		entry_mark(r->entry, r->family, ENTRY_STARTED);
	else
		start_failed(r);
	r->failed = r->failed || !ok;
	ban_start(r);
}

/* The command that starts e for a family, before what a ban says is put in. */
static bool
start_text(struct buf *out, const struct entry *e, enum family family)
{
	struct slice name = SLICE("actionstart"), value = SLICE_EMPTY;
	struct diag d;

	diag_init(&d);
	(void)entry_get_for(e, name, family, &value);
	return !tag_used(value, SLICE("family")) &&
	    tag_static(out, e, name, value, family, &d) == 0 &&
	    !tag_used(buf_slice(out), SLICE("family"));
}

/* Observed: a family is started, too, once the very same command has started another one. */
static bool
started_alike(const struct entry *e, enum family family)
{
	struct buf own, other;
	bool alike = false;

	buf_init(&own, TAG_TEXT_MAX);
	buf_init(&other, TAG_TEXT_MAX);
	if (start_text(&own, e, family))
		for (enum family f = 0; f < FAMILY_COUNT && !alike; f++) {
			buf_clear(&other);
			alike = (e->state[f] & ENTRY_STARTED) != 0 && start_text(&other, e, f) &&
			    slice_eq(buf_slice(&own), buf_slice(&other));
		}
	buf_done(&own);
	buf_done(&other);
	return alike;
}

/* Families that a start without one is for. */
static unsigned
families_all(const struct entry *e)
{
	if (!entry_conditional(e))
		return 1u << FAMILY_PLAIN;
	return 1u << FAMILY_INET4 | (ipv6_allowed ? 1u << FAMILY_INET6 : 0);
}

/*
 * Those that the action has yet to be started for before the ticket is banned. What is no address
 * may concern them all.
 */
static unsigned
families_to_start(const struct runner *r)
{
	if (!entry_on_demand(r->entry) || (r->entry->state[r->family] & ENTRY_STARTED) != 0)
		return 0;
	return r->family == FAMILY_OTHER ? families_all(r->entry) : 1u << r->family;
}

static void
ban_start(struct runner *r)
{
	while (family_next(r)) {
		if ((r->entry->state[r->family] & ENTRY_STARTED) == 0 &&
		    !started_alike(r->entry, r->family)) {
			script_run(r, SLICE("actionstart"), TAGS_NOBODY, ban_started);
			return;
		}
		entry_mark(r->entry, r->family, ENTRY_STARTED);
	}
	r->family = info_family(r->ticket);
	if (r->failed)
		runner_finish(r);
	else
		ban_run(r);
}

static void
ban_begin(struct runner *r)
{
	if (r->event == EVENT_BAN && r->ticket->restored &&
	    entry_flag(r->entry, SLICE("norestored"), false)) {
		runner_end(r, true);
		return;
	}
	r->families = families_to_start(r);
	ban_start(r);
}

static void
unban_begin(struct runner *r)
{
	if ((r->entry->state[r->family] & ENTRY_ITEMS) == 0) {
		runner_end(r, true);
		return;
	}
	if (log_enabled(LEVEL_DEBUG)) {
		struct buf line;

		buf_init(&line, 4096);
		buf_add_char(&line, '[');
		escape_format(&line, r->jail->name);
		buf_add_cstr(&line, "] action '");
		escape_format(&line, r->entry->name);
		buf_add_cstr(&line, "': unban ");
		escape_format(&line, ticket_ip(r->ticket));
		log_write(LEVEL_DEBUG, "actions", "%s", buf_cstr(&line));
		buf_done(&line);
	}
	checked_run(r, SLICE("actionunban"), runner_end);
}

static void
prolong_begin(struct runner *r)
{
	if (!entry_has(r->entry, SLICE("actionprolong")) ||
	    (r->ticket->restored && entry_flag(r->entry, SLICE("norestored"), false)))
		runner_end(r, true);
	else
		checked_run(r, SLICE("actionprolong"), runner_end);
}

/* Events of the action as a whole, for one family after the other. */

/* Those whose state has all these bits. */
static unsigned
families_with(const struct entry *e, unsigned bits)
{
	unsigned families = 0;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		if ((e->state[f] & bits) == bits)
			families |= 1u << f;
	return families;
}

static bool
event_flushes(enum event event)
{
	return event == EVENT_FLUSH || event == EVENT_LAST_FLUSH;
}

/* What a family's command leads to, where it succeeded. */
static void
walk_note(struct runner *r)
{
	if (r->event == EVENT_START)
		entry_mark(r->entry, r->family, ENTRY_STARTED);
	else if (event_flushes(r->event))
		r->entry->state[r->family] &= ~ENTRY_ITEMS;
}

static void walk(struct runner *r);

static void
walk_done(struct runner *r, bool ok)
{
	if (ok)
		walk_note(r);
	else if (r->event == EVENT_START)
		start_failed(r);
	r->failed = r->failed || !ok;
	walk(r);
}

static void consistency_begin(struct runner *r);

static void
walk_end(struct runner *r)
{
	if (r->event == EVENT_STOP)
		entry_stopped(r->entry);
	runner_finish(r);
}

static void
walk(struct runner *r)
{
	r->once = true;
	if (family_next(r))
		script_run(
		    r, slice_cstr(events[r->event].property), TAGS_NOBODY, walk_done);
	else if (r->failed && event_flushes(r->event))
		consistency_begin(r);
	else
		walk_end(r);
}

/* A flush that failed may mean that the rules are gone. */

static void consistency_next(struct runner *r);

static void
consistency_repaired(struct runner *r, bool ok)
{
	(void)ok;	/* was logged */
	consistency_next(r);
}

static void
consistency_checked(struct runner *r, bool ok)
{
	if (ok) {
		consistency_next(r);
	} else if (r->event == EVENT_LAST_FLUSH &&
		   !entry_flag(r->entry, SLICE("actionrepair_on_unban"), false)) {
		log_write(LEVEL_ERROR, "actions", "Invariant check failed. Flush is impossible.");
		consistency_next(r);
	} else {
		repair(r, consistency_repaired);
	}
}

static void
consistency_end(struct runner *r)
{
	struct action_state state = {0};
	bool ok = true;

	if (r->event == EVENT_REPAIR && chain_comparable(r->entry)) {
		chain_compare(r, true, runner_end);
		return;
	}
	if (r->event == EVENT_REPAIR && direct_comparable(r->entry))
		ok = direct_compare(r, r->entry, true, &state) == 0;
	runner_end(r, ok);
}

static void
consistency_next(struct runner *r)
{
	if (family_next(r))
		script_run(r, SLICE("actioncheck"), TAGS_FAMILY, consistency_checked);
	else
		consistency_end(r);
}

static void
consistency_begin(struct runner *r)
{
	runner_log_failure(
	    r->jail, r->event, r->entry, NULL, r->diag.set ? r->diag.text : NULL);
	r->failed = false;
	r->once = false;
	log_write(LEVEL_INFO, "actions", "No flush occurred, do consistency check");
	r->families = families_with(r->entry, ENTRY_STARTED);
	consistency_next(r);
}

/* Where there is no "actioncheck", all is as it should be. */
static void
check_begin(struct runner *r)
{
	r->families = families_with(r->entry, ENTRY_STARTED);
	consistency_next(r);
}

static void
look_begin(struct runner *r)
{
	chain_compare(r, false, runner_end);
}

static void
start_begin(struct runner *r)
{
	r->families = entry_on_demand(r->entry) ? 0 : families_all(r->entry);
	walk(r);
}

static void
flush_begin(struct runner *r)
{
	r->families = families_with(r->entry, ENTRY_STARTED | ENTRY_ITEMS);
	walk(r);
}

static void
started_begin(struct runner *r)
{
	r->families = families_with(r->entry, ENTRY_STARTED);
	walk(r);
}

static void (*const begin[])(struct runner *r) = {
    [EVENT_START] = start_begin,
    [EVENT_BAN] = ban_begin,
    [EVENT_UNBAN] = unban_begin,
    [EVENT_REBAN] = ban_begin,
    [EVENT_PROLONG] = prolong_begin,
    [EVENT_FLUSH] = flush_begin,
    [EVENT_LAST_FLUSH] = flush_begin,
    [EVENT_RELOAD] = started_begin,
    [EVENT_CHECK] = check_begin,
    [EVENT_STOP] = started_begin,
    [EVENT_REPAIR] = check_begin,
    [EVENT_LOOK] = look_begin,
};

void
runner_init(struct runner *r, uv_loop_t *loop, struct action_jail *jail,
    void (*finished)(struct runner *r))
{
	*r = (struct runner){.loop = loop, .jail = jail, .finished = finished};
}

void
runner_done(struct runner *r)
{
	nft_unshare(r->nft);
	ipset_unshare(r->ipset);
}

/* An action of a module, which does the event as a whole. */
static void
module_begin(struct runner *r)
{
	struct action_step step = {.module = SLICE_EMPTY};
	bool ok;

	(void)entry_get(r->entry, SLICE("module"), &step.module);
	if (!script_told(r, step, &ok))
		ok = nftmod_event(r) == 0;
	runner_end(r, ok);
}

void
runner_begin(struct runner *r, enum event event, struct entry *e, struct ticket *t)
{
	r->event = event;
	r->entry = e;
	r->ticket = t;
	r->family = t != NULL ? info_family(t) : FAMILY_PLAIN;
	r->failed = r->once = false;
	r->families = 0;
	r->looked_up = false;
	r->host[0] = '\0';
	r->property = slice_cstr(events[event].property);
	diag_init(&r->diag);
	if (e->smtp)
		smtp_event(r, runner_end);
	else if (nftmod_named(e))
		module_begin(r);
	else
		begin[event](r);
}
