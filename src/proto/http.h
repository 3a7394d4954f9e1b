/*
 * http.h - HTTP/1.1 of a small server: the head of a request to its parts, and an answer to octets. [RFC 9110, RFC
 * 9112]
 *
 * Reading is pulled, strict, and never looks past the head: what could be read in two ways (folded or doubled fields, a
 * blank before a colon, two lengths) is no request. Chunked bodies are told, not read.
 */
#ifndef PROTO_HTTP_H
#define PROTO_HTTP_H

#include "base/text.h"

#define HTTP_HEAD_MAX   8192 /* octets of a request line and its fields */
#define HTTP_FIELDS_MAX 64

enum http_read {
    HTTP_MORE,    /* not a whole head yet */
    HTTP_REQUEST, /* `request` is filled in */
    HTTP_BAD      /* not HTTP, or more than we take: answer with `status`, and close */
};

/* Views into the head; length 0: not there or empty. */
struct http_request {
    struct vouch_bytes method;
    struct vouch_bytes path; /* as it came, without the query; "*" and absolute forms too */
    struct vouch_bytes authorization;
    struct vouch_bytes content_type;
    bool has_length;
    uint64_t length;  /* octets of the body that follows */
    bool chunked;     /* the body comes in an encoding that we do not read */
    bool expects;     /* the client waits for "100 Continue" */
    bool closes;      /* the connection ends with this request */
    unsigned status;  /* HTTP_BAD */
    const char *text; /* the same: why, in words, constant */
};

/* Reads the first head in `bytes`; lines end in LF or CR LF. `used`: its octets, 0 unless HTTP_REQUEST. */
enum http_read http_read(struct vouch_bytes bytes, struct http_request *request, size_t *used);

/* An answer in JSON. */
struct http_answer {
    unsigned status;
    const char *body;       /* JSON without a line's end; what a peer said must be encoded in it */
    const char *date;       /* [RFC 9110 5.6.7], or null */
    const char *allow;      /* of 405: the methods; or null */
    unsigned retry_after_s; /* 0: does not matter */
    bool headless;          /* the request was HEAD: the body is only announced */
    bool closes;
};

void http_add_answer(struct text *out, const struct http_answer *answer);

/* Lets the client send the body that it holds back. */
void http_add_continue(struct text *out);

#endif
