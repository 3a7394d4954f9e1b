/*
 * exim.h - one line in, one line out, for ${readsocket} of Exim.
 *
 * Both lines are KEY=VALUE parted by blanks; a value is bare (no blank, quote, backslash or control character) or a
 * quoted-string as Exim's ${quote:} writes it: \" \\ \n \r, other characters as they are. ${extract{KEY}{LINE}} of
 * Exim takes the answer apart.
 */
#ifndef PROTO_EXIM_H
#define PROTO_EXIM_H

#include "base/text.h"

#define EXIM_LINE_MAX  65536
#define EXIM_VALUE_MAX 1024 /* of one value, unquoted, with a NUL; of a longer one the middle is left out */

/* What Exim tells; unquoted copies. An absent key is an empty value; an unknown key is passed over. */
struct exim_request {
    char client[EXIM_VALUE_MAX]; /* client= $sender_host_address */
    char helo[EXIM_VALUE_MAX];   /* helo= $sender_helo_name */
    size_t helo_length;          /* it may hold any octet but NUL */
    char recipient[EXIM_VALUE_MAX];
    char authenticated[EXIM_VALUE_MAX]; /* auth= $authenticated_id */
    char tls_name[EXIM_VALUE_MAX];      /* tls= subject of a verified client certificate */
    char stage[16];                     /* stage= helo, mail or rcpt; empty: rcpt */
    const char *cause;                  /* EXIM_BAD: in words, constant */
};

enum exim_read {
    EXIM_MORE,    /* no whole line yet */
    EXIM_REQUEST, /* `request` is filled in */
    EXIM_BAD      /* malformed, or longer than EXIM_LINE_MAX: answer with an error, close */
};

/* Reads the first line in `bytes`; it ends in LF or CR LF. `used`: octets it took, 0 if EXIM_MORE. */
enum exim_read exim_read(struct vouch_bytes bytes, struct exim_request *request, size_t *used);

/* Appends KEY=VALUE and a blank before it unless it is the first; quoted where needed, control characters as \xNN text.
 */
void exim_add(struct text *out, const char *key, const char *value);

/* Ends the answer. */
void exim_end(struct text *out);

#endif
