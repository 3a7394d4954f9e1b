/*
 * protocol.c - the row of a listener's protocol.
 */
#include "daemon/listen/protocol.h"

const struct protocol *protocol_find(enum conf_protocol protocol)
{
    switch (protocol) {
    case CONF_MILTER:
        return &milter_protocol;
    case CONF_POLICY:
        return &policy_protocol;
    case CONF_EXIM:
        return &exim_protocol;
    case CONF_HTTP:
        return &http_protocol;
    }
    return NULL;
}
