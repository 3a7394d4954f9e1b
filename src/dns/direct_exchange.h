/*
 * direct_exchange.h - one question to one server and its answer: two tries over UDP, then TCP if the answer is cut.
 */
#ifndef DNS_DIRECT_EXCHANGE_H
#define DNS_DIRECT_EXCHANGE_H

#include "vouchsafe.h"

#include <sys/socket.h>

#define EXCHANGE_HEADER_LENGTH 12 /* of a DNS message */

struct event_base;
struct exchange;

/* Who is asked, and how long a try may take. */
struct exchange_place {
    struct sockaddr_storage address;
    socklen_t length;
    unsigned timeout_ms;
};

/*
 * Takes the answer, which dies on return and may be written to: a header at least, and the id of the question. Length
 * 0: none came. Runs once, never before exchange_open has returned; the exchange is gone then.
 */
typedef void exchange_done(void *owner, uint8_t *message, size_t length);

/* Sends a question of at least a header, of which a copy is kept. Null: out of memory. */
struct exchange *exchange_open(struct event_base *base, const struct exchange_place *place, struct vouch_bytes question,
                               exchange_done *done, void *owner);

/* Forgets it: `done` will not run. */
void exchange_close(struct exchange *exchange);

#endif
