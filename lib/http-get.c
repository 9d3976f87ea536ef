/* http-get.c: a little HTTP.  See the header. */
#include <config.h>
#include "lib/http-get.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Returns where the head's empty line ends, or NULL. */
static const char *
find_end(const char *request, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (request[i] == '\n') {
            if (i + 1 < n && request[i + 1] == '\n') {
                return request + i + 2;
            } else if (i + 2 < n && request[i + 1] == '\r'
                       && request[i + 2] == '\n') {
                return request + i + 3;
            }
        }
    }
    return NULL;
}

/* Takes the next word, up to a space, off the front of '*s', which ends at
 * 'end'.  Returns its length; 0 if there is none. */
static size_t
take_word(const char **s, const char *end, const char **word)
{
    *word = *s;
    while (*s < end && **s != ' ') {
        (*s)++;
    }

    size_t n = *s - *word;
    if (*s < end) {
        (*s)++;
    }
    return n;
}

static bool
word_is(const char *word, size_t n, const char *what)
{
    return n == strlen(what) && !memcmp(word, what, n);
}

int
http_get_parse(const char *request, size_t n, const char *path, bool *head)
{
    const char *s = request;
    const char *method, *target, *version;

    if (!find_end(request, MIN(n, HTTP_GET_MAX))) {
        return n >= HTTP_GET_MAX ? 431 : 0;
    }

    const char *end = memchr(request, '\n', n);
    if (end > request && end[-1] == '\r') {
        end--;
    }

    size_t n_method = take_word(&s, end, &method);
    size_t n_target = take_word(&s, end, &target);
    size_t n_version = take_word(&s, end, &version);
    if (!n_method || !n_target || s != end || n_version != 8
        || memcmp(version, "HTTP/", 5)) {
        return 400;
    } else if (memcmp(version, "HTTP/1.", 7)) {
        return 505;
    }

    bool is_head = word_is(method, n_method, "HEAD");
    if (!is_head && !word_is(method, n_method, "GET")) {
        return 405;
    }

    const char *query = memchr(target, '?', n_target);
    if (query) {
        n_target = query - target;
    }
    if (!word_is(target, n_target, path)) {
        return 404;
    }
    *head = is_head;
    return 200;
}

static const char *
reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Bad Request";
    }
}

void
http_get_put_head(struct ds *ds, int status, const char *type, size_t length)
{
    ds_put_format(ds, "HTTP/1.1 %d %s\r\n", status, reason(status));
    if (status == 405) {
        ds_put_cstr(ds, "Allow: GET, HEAD\r\n");
    }
    ds_put_format(ds, "Content-Type: %s\r\n"
                  "Content-Length: %"PRIuSIZE"\r\n"
                  "Connection: close\r\n\r\n", type, length);
}

void
http_get_put_error(struct ds *ds, int status)
{
    const char *text = reason(status);

    http_get_put_head(ds, status, "text/plain", strlen(text) + 1);
    ds_put_format(ds, "%s\n", text);
}
