/*
 * http.h - listeners of protocol http: POST /v1/feedback. Loopback by default; whoever posts shows the token.
 */
#ifndef DAEMON_HTTP_H
#define DAEMON_HTTP_H

#include "daemon/worker.h"

struct http;

/* Serves HTTP on a listening socket, which stays open at the end. Null: out of memory. */
struct http *http_open(const struct worker *worker, int fd);

/* Ends it with all its connections. Null is allowed. */
void http_close(struct http *http);

#endif
