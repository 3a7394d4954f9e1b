/*
 * postfix.c - the Postfix policy delegation protocol: lines of attributes to views, an action to a reply.
 */
#include "proto/postfix.h"

#include <string.h>

/* The attributes that we use, and where they stand in the request. */
static const struct {
    const char *name;
    size_t offset;
} postfix_attributes[] = {
    {"request", offsetof(struct postfix_request, request)},
    {"protocol_state", offsetof(struct postfix_request, protocol_state)},
    {"client_address", offsetof(struct postfix_request, client_address)},
    {"helo_name", offsetof(struct postfix_request, helo_name)},
    {"sender", offsetof(struct postfix_request, sender)},
    {"recipient", offsetof(struct postfix_request, recipient)},
    {"recipient_count", offsetof(struct postfix_request, recipient_count)},
    {"instance", offsetof(struct postfix_request, instance)},
    {"queue_id", offsetof(struct postfix_request, queue_id)},
    {"sasl_method", offsetof(struct postfix_request, sasl_method)},
    {"sasl_username", offsetof(struct postfix_request, sasl_username)},
    {"ccert_subject", offsetof(struct postfix_request, ccert_subject)},
};

#define ATTRIBUTES (sizeof postfix_attributes / sizeof postfix_attributes[0])

/* postfix_read_line - keep the attribute of one line, its end left off; false with the cause if it is none */
static bool postfix_read_line(struct postfix_request *request, const uint8_t *line, size_t length)
{
    const uint8_t *equals = memchr(line, '=', length);
    struct vouch_bytes name;

    if (memchr(line, '\0', length) != NULL) {
        request->cause = "a NUL in a line";
        return false;
    }
    if (equals == NULL) {
        request->cause = "a line without \"=\"";
        return false;
    }
    name = (struct vouch_bytes){line, (size_t)(equals - line)};
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        if (text_is(name, postfix_attributes[i].name)) {
            struct vouch_bytes value = {equals + 1, length - name.length - 1};

            memcpy((char *)request + postfix_attributes[i].offset, &value, sizeof value);
            break;
        }
    }
    return true;
}

/* postfix_end - judge the whole request at its empty line */
static enum postfix_read postfix_end(struct postfix_request *request)
{
    if (text_is(request->request, "smtpd_access_policy"))
        return POSTFIX_REQUEST;
    request->cause = "not a request for smtpd_access_policy";
    return POSTFIX_BAD;
}

enum postfix_read postfix_read(struct vouch_bytes bytes, struct postfix_request *request, size_t *used)
{
    size_t whole = bytes.length < POSTFIX_REQUEST_MAX ? bytes.length : POSTFIX_REQUEST_MAX;
    size_t at = 0;

    memset(request, 0, sizeof *request);
    *used = 0;
    while (at < whole) {
        const uint8_t *line = bytes.data + at;
        const uint8_t *end = memchr(line, '\n', whole - at);
        size_t length;

        if (end == NULL)
            break;
        length = (size_t)(end - line);
        at += length + 1;
        if (length > 0 && line[length - 1] == '\r')
            length--;
        if (length == 0) {
            enum postfix_read read = postfix_end(request);

            *used = read == POSTFIX_REQUEST ? at : 0;
            return read;
        }
        if (!postfix_read_line(request, line, length))
            return POSTFIX_BAD;
    }
    if (whole < POSTFIX_REQUEST_MAX)
        return POSTFIX_MORE;
    request->cause = "a request that is too long";
    return POSTFIX_BAD;
}

void postfix_add_action(struct text *out, const char *action)
{
    text_add(out, "action=");
    text_add_printable(out, text_bytes(action));
    text_add(out, "\n\n");
}
