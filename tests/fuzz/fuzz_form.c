/*
 * Texts of commands, some of which are done without a shell. Claims about those: what is taken over into
 * names and rules holds no character that means anything to a shell, to nft or to iptables-restore; and
 * the address is written as it stood in the text. Behind a NUL is what "iptables -S" lists: what is to be
 * done about that is to add rules of that form, and to take out lines that are there.
 */
#include "action/chaincompare.h"
#include "action/form.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
claim(bool truth)
{
	if (!truth)
		abort();
}

static void
claim_plain(const char *text, size_t size, bool blanks)
{
	size_t n = strnlen(text, size);

	claim(n > 0 && n < size);
	for (size_t i = 0; i < n; i++)
		claim(char_word(text[i]) || memchr("-.:/,=", text[i], 6) != NULL ||
		    (blanks && text[i] == ' '));
}

static void
one_ban(struct action_jail *jail, void (*each)(void *arg, const struct ticket *t), void *arg)
{
	struct ticket *t = ticket_new(SLICE("192.0.2.1"), SLICE("192.0.2.1"), INSTANT_S(1));

	(void)jail;
	each(arg, t);
	ticket_unref(t);
}

static void
claim_change(const struct form *f, struct slice listing, struct slice line)
{
	struct slice listed;
	bool there = false;

	if (slice_eq(line, SLICE("*filter")) || slice_eq(line, SLICE("COMMIT")))
		return;
	if (!slice_starts(line, SLICE("-D "))) {
		claim(slice_starts(line, slice_cstr(f->rule.before)));
		claim(slice_ends(line, slice_cstr(f->rule.after)));
		return;
	}
	while (slice_next(&listing, '\n', &listed))
		there = there || (slice_starts(listed, SLICE("-A ")) &&
					 slice_eq(slice_from(listed, 3), slice_from(line, 3)));
	claim(there);
}

static void
compare(const struct form *f, struct slice listing)
{
	struct action_jail jail = {.each_ban = one_ban};
	struct chaincompare c = {.jail = &jail, .form = f, .addr = ADDR_INET4};
	struct slice changes, line;

	/* The form is of a ban's command, and iptables prints text. */
	if (!f->add || !chaincompare_knows(f) || slice_find_char(listing, '\0', 0) >= 0)
		return;
	chaincompare_make(&c, listing);
	claim(c.state.there + c.state.missing == 1);
	changes = buf_slice(&c.changes);
	while (slice_next(&changes, '\n', &line))
		claim_change(f, listing, line);
	chaincompare_done(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size), text = SLICE_EMPTY;
	char addr[ADDR_TEXT_MAX];
	struct form f;

	(void)slice_next(&rest, '\0', &text);
	if (!form_parse(text, &f)) {
		claim(f.kind == FORM_NONE);
		return 0;
	}
	claim(slice_find(text, addr_text(&f.addr, addr), 0) >= 0);
	switch (f.kind) {
	case FORM_NFT:
		claim_plain(f.nft.table, sizeof(f.nft.table), false);
		claim_plain(f.nft.set, sizeof(f.nft.set), false);
		break;
	case FORM_IPSET:
		claim_plain(f.ipset, sizeof(f.ipset), false);
		claim(f.timeout_s <= IPSET_TIMEOUT_MAX_S && !addr_network(&f.addr));
		break;
	case FORM_IPTABLES:
		claim_plain(f.rule.program, sizeof(f.rule.program), true);
		claim_plain(f.rule.before, sizeof(f.rule.before), true);
		claim_plain(f.rule.after, sizeof(f.rule.after), true);
		compare(&f, rest);
		break;
	default:
		claim(false);
	}
	return 0;
}
