/*
 * loop.h - what the processes with an event loop share: their turns, and events that may not be there.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

struct event;
struct event_base;

/* Runs the loop until it is broken or has nothing to wait for; the log goes out once a turn. The exit status. */
int loop_run(struct event_base *base);

/* Null is allowed. */
void loop_free_event(struct event *event);

#endif
