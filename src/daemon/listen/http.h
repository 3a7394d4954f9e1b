/*
 * http.h - listeners of protocol http: POST /v1/feedback, for whoever shows the token.
 *
 * HTTP runs on streams, as all our protocols do, and not on libevent's evhttp: that bounds neither connections nor the
 * time that a request may take to come in, and an end that drains would have to be built beside it.
 */
#ifndef DAEMON_LISTEN_HTTP_H
#define DAEMON_LISTEN_HTTP_H

#include "conf/conf.h"

/* Reads what listeners of this protocol need, before the first connection. False with `error` naming the file. */
bool http_prepare(const struct conf *conf, char error[CONF_ERROR_SIZE]);

/* Logs what an operator should know of such a listener: others can reach it, or nothing can be counted. */
void http_warn(const struct conf *conf);

#endif
