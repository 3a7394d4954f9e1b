/*
 * inquiry.h - questions of workers to the store, each until it is answered.
 */
#ifndef DAEMON_KEEPER_INQUIRY_H
#define DAEMON_KEEPER_INQUIRY_H

#include "daemon/keeper/wire.h"
#include "session/keeping.h"

#include <sys/queue.h>

struct inquiry;
struct organizations;

LIST_HEAD(inquiry_list, inquiry);

/* An answer came later, and something may have been written just now. */
typedef void inquiries_written(void *owner);

struct inquiries {
    struct inquiry_list list;
    struct keeping *keeping;
    const struct organizations *organizations;
    inquiries_written *written;
    void *owner;
    uint8_t packet[KEEPER_PACKET_MAX]; /* sent */
};

void inquiries_init(struct inquiries *inquiries, struct keeping *keeping, const struct organizations *organizations,
                    inquiries_written *written, void *owner);

/*
 * Asks, and answers on the worker's line, at once or later. A vote that its worker has given up by now is refused.
 * `*fd` is below 0 once nobody holds the other end any more; it stays until inquiries_close.
 */
void inquiries_ask(struct inquiries *inquiries, const int *fd, const struct keeper_message *message);

/* Forgets all that are open; the store is closed, or they were never its own. */
void inquiries_close(struct inquiries *inquiries);

#endif
