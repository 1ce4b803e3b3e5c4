#include "action/nftset.h"

#include "util/mem.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

/* One entry of the kernel's list: an address, or one end of an interval. */
struct mark {
	uint8_t key[16];
	bool end;	/* the first address behind an interval */
	uint64_t expires_ms;
};

struct reading {
	struct mark *v;
	size_t count, cap;
	size_t key_bytes;
	const struct nft_set_name *set;
};

static int
read_key(const struct nlattr *a, void *arg)
{
	struct mark *m = arg;

	if (mnl_attr_get_type(a) == NFTA_DATA_VALUE && mnl_attr_get_payload_len(a) <= 16)
		memcpy(m->key, mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
	return MNL_CB_OK;
}

static int
read_mark(const struct nlattr *a, void *arg)
{
	struct mark *m = arg;

	switch (mnl_attr_get_type(a)) {
	case NFTA_SET_ELEM_KEY:
		(void)mnl_attr_parse_nested(a, read_key, m);
		break;
	case NFTA_SET_ELEM_FLAGS:
		if (mnl_attr_get_payload_len(a) >= 4)
			m->end = (ntohl(mnl_attr_get_u32(a)) & NFT_SET_ELEM_INTERVAL_END) != 0;
		break;
	case NFTA_SET_ELEM_EXPIRATION:
		if (mnl_attr_get_payload_len(a) >= 8)
			m->expires_ms = be64toh(mnl_attr_get_u64(a));
		break;
	}
	return MNL_CB_OK;
}

static int
read_list_element(const struct nlattr *a, void *arg)
{
	struct reading *r = arg;

	r->v = mem_room(r->v, r->count, &r->cap, sizeof(*r->v), 64);
	r->v[r->count] = (struct mark){.end = false};
	(void)mnl_attr_parse_nested(a, read_mark, &r->v[r->count++]);
	return MNL_CB_OK;
}

static int
read_attribute(const struct nlattr *a, void *arg)
{
	if (mnl_attr_get_type(a) == NFTA_SET_ELEM_LIST_ELEMENTS)
		(void)mnl_attr_parse_nested(a, read_list_element, arg);
	return MNL_CB_OK;
}

static void
read_message(void *arg, const struct nlmsghdr *h)
{
	(void)mnl_attr_parse(h, sizeof(struct nfgenmsg), read_attribute, arg);
}

/* Where one interval ends and the next begins, the end comes first. */
static int
mark_compare(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int r = memcmp(x->key, y->key, sizeof(x->key));

	return r != 0 ? r : (int)y->end - (int)x->end;
}

static int
element_compare(const void *a, const void *b)
{
	const struct nft_element *x = a, *y = b;
	int r = memcmp(x->addr.b, y->addr.b, sizeof(x->addr.b));

	return r != 0 ? r : (int)x->addr.plen - (int)y->addr.plen;
}

static bool
ends_with_zeros(const struct addr *a, size_t bytes)
{
	for (size_t bit = a->plen; bit < bytes * 8; bit++)
		if ((a->b[bit / 8] & 0x80u >> bit % 8) != 0)
			return false;
	return true;
}

/* The length of the prefix from first up to what comes before end; -1 if that is no network. */
static int
prefix_length(const uint8_t *first, const uint8_t *end, size_t bytes)
{
	struct addr a = {.plen = (uint8_t)(bytes * 8)};
	uint8_t behind[16];

	memcpy(a.b, first, bytes);
	/* Single addresses, of which there are most, are found first. */
	for (; ends_with_zeros(&a, bytes); a.plen--) {
		bool ends = nft_address_behind(&a, bytes, behind);

		/* What ends where all ends has no end of its own. */
		if (end == NULL ? !ends : ends && memcmp(behind, end, bytes) == 0)
			return a.plen;
		if (a.plen == 0)
			break;
	}
	return -1;
}

static void
take(struct nft_elements *out, const struct mark *m, int plen, size_t bytes)
{
	struct nft_element *e = &out->v[out->count];

	if (plen < 0)
		return;
	*e = (struct nft_element){.expires_ms = m->expires_ms};
	e->addr.family = bytes == 4 ? ADDR_INET4 : ADDR_INET6;
	e->addr.plen = (uint8_t)plen;
	memcpy(e->addr.b, m->key, bytes);
	out->count++;
}

static void
take_all(struct nft_elements *out, const struct reading *r, bool intervals)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct mark *m = &r->v[i], *next = i + 1 < r->count ? m + 1 : NULL;

		/* Where the set was changed while it was listed, one may be there twice. */
		if (next != NULL && next->end == m->end && memcmp(m->key, next->key, sizeof(m->key)) == 0)
			continue;
		if (!intervals)
			take(out, m, (int)r->key_bytes * 8, r->key_bytes);
		else if (!m->end && (next == NULL || next->end))
			take(out, m,
			    prefix_length(m->key, next != NULL ? next->key : NULL, r->key_bytes),
			    r->key_bytes);
	}
}

static void
read_begin(void *arg, struct nlmsghdr *request)
{
	struct reading *r = arg;

	r->count = 0;
	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, r->set->table);
	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, r->set->set);
}

int
nftset_list(struct nft *n, const struct nft_set_name *name, const struct nft_set_kind *kind,
    struct nft_elements *out)
{
	struct reading r = {.set = name, .key_bytes = kind->key_bytes};
	int error;

	*out = (struct nft_elements){0};
	error = nft_list(n, NFT_MSG_GETSETELEM, name->family, read_begin, read_message, &r);
	/* Somebody changes nf_tables all the time, if not this set. */
	if (error == -EINTR)
		error = 0;
	if (error == 0 && r.count > 0) {
		qsort(r.v, r.count, sizeof(*r.v), mark_compare);
		out->v = mem_array(r.count, sizeof(*out->v));
		take_all(out, &r, (kind->flags & NFT_SET_INTERVAL) != 0);
	}
	mem_free(r.v);
	return error;
}

void
nftset_free(struct nft_elements *e)
{
	mem_free(e->v);
	*e = (struct nft_elements){0};
}

struct nft_element *
nftset_find(const struct nft_elements *e, const struct addr *a)
{
	const struct nft_element wanted = {.addr = *a};

	return e->count == 0 ? NULL : bsearch(&wanted, e->v, e->count, sizeof(*e->v), element_compare);
}
