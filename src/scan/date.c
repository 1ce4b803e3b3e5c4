#include "scan/date_state.h"

#include "scan/zone.h"
#include "util/escape.h"
#include "util/mem.h"

#include <errno.h>

/* Each form of the list is to be tried, in its order at first. */
static void
make_templates(struct date_detector *dd)
{
	const struct date_list *list = dd->list;

	dd->count = list->count;
	dd->all = mem_array(list->count, sizeof(*dd->all));
	dd->templates = mem_array(list->count, sizeof(dd->templates[0]));
	for (size_t i = 0; i < list->count; i++) {
		dd->templates[i] = &dd->all[i];
		dd->all[i] = (struct template){
		    .pat = &list->forms[i]->pat,
		    .code = &list->forms[i]->code,
		    .distance = SIZE_MAX,
		};
	}
}

int
date_detector_new(struct date_detector **out, struct slice pattern, struct place at, struct diag *d)
{
	struct date_detector *dd;
	struct date_list *list;
	int r = date_list_get(&list, pattern, d);

	if (r < 0) {
		if (d != NULL)
			d->at = at;
		return r;
	}
	dd = MEM_NEW(struct date_detector);
	dd->list = list;
	make_templates(dd);
	buf_init(&dd->memo.text, 4096);
	dd->match = pcre2_match_data_create(GROUPS_MAX, NULL);
	dd->reserve = pcre2_match_data_create(GROUPS_MAX, NULL);
	*out = dd;
	return 0;
}

void
date_detector_free(struct date_detector *dd)
{
	if (dd == NULL)
		return;
	shared_drop(&dd->list->shared);
	mem_free(dd->all);
	mem_free(dd->templates);
	pcre2_match_data_free(dd->match);
	pcre2_match_data_free(dd->reserve);
	buf_done(&dd->memo.text);
	mem_free(dd);
}

int
date_detector_set_zone(struct date_detector *dd, struct slice zone, struct diag *d)
{
	char shown[1001];
	int offset_s = 0;

	if (zone.n > 0 && zone_parse(zone, &offset_s) < 0)
		return diag_fail(d, -EINVAL, (struct place){0},
		    "Unknown or unsupported time zone: '%s'",
		    escape_text(slice_upto(zone, 250), shown, sizeof(shown)));
	dd->zone = (struct datevalue_zone){.fixed = zone.n > 0, .offset_s = offset_s};
	dd->memo.template = NULL;
	date_head_forget(&dd->head);
	return 0;
}

void
date_detector_set_heads(struct date_detector *dd, bool on)
{
	dd->without_heads = !on;
}

bool
date_find(struct date_detector *dd, struct slice line, bool ascii, struct instant now,
    struct date_match *out)
{
	struct text text = {line, ascii};
	struct template *t;
	const PCRE2_SIZE *ov;

	if (ascii && date_by_head(dd, line, now, out))
		return true;
	datecode_begin();
	t = date_choose(dd, text);
	if (t == NULL)
		return false;
	*out = (struct date_match){.template = (unsigned)date_note_hit(dd, t, text, now)};
	ov = pcre2_get_ovector_pointer(dd->match);
	out->start = ov[2];
	out->end = ov[3];
	out->empty = ov[2] == ov[3];
	out->valid = !out->empty && date_moment(dd, t, line, now, &out->when);
	if (!dd->without_heads)
		date_keep_head(dd, text, now, out);
	return true;
}

size_t
date_template_count(const struct date_detector *dd)
{
	return dd->count;
}

void
date_template_info(const struct date_detector *dd, size_t index, struct date_template_info *out)
{
	const struct template *t = dd->templates[index];

	*out = (struct date_template_info){
	    .name = t->pat->name,
	    .pattern = t->pat->pattern,
	    .regex = t->pat->regex,
	    .hits = t->hits,
	    .weight = t->pat->weight,
	    .score = date_weight(t),
	};
}

void
date_detector_describe(const struct date_detector *dd, struct slice *pattern, struct slice *name)
{
	bool few = dd->count <= 2; /* more are called the default ones, as in fail2ban */

	*pattern = dd->count == 1 ? dd->templates[0]->pat->pattern : few ? dd->list->patterns : SLICE_EMPTY;
	*name = few ? dd->templates[0]->pat->name : SLICE("Default Detectors");
}
