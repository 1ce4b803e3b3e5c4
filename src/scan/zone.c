#include "scan/zone.h"

#include <errno.h>

/* Names by offset. Source: the zones fail2ban knows; military letters, then what newspapers use. */
static const struct zone_row {
	int minutes;
	const char *names;
} zones[] = {
    {-12 * 60, "Y"},
    {-11 * 60, "X NUT SST"},
    {-10 * 60, "W CKT HAST HST TAHT TKT"},
    {-9 * 60 - 30, "MART MIT"},
    {-9 * 60, "V AKST GAMT GIT HADT HNY"},
    {-8 * 60, "U AKDT CIST HAY HNP PST PT"},
    {-7 * 60, "T HAP HNR MST PDT"},
    {-6 * 60, "S CST EAST GALT HAR HNC MDT"},
    {-5 * 60, "R CDT COT EASST ECT EST ET HAC HNE PET"},
    {-4 * 60 - 30, "HLV VET"},
    {-4 * 60, "Q AST BOT CLT COST EDT FKT GYT HAE HNA PYT"},
    {-3 * 60 - 30, "HNT NST NT"},
    {-3 * 60, "P ADT ART BRT CLST FKST GFT HAA PMST PYST SRT UYT WGT"},
    {-2 * 60 - 30, "HAT NDT"},
    {-2 * 60, "O BRST FNT PMDT UYST WGST"},
    {-1 * 60, "N AZOT CVT EGT"},
    {0, "Z EGST GMT UTC WET WT"},
    {1 * 60, "A CET DFT WAT WEDT WEST"},
    {2 * 60, "B CAT CEDT CEST EET SAST WAST"},
    {3 * 60, "C EAT EEDT EEST IDT MSK"},
    {3 * 60 + 30, "IRST"},
    {4 * 60, "D AMT AZT GET GST KUYT MSD MUT RET SAMT SCT"},
    {4 * 60 + 30, "AFT IRDT"},
    {5 * 60, "E AMST AQTT AZST HMT MAWT MVT PKT TFT TJT TMT UZT YEKT"},
    {5 * 60 + 30, "SLT"},
    {5 * 60 + 45, "NPT"},
    {6 * 60, "F ALMT BIOT BTT IOT KGT NOVT OMST YEKST"},
    {6 * 60 + 30, "CCT MMT"},
    {7 * 60, "G CXT DAVT HOVT ICT KRAT NOVST OMSST THA WIB"},
    {8 * 60, "H ACT AWST BDT BNT CAST HKT IRKT KRAST MYT PHT SGT ULAT WITA WST"},
    {9 * 60, "I AWDT IRKST JST KST PWT TLT WDT WIT YAKT"},
    {9 * 60 + 30, "ACST"},
    {10 * 60, "K AEST ChST PGT VLAT YAKST YAPT"},
    {10 * 60 + 30, "ACDT LHST"},
    {11 * 60, "L AEDT LHDT MAGT NCT PONT SBT VLAST VUT"},
    {11 * 60 + 30, "NFT"},
    {12 * 60, "M ANAST ANAT FJT GILT MAGST MHT NZST PETST PETT TVT WFT"},
    {13 * 60, "FJST NZDT"},
};

static int
name_minutes(struct slice name, int *minutes)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct slice rest = slice_cstr(zones[i].names), word;

		while (slice_next_word(&rest, &word)) {
			if (slice_eq(word, name)) {
				*minutes = zones[i].minutes;
				return 0;
			}
		}
	}
	return -EINVAL;
}

/* "+HH", "+HHMM" or "+HH:MM", the first digit being 0 or 1. */
static int
offset_minutes(struct slice s, int *minutes)
{
	uint64_t hours, mins = 0;
	bool ok;

	ok = s.n >= 3 && (s.p[0] == '+' || s.p[0] == '-') && (s.p[1] == '0' || s.p[1] == '1') &&
	     slice_u64(slice_of(s.p + 1, 2), 19, &hours) == 0;
	if (!ok)
		return -EINVAL;
	if (s.n > 3) {
		struct slice rest = slice_from(s, s.p[3] == ':' ? 4 : 3);

		if (rest.n != 2 || slice_u64(rest, 99, &mins) < 0)
			return -EINVAL;
	}
	*minutes = (int)(hours * 60 + mins) * (s.p[0] == '-' ? -1 : 1);
	return 0;
}

int
zone_parse(struct slice text, int *offset_s)
{
	int base = 0, more = 0;
	size_t n = 0;

	while (n < text.n && char_upper(text.p[n]))
		n++;
	if (text.n == 0 || n == 2 || n > 5)
		return -EINVAL;
	if ((n < text.n && offset_minutes(slice_from(text, n), &more) < 0) ||
	    (n > 0 && name_minutes(slice_upto(text, n), &base) < 0))
		return -EINVAL;
	*offset_s = (base + more) * 60;
	return 0;
}
