/*
 * Scripts that are followed without a shell. Claims: whatever is told is one line of a length that
 * is limited, and where a set and its rules are made of them or taken away, their names hold no character
 * that means anything to a shell or to nft.
 */
#include "action/follow.h"
#include "action/nftremoval.h"
#include "action/nftscript.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
claim(bool truth)
{
	if (!truth)
		abort();
}

static bool
told(void *arg, struct slice line)
{
	(void)arg;
	claim(line.n <= FOLLOW_LINE_MAX && slice_find_char(line, '\n', 0) < 0 &&
	      slice_find_char(line, '\0', 0) < 0);
	return true;
}

static bool
asked(void *arg, struct slice line, bool *succeeds)
{
	*succeeds = line.n % 2 == 0;
	return told(arg, line);
}

static bool
printed(void *arg, struct slice line, struct buf *out)
{
	(void)told(arg, line);
	buf_add_cstr(out, "set a\n\trule @s drop # handle 7\n");
	buf_add(out, line);
	return true;
}

static void
claim_name(const char *name)
{
	size_t n = strnlen(name, NFT_NAME_MAX);

	claim(n > 0 && n < NFT_NAME_MAX && char_alpha(name[0]));
	for (size_t i = 0; i < n; i++)
		claim(char_word(name[i]) || name[i] == '-' || name[i] == '.');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct follow_calls calls = {told, asked, printed, NULL};
	struct slice script = slice_of((const char *)data, size);
	struct nft_removal removal;
	struct nft_plan plan;
	bool locks;

	(void)follow(script, &calls);
	if (nftremoval_parse(script, &removal)) {
		claim_name(removal.plan.set.table);
		claim_name(removal.plan.set.set);
		if (!removal.flushes)
			claim_name(removal.plan.chains[0].name);
	}
	if (!nftscript_parse(script, &plan, &locks))
		return 0;
	claim_name(plan.set.table);
	claim_name(plan.set.set);
	claim_name(plan.chains[0].name);
	claim(plan.chain_count == 1 && plan.port_count <= NFTPLAN_RANGES_MAX &&
	      plan.protocol_count <= NFTPLAN_PROTOCOLS_MAX);
	return 0;
}
