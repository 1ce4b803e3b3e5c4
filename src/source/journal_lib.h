#ifndef F2B_SOURCE_JOURNAL_LIB_H
#define F2B_SOURCE_JOURNAL_LIB_H

#include <systemd/sd-journal.h>

/*
 * libsystemd, loaded when the first journal is read: it brings libraries for encryption and compression along,
 * which take time at every start, and memory, of programs that read no journal.
 */
#define JOURNAL_CALLS(CALL)                                                                        \
	CALL(add_disjunction)                                                                      \
	CALL(add_match)                                                                            \
	CALL(close)                                                                                \
	CALL(enumerate_available_data)                                                             \
	CALL(flush_matches)                                                                        \
	CALL(get_data)                                                                             \
	CALL(get_fd)                                                                               \
	CALL(get_monotonic_usec)                                                                   \
	CALL(get_realtime_usec)                                                                    \
	CALL(has_persistent_files)                                                                 \
	CALL(has_runtime_files)                                                                    \
	CALL(next)                                                                                 \
	CALL(open)                                                                                 \
	CALL(open_directory)                                                                       \
	CALL(open_files)                                                                           \
	CALL(open_namespace)                                                                       \
	CALL(process)                                                                              \
	CALL(restart_data)                                                                         \
	CALL(seek_realtime_usec)                                                                   \
	CALL(set_data_threshold)

struct journal_lib {
#define CALL(name) __typeof__(sd_journal_##name) *name;
	JOURNAL_CALLS(CALL)
#undef CALL
};

/* The calls; NULL if the library, or one of them, is not there. */
const struct journal_lib *journal_lib(void);

#endif
