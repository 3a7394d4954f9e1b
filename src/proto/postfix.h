/*
 * postfix.h - the Postfix policy delegation protocol: attributes to a request, and an action to a reply.
 *
 * A request is lines "name=value" and an empty line; the reply is "action=..." and an empty line. [SMTPD_POLICY_README]
 */
#ifndef PROTO_POSTFIX_H
#define PROTO_POSTFIX_H

#include "base/text.h"

#define POSTFIX_REQUEST_MAX 65536 /* octets of one request; Postfix sends a few hundred */

/* Views of the attributes that we use; length 0: not there or empty. Of a doubled attribute the last one counts. */
struct postfix_request {
    struct vouch_bytes request;        /* "smtpd_access_policy" */
    struct vouch_bytes protocol_state; /* CONNECT EHLO HELO MAIL RCPT DATA END-OF-MESSAGE VRFY ETRN */
    struct vouch_bytes client_address;
    struct vouch_bytes helo_name;
    struct vouch_bytes sender;
    struct vouch_bytes recipient;
    struct vouch_bytes recipient_count;
    struct vouch_bytes instance;
    struct vouch_bytes queue_id;
    struct vouch_bytes sasl_method;
    struct vouch_bytes sasl_username;
    struct vouch_bytes ccert_subject; /* of a verified client certificate */
    const char *cause;                /* POSTFIX_BAD: in words, constant */
};

enum postfix_read {
    POSTFIX_MORE,    /* not a whole request yet */
    POSTFIX_REQUEST, /* `request` is filled in */
    POSTFIX_BAD      /* a line without "=", a NUL, more than POSTFIX_REQUEST_MAX, or another request type: close */
};

/* Reads the first request in `bytes`; lines end in LF or CR LF. `used`: octets it took, 0 unless POSTFIX_REQUEST. */
enum postfix_read postfix_read(struct vouch_bytes bytes, struct postfix_request *request, size_t *used);

/* Appends "action=ACTION" and the empty line. What is not printable ASCII in `action` is escaped. */
void postfix_add_action(struct text *out, const char *action);

#endif
