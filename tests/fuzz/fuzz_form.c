/*
 * Texts of commands, some of which are done without a shell. Claims about those: what is taken over into
 * names and rules holds no character that means anything to a shell, to nft or to iptables-restore; and
 * the address is written as it stood in the text.
 */
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	char addr[ADDR_TEXT_MAX];
	struct form f;

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
		break;
	default:
		claim(false);
	}
	return 0;
}
