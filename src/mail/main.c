/*
 * f2b-mail: sends one mail, as the action smtp wants it. Not for people: the order comes as a JSON
 * object on standard input, so that no password is in a list of processes.
 *
 *	host		NAME, NAME:PORT or [ADDRESS]:PORT
 *	ssl		true: TLS from the first byte; false: where the server offers it (STARTTLS)
 *	verify		the server must prove that it is who it is called
 *	user, password	empty: none
 *	fromaddr	of the envelope
 *	toaddr		addresses, separated by commas
 *	timeout		seconds for all
 *	letter		headers and body, with CRLF
 *
 * Exit status 0, or 1 with the reason on standard error.
 */
#include "util/slice.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>

static size_t
give(char *to, size_t size, size_t count, void *arg)
{
	struct slice *rest = arg, part = slice_upto(*rest, size * count);

	memcpy(to, part.p, part.n);
	*rest = slice_from(*rest, part.n);
	return part.n;
}

static const char *
text_of(const json_t *order, const char *key)
{
	const char *text = json_string_value(json_object_get(order, key));

	return text != NULL ? text : "";
}

static struct curl_slist *
recipients(struct slice list)
{
	struct curl_slist *out = NULL;
	struct slice one;
	char text[1024];

	while (slice_next(&list, ',', &one)) {
		one = slice_trim(one);
		if (one.n == 0 || one.n >= sizeof(text))
			continue;
		(void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(one));
		out = curl_slist_append(out, text);
	}
	return out;
}

static void
set_up(CURL *c, const json_t *order, char *url, size_t size)
{
	bool ssl = json_is_true(json_object_get(order, "ssl"));
	long verify = json_is_true(json_object_get(order, "verify")) ? 1 : 0;

	(void)snprintf(url, size, "%s://%s", ssl ? "smtps" : "smtp", text_of(order, "host"));
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	/* smtplib's default is 25 in the clear; libcurl's own for smtp is the same. */
	(void)curl_easy_setopt(
	    c, CURLOPT_USE_SSL, (long)(verify ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, verify);
	(void)curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (*text_of(order, "user") != '\0') {
		(void)curl_easy_setopt(c, CURLOPT_USERNAME, text_of(order, "user"));
		(void)curl_easy_setopt(c, CURLOPT_PASSWORD, text_of(order, "password"));
	}
	(void)curl_easy_setopt(c, CURLOPT_MAIL_FROM, text_of(order, "fromaddr"));
	(void)curl_easy_setopt(
	    c, CURLOPT_TIMEOUT, (long)json_integer_value(json_object_get(order, "timeout")));
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
}

static int
send_order(const json_t *order)
{
	struct slice letter = slice_cstr(text_of(order, "letter"));
	struct curl_slist *to = recipients(slice_cstr(text_of(order, "toaddr")));
	char url[1024], reason[CURL_ERROR_SIZE] = "";
	CURL *c = curl_easy_init();
	CURLcode result = CURLE_OUT_OF_MEMORY;

	if (c != NULL && to != NULL) {
		set_up(c, order, url, sizeof(url));
		(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, reason);
		(void)curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
		(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
		(void)curl_easy_setopt(c, CURLOPT_READDATA, &letter);
		result = curl_easy_perform(c);
	}
	if (to == NULL)
		(void)fprintf(stderr, "dest names nobody to send to\n");
	else if (result != CURLE_OK)
		(void)fprintf(stderr, "cannot send to %s: %s\n", text_of(order, "host"),
		    reason[0] != '\0' ? reason : curl_easy_strerror(result));
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
	return result == CURLE_OK ? 0 : 1;
}

int
main(void)
{
	json_error_t error;
	json_t *order = json_loadf(stdin, 0, &error);
	int status;

	if (!json_is_object(order)) {
		(void)fprintf(stderr,
		    "expected an order of the action smtp on standard input: %s\n", error.text);
		json_decref(order);
		return 1;
	}
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	status = send_order(order);
	json_decref(order);
	curl_global_cleanup();
	return status;
}
