#ifndef F2B_CONFIG_LOAD_H
#define F2B_CONFIG_LOAD_H

#include "config/config.h"
#include "config/section.h"
#include "util/table.h"

/*
 * What was read already: jails share filters, actions and the files that these include. It also
 * makes one load see one version of each file. Items live in the arena and are not changed.
 */
struct load_cache {
	struct table folders;	  /* struct folder by path, see folder.h */
	struct table files;	  /* struct sections by path */
	struct table included;	  /* what names in [INCLUDES] stand for, see include.c */
	struct table definitions; /* all files of one definition by name, as "action.d/iptables" */
};

/* A cache that is all zero is empty. */
void load_cache_done(struct load_cache *cache);

/*
 * One run of config_load(): what all parts of the reader need. Whoever finds a mistake hands it to
 * the sink at once and goes on where that makes sense, so that a run names all mistakes; a return
 * value of -EINVAL then says only that something was reported.
 */
struct load {
	struct arena *arena; /* of the configuration; everything read lives in it */
	struct diag_sink *sink;
	struct load_cache *cache; /* or NULL */
	struct slice dir;
	bool strict;
	bool lint; /* all that start would refuse is an error, but the load goes on */
	bool verbose; /* say which files are read */
	bool thorough; /* any mistake fails the run, so read on for more of them */
	/* How a message begins that ends the load, in fail2ban's words; "" for none. */
	struct slice during;
	struct slice action; /* such a message tells in which action's definition; or empty */
	const struct place *included; /* where the file being read is named by another; or NULL */
	/* What belongs above an option that stands before any section, as "[Definition]". */
	const char *header;
	/* In the order in which they were met, while collected says so. */
	struct {
		struct load_override *first, **end;
		bool collected;
	} overrides;
	/* Whether the options of [DEFAULT] may ask for known ones; defaults NULL: not looked yet. */
	struct {
		const struct section *defaults;
		bool known;
	} wanting;
	bool fatal; /* such a message was sent */
	struct value *extras, *skipped; /* of the configuration */
	/* Values that are none, where a whole number must stand. */
	struct {
		size_t count;
		const char *option; /* the last */
		struct place told;  /* the last that was told of */
	} wrong_numbers;
	/* The last mistake that was told; text NULL: none yet. */
	struct {
		struct place at;
		const char *text;
	} last;
	size_t refused_count;
	size_t files_read;
	size_t told;  /* mistakes */
	size_t grown; /* bytes of all values that references and tags were replaced in */
};

/* An option that a file set again which was read later. */
struct load_override {
	struct slice section;
	struct option before, after;
	struct load_override *next;
};

/* Notes one, where l collects them. */
void load_overridden(
    struct load *l, struct slice section, const struct option *before, const struct option *after);

#define LOAD_DURING SLICE("Failed during configuration: ")

/* A file of rubbish is not told line by line: of further mistakes only that there are some. */
#define LOAD_MAX_TOLD 1000

/* What values may grow to together: a small file can ask for as much as it has bytes, squared. */
#define LOAD_MAX_GROWN ((size_t)256 * 1024 * 1024)

/*
 * Counts a value of n bytes that was built from others, before it is kept; or, with 0, asks before one
 * is built. Returns 0, or -EINVAL after it was reported that all of them together are too large.
 */
int load_grow(struct load *l, size_t n, struct place at);

/* A mistake that leaves nothing to start with. Returns -EINVAL. */
int load_fatal(struct load *l, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A mistake that costs one jail. Returns -EINVAL. */
int load_error(struct load *l, const char *module, struct place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Something that fail2ban goes on from, with a guess. Where the load is strict it is an error, since
 * an administrator who is looking can mend it at once.
 */
void load_doubt(struct load *l, const char *module, struct place at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Something to know. */
void load_note(struct load *l, enum diag_level level, const char *module, struct place at,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* s for a message: harmless on a terminal, and cut where long. Lives in the arena; terminated. */
const char *load_quote(struct load *l, struct slice s);

/* The same with quotes around it and backslashes in it, as fail2ban prints text. */
const char *load_repr(struct load *l, struct slice s);

#endif
