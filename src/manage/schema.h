#ifndef F2B_MANAGE_SCHEMA_H
#define F2B_MANAGE_SCHEMA_H

/* Prints all options as tables in Markdown, for docs/yaml.md. */
void schema_print(void);

#endif
