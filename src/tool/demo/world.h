/*
 * world.h - the world of the demo: its DNS, its configuration, and who calls.
 */
#ifndef TOOL_DEMO_WORLD_H
#define TOOL_DEMO_WORLD_H

#include "tool/demo/daemon.h"

#define DEMO_CLASS "skip_blocklists" /* Postfix restriction class of trusted sessions */

struct demo_session {
    const char *who, *client, *helo;
};

extern const struct demo_world demo_world;
extern const struct demo_session demo_sessions[];
extern const size_t demo_sessions_count;

/* The session whose dialogue is shown whole. */
extern const struct demo_session *const demo_shown;

#endif
