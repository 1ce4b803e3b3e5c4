#ifndef F2B_ACTION_TAG_H
#define F2B_ACTION_TAG_H

#include "action/entry.h"
#include "action/exec.h"

/*
 * Commands are texts with tags: "<name>". Two kinds of value take their place:
 *
 * static	properties of the action, written by the administrator: inserted as they are, with
 *		the tags that they hold in turn;
 * dynamic	what a log said of somebody, written by an attacker: never interpreted again, and never
 *		in the script if there is a character in it that could mean something to a shell. Such
 *		a value travels beside the script, which sees it as a variable.
 *
 * A tag is "<", any characters but blank, "<" and ">", and ">". One that nobody knows stays.
 */

#define TAG_TEXT_MAX ((size_t)256 * 1024)

/*
 * Adds text with the properties of e in place of their tags, for the family; "<br>" is a line feed
 * and "<sp>" a blank. -ELOOP if that does not come to an end, -E2BIG if it gets too long; what names
 * the text in the message.
 */
int tag_static(struct buf *out, const struct entry *e, struct slice what, struct slice text,
    enum family family, struct diag *d);

/* Where dynamic values come from. Adds that of a tag; false if there is no such tag. */
struct tag_source {
	bool (*value)(struct tag_source *source, struct slice tag, struct buf *out);
};

/* A command for exec_start(). */
struct tag_command {
	struct buf script;
	struct slice values[EXEC_VALUES_MAX];
	size_t count;
};

void tag_command_init(struct tag_command *c);
void tag_command_done(struct tag_command *c);

/*
 * Makes a command of the text. -E2BIG if it gets too long or holds more than EXEC_VALUES_MAX
 * different tags with such values.
 */
int tag_dynamic(
    struct tag_command *c, struct slice text, struct tag_source *source, struct diag *d);

/* True if the text has this tag, given without its brackets. */
bool tag_used(struct slice text, struct slice tag);

/* True for "F-" and upper case letters, digits, "_" and "-": what a regex captured. */
bool tag_group(struct slice tag);

/*
 * The name that the regexes' groups have for "F-NAME": in lower case, but "fid" for F-ID and "fport" for
 * F-PORT. Empty if it is longer than any group's. lower is where it may be put.
 */
#define TAG_GROUP_MAX 128
struct slice tag_group_name(struct slice tag, char lower[TAG_GROUP_MAX]);

/* True if a shell could see more in the value than the value. */
bool tag_unsafe(struct slice value);

#endif
