/*
 * sources.h - opens what the configuration names to answer questions: the DNS or zone files, the accreditors' own time
 * limits, the private lists; and keeps what the evaluations of a process share.
 */
#ifndef SESSION_SOURCES_H
#define SESSION_SOURCES_H

#include "conf/conf.h"

#include <sys/stat.h>

struct dns_source;
struct event_base;
struct health;
struct list;
struct organizations;
struct sources_reading;
struct store;
struct zones;

#define SOURCES_ERROR_SIZE 1024

/* A private list from a file. */
struct sources_list {
    struct list *list;               /* null: the service is no list, or its entries are in the store */
    struct stat file;                /* what the file looked like when it was read, or complained of */
    struct stat seen;                /* and at the last look */
    struct sources_reading *reading; /* a thread that reads it anew; null: none does */
};

struct sources {
    struct vouch_settings settings; /* of the configuration, with `suspended` as the health of the services is now */
    const struct conf *conf;
    struct dns_source *dns;
    const struct zones *zones; /* the zone files that `dns` owns and answers from; null: it asks the DNS */
    struct dns_source *accreditors[VOUCH_SERVICES_MAX]; /* with a time limit of its own; null: `dns` */
    struct sources_list lists[VOUCH_SERVICES_MAX];      /* by index of the service */
    struct organizations *organizations;                /* null: nobody needs it */
    /* Given by the owner after sources_open, and closed by it; null: none */
    struct store *store;   /* answers for reputation and shared lists */
    struct health *health; /* hears what accreditors answer, and says who is not asked */
};

/*
 * Opens all but store and health; the loop may run while trust anchors are looked at, for at most conf->dns.timeout_ms
 * /
 * 2. False with `error` naming file, line and cause. `notice` says what is worth telling once (empty: nothing).
 */
bool sources_open(struct sources *sources, const struct conf *conf, struct event_base *base,
                  char notice[SOURCES_ERROR_SIZE], char error[SOURCES_ERROR_SIZE]);

/*
 * Looks whether the files of private lists changed, and has those that did read anew, beside the caller: the new list
 * is there at a later look. A file that was not the same at the last look is being written, and is left alone. True if
 * a list changed: verdicts that are remembered may be wrong now. What is wrong with a file goes to `error`, once a
 * change (empty: nothing), and the old list stays; an empty file in the place of a list is wrong too. Lines that are
 * left out of a new list are told there as well.
 */
bool sources_refresh_lists(struct sources *sources, char error[SOURCES_ERROR_SIZE]);

/* Closes what it opened; safe after a failed sources_open. */
void sources_close(struct sources *sources);

#endif
