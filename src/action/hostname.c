#include "action/hostname.h"

#include "util/time.h"

#include <netdb.h>
#include <stdio.h>

#define FULL_MAX_AGE SPAN_S(300)

static struct {
	char name[NI_MAXHOST];
	struct mono read_at;
	bool read;
} full;

static void
own_name(char out[UV_MAXHOSTNAMESIZE])
{
	size_t n = UV_MAXHOSTNAMESIZE;

	if (uv_os_gethostname(out, &n) < 0)
		(void)snprintf(out, UV_MAXHOSTNAMESIZE, "localhost");
}

void
hostname_short(struct buf *out)
{
	char name[UV_MAXHOSTNAMESIZE];

	own_name(name);
	buf_add_cstr(out, name);
}

void
hostname_full(struct buf *out)
{
	if (full.name[0] != '\0')
		buf_add_cstr(out, full.name);
	else
		hostname_short(out);
}

static void
looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *list)
{
	struct hostname_request *request = lookup->data;

	full.read = true;
	full.read_at = time_mono();
	/* The old name is better than none. */
	if (status == 0 && list != NULL && list->ai_canonname != NULL)
		(void)snprintf(full.name, sizeof(full.name), "%s", list->ai_canonname);
	uv_freeaddrinfo(list);
	request->known(request->arg);
}

bool
hostname_look_up(uv_loop_t *loop, struct hostname_request *request, void (*known)(void *arg), void *arg)
{
	const struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM};
	char name[UV_MAXHOSTNAMESIZE];

	if (full.read && mono_since(time_mono(), full.read_at).us <= FULL_MAX_AGE.us)
		return false;
	own_name(name);
	*request = (struct hostname_request){.lookup.data = request, .known = known, .arg = arg};
	return uv_getaddrinfo(loop, &request->lookup, looked_up, name, NULL, &hints) == 0;
}
