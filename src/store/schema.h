#ifndef F2B_STORE_SCHEMA_H
#define F2B_STORE_SCHEMA_H

#include <sqlite3.h>

/*
 * The tables and indices of fail2ban's database, to the letter, so that it can open ours and we
 * its. Source: .dump of databases that fail2ban 1.0.2 and 1.1.1 made.
 */
#define SCHEMA_VERSION 4

/*
 * Version of the database: 0 if it has none yet, -EUCLEAN if the file is damaged or none of
 * SQLite's, another negative errno where it cannot be read at present.
 */
int schema_version(sqlite3 *db);

/*
 * Makes what is missing, and turns the tables of an older version into today's: one transaction,
 * all or nothing. Returns 0 or a negative errno; sqlite3_errmsg() knows more.
 */
int schema_upgrade(sqlite3 *db, int from);

/* The errno that says most about an SQLite result code. */
int schema_errno(int code);

#endif
