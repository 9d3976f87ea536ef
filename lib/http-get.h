/* http-get -- as much of HTTP as a server of one document needs.
 *
 * Understands requests of HTTP/1.0 and 1.1 without a body, and writes the head
 * of an answer, after which the connection is closed.
 *
 * Pure: bytes in, bytes out.  Single-threaded.
 */
#ifndef HTTP_GET_H
#define HTTP_GET_H 1

#include <stdbool.h>
#include <stddef.h>

struct ds;

/* A head of a request that is longer than this is refused. */
#define HTTP_GET_MAX 4096

/* Judges the 'n' bytes at 'request' that were received so far.  Returns 0 if
 * the head of the request is not complete; 200 if it is a GET or HEAD of
 * 'path', and stores in '*head' which; else the status to answer with: 400,
 * 404, 405, 431 or 505. */
int http_get_parse(const char *request, size_t n, const char *path,
                   bool *head);

/* Appends the head of an answer with 'status', a body of 'length' bytes of
 * 'type' to follow. */
void http_get_put_head(struct ds *, int status, const char *type,
                       size_t length);

/* Appends a whole answer for 'status', which is not 200. */
void http_get_put_error(struct ds *, int status);

#endif /* lib/http-get.h */
