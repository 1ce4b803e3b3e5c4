/*
 * A configuration of several files, as "check" reads it and as a start does. The input is lines: "=" and a
 * letter begins the next file. Claims: a load that gives nothing has said why, and what is found can be printed in
 * each form.
 */
#include "manage/check.h"
#include "value/value_json.h"
#include "value/value_yaml.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	char letter;
	const char *path;
} files[] = {
    {'j', "jail.local"},
    {'J', "jail.conf"},
    {'d', "jail.d/d.conf"},
    {'s', "fail2ban.conf"},
    {'f', "filter.d/f.conf"},
    {'F', "filter.d/f.local"},
    {'g', "filter.d/g.conf"},
    {'a', "action.d/a.conf"},
    {'b', "action.d/b.conf"},
    {'y', "f2b.yaml"},
};

#define FILES (sizeof(files) / sizeof(files[0]))

static char folder[] = "/tmp/f2b-fuzz-XXXXXX";
static const char *const folders[] = {"jail.d", "filter.d", "action.d"};

/* Lent until the next call. */
static const char *
in_folder(const char *path)
{
	static char text[100];

	(void)snprintf(text, sizeof(text), "%s/%s", folder, path);
	return text;
}

static void
end(void)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		(void)rmdir(in_folder(folders[i]));
	(void)rmdir(folder);
}

static void
begin(void)
{
	static bool begun;

	if (begun)
		return;
	begun = true;
	if (mkdtemp(folder) == NULL)
		abort();
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(in_folder(folders[i]), 0700) < 0)
			abort();
	(void)atexit(end);
}

/* A file that is begun again is written anew. */
static int
begin_file(int fd, char letter)
{
	if (fd >= 0)
		(void)close(fd);
	for (size_t i = 0; i < FILES; i++)
		if (files[i].letter == letter)
			return open(in_folder(files[i].path),
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return -1;
}

static void
write_files(struct slice in)
{
	struct slice line;
	int fd = -1;

	while (slice_next(&in, '\n', &line))
		if (line.n == 2 && line.p[0] == '=')
			fd = begin_file(fd, line.p[1]);
		else if (fd >= 0 &&
		         (write(fd, line.p, line.n) < 0 || write(fd, "\n", 1) < 0))
			abort();
	if (fd >= 0)
		(void)close(fd);
}

static void
check_printed(struct findings *all)
{
	const struct value *v = findings_value(all);
	struct buf out;

	buf_init(&out, OUTPUT_MAX);
	findings_text(all, &out);
	buf_clear(&out);
	assert(value_json_format(&out, v, 2) == 0);
	buf_clear(&out);
	assert(value_yaml_format(&out, v) == 0);
	buf_done(&out);
}

static void
load(const struct config_request *request)
{
	struct config *config = NULL;
	struct findings all;

	findings_init(&all);
	if (config_load(&config, request, &all.sink) < 0)
		assert(all.errors + all.warnings > 0);
	config_free(config);
	findings_done(&all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_request request = {.dir = folder};
	struct findings all;

	if (size > 8000)
		return 0;
	begin();
	write_files(slice_of((const char *)data, size));
	findings_init(&all);
	check_find(&all, &request);
	check_printed(&all);
	findings_done(&all);
	request.strict = true;
	load(&request);
	request = (struct config_request){.dir = folder, .without_logs = true, .verbose = true};
	load(&request);
	for (size_t i = 0; i < FILES; i++)
		(void)unlink(in_folder(files[i].path));
	return 0;
}
