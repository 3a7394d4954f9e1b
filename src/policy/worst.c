/*
 * worst.c - which evidence decided against a session.
 */
#include "policy/worst.h"

enum vouch_token worst_token(const struct vouch_verdict *verdict)
{
    enum vouch_token token = VOUCH_TOKENS;
    int16_t points = 0;

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        if (verdict->evidence[i].points < points) {
            token = verdict->evidence[i].token;
            points = verdict->evidence[i].points;
        }
    }
    return token;
}
