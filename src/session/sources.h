/*
 * sources.h - opens what the configuration names to answer questions: the DNS or zone files, and the private lists.
 */
#ifndef SESSION_SOURCES_H
#define SESSION_SOURCES_H

#include "conf/conf.h"

struct event_base;
struct dns_source;
struct list;

#define SOURCES_ERROR_SIZE 1024

struct sources {
    struct dns_source *dns;
    struct list *lists[VOUCH_SERVICES_MAX]; /* by index of the service; null for other styles */
};

/*
 * Opens all; the loop may run while trust anchors are looked at, for at most conf->dns.timeout_ms / 2. False with
 * `error` naming file, line and cause. `notice` says what is worth telling once (empty: nothing).
 */
bool sources_open(struct sources *sources, const struct conf *conf, struct event_base *base,
                  char notice[SOURCES_ERROR_SIZE], char error[SOURCES_ERROR_SIZE]);

/* Closes what is open; safe after a failed sources_open. */
void sources_close(struct sources *sources);

#endif
