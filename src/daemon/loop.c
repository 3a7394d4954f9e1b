/*
 * loop.c - the turns of a process.
 */
#include "daemon/loop.h"

#include "daemon/log/log.h"

#include <event2/event.h>

int loop_run(struct event_base *base)
{
    int status;

    log_gather(true);
    do {
        status = event_base_loop(base, EVLOOP_ONCE);
        log_flush();
    } while (status == 0 && !event_base_got_break(base));
    log_gather(false);
    return status < 0 ? 1 : 0;
}

void loop_free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}
