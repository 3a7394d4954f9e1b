/*
 * http.c - the head of a request, and an answer.
 */
#include "proto/http.h"

#include <string.h>

#define HTTP_BODY_DIGITS 15 /* of a length: no sum of such numbers overflows */

/* What the fields said so far. */
struct http_fields {
    struct http_request *request;
    bool has_host, has_authorization, has_type, has_expect;
};

/* http_refuse - the request is none */
static bool http_refuse(struct http_request *request, unsigned status, const char *text)
{
    request->status = status;
    request->text = text;
    return false;
}

/* http_is_token - an octet of a method or a field's name [RFC 9110 5.6.2] */
static bool http_is_token(uint8_t octet)
{
    return text_is_alnum((char)octet) || (octet != '\0' && strchr("!#$%&'*+-.^_`|~", octet) != NULL);
}

/* http_are_tokens - one or more of them */
static bool http_are_tokens(struct vouch_bytes bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        if (!http_is_token(bytes.data[i]))
            return false;
    return bytes.length != 0;
}

/* http_cut - the octets up to the first `end`, which is left out of the rest; false: there is none */
static bool http_cut(struct vouch_bytes *rest, char end, struct vouch_bytes *piece)
{
    const uint8_t *found = rest->length == 0 ? NULL : memchr(rest->data, end, rest->length);

    if (found == NULL)
        return false;
    *piece = (struct vouch_bytes){rest->data, (size_t)(found - rest->data)};
    rest->data += piece->length + 1;
    rest->length -= piece->length + 1;
    return true;
}

/* http_line - the next line without its end; false: it has none yet */
static bool http_line(struct vouch_bytes *rest, struct vouch_bytes *line)
{
    if (!http_cut(rest, '\n', line))
        return false;
    if (line->length != 0 && line->data[line->length - 1] == '\r')
        line->length--;
    return true;
}

/* http_trim - without blanks on both sides */
static struct vouch_bytes http_trim(struct vouch_bytes bytes)
{
    while (bytes.length != 0 && (bytes.data[0] == ' ' || bytes.data[0] == '\t')) {
        bytes.data++;
        bytes.length--;
    }
    while (bytes.length != 0 && (bytes.data[bytes.length - 1] == ' ' || bytes.data[bytes.length - 1] == '\t'))
        bytes.length--;
    return bytes;
}

/* http_take_version - HTTP/1.0 or HTTP/1.1; what is above 1.1 is read as that [RFC 9110 2.5] */
static bool http_take_version(struct http_request *request, struct vouch_bytes version)
{
    if (version.length != 8 || memcmp(version.data, "HTTP/", 5) != 0 || !text_is_digit((char)version.data[5]) ||
        version.data[6] != '.' || !text_is_digit((char)version.data[7]))
        return http_refuse(request, 400, "no HTTP");
    if (version.data[5] != '1')
        return http_refuse(request, 505, "another version of HTTP");
    request->closes = version.data[7] == '0';
    return true;
}

/* http_take_first - the request line [RFC 9112 3] */
static bool http_take_first(struct http_request *request, struct vouch_bytes line)
{
    struct vouch_bytes target;

    if (!http_cut(&line, ' ', &request->method) || !http_are_tokens(request->method) ||
        !http_cut(&line, ' ', &target) || target.length == 0)
        return http_refuse(request, 400, "no request line");
    for (size_t i = 0; i < target.length; i++)
        if (target.data[i] <= ' ' || target.data[i] >= 0x7f)
            return http_refuse(request, 400, "odd octets in the target");
    if (!http_cut(&target, '?', &request->path))
        request->path = target;
    return http_take_version(request, line);
}

/* http_once - a field that may stand but once; false: it stands twice */
static bool http_once(struct http_request *request, bool *seen)
{
    if (*seen)
        return http_refuse(request, 400, "a field twice");
    *seen = true;
    return true;
}

/* field_host - said, and said once [RFC 9112 3.2] */
static bool field_host(struct http_fields *fields, struct vouch_bytes value)
{
    (void)value;
    return http_once(fields->request, &fields->has_host);
}

/* field_length - of the body [RFC 9112 6.2] */
static bool field_length(struct http_fields *fields, struct vouch_bytes value)
{
    struct http_request *request = fields->request;

    if (!http_once(request, &request->has_length))
        return false;
    if (value.length == 0)
        return http_refuse(request, 400, "Content-Length is no number");
    for (size_t i = 0; i < value.length; i++) {
        if (!text_is_digit((char)value.data[i]))
            return http_refuse(request, 400, "Content-Length is no number");
        if (i >= HTTP_BODY_DIGITS)
            return http_refuse(request, 413, "too long");
        request->length = request->length * 10 + (uint64_t)(value.data[i] - '0');
    }
    return true;
}

/* field_encoding - of the transfer: none that we read */
static bool field_encoding(struct http_fields *fields, struct vouch_bytes value)
{
    (void)value;
    fields->request->chunked = true;
    return true;
}

/* field_connection - does it end with this request? [RFC 9112 9.3] */
static bool field_connection(struct http_fields *fields, struct vouch_bytes value)
{
    struct vouch_bytes word;

    while (http_cut(&value, ',', &word))
        if (text_is_nocase(http_trim(word), "close"))
            fields->request->closes = true;
    if (text_is_nocase(http_trim(value), "close"))
        fields->request->closes = true;
    return true;
}

/* field_expect - "100 Continue" [RFC 9110 10.1.1] */
static bool field_expect(struct http_fields *fields, struct vouch_bytes value)
{
    if (!http_once(fields->request, &fields->has_expect))
        return false;
    if (!text_is_nocase(value, "100-continue"))
        return http_refuse(fields->request, 417, "an expectation that nobody here meets");
    fields->request->expects = true;
    return true;
}

/* field_authorization - who asks */
static bool field_authorization(struct http_fields *fields, struct vouch_bytes value)
{
    fields->request->authorization = value;
    return http_once(fields->request, &fields->has_authorization);
}

/* field_type - of the body */
static bool field_type(struct http_fields *fields, struct vouch_bytes value)
{
    fields->request->content_type = value;
    return http_once(fields->request, &fields->has_type);
}

/* The fields that matter. */
static const struct {
    const char *name;
    bool (*take)(struct http_fields *fields, struct vouch_bytes value);
} http_fields[] = {
    {"Host", field_host},
    {"Content-Length", field_length},
    {"Transfer-Encoding", field_encoding},
    {"Connection", field_connection},
    {"Expect", field_expect},
    {"Authorization", field_authorization},
    {"Content-Type", field_type},
};

/* http_take_field - one field [RFC 9112 5] */
static bool http_take_field(struct http_fields *fields, struct vouch_bytes line)
{
    struct vouch_bytes name;

    for (size_t i = 0; i < line.length; i++)
        if ((line.data[i] < ' ' && line.data[i] != '\t') || line.data[i] == 0x7f)
            return http_refuse(fields->request, 400, "a control character in a field");
    if (!http_cut(&line, ':', &name) || !http_are_tokens(name))
        return http_refuse(fields->request, 400, "a line that is no field");
    for (size_t i = 0; i < sizeof http_fields / sizeof http_fields[0]; i++)
        if (text_is_nocase(name, http_fields[i].name))
            return http_fields[i].take(fields, http_trim(line));
    return true;
}

/* http_check - what holds of the head as a whole */
static bool http_check(const struct http_fields *fields, bool needs_host)
{
    struct http_request *request = fields->request;

    if (needs_host && !fields->has_host)
        return http_refuse(request, 400, "no Host");
    if (request->chunked && request->has_length)
        return http_refuse(request, 400, "two lengths");
    return true;
}

/* http_take_head - a whole head, its last line included; false: refused */
static bool http_take_head(struct http_request *request, struct vouch_bytes head)
{
    struct http_fields fields = {.request = request};
    struct vouch_bytes line;
    size_t count = 0;
    bool newer;

    if (!http_line(&head, &line) || !http_take_first(request, line))
        return false;
    newer = !request->closes;
    while (http_line(&head, &line) && line.length != 0) {
        if (++count > HTTP_FIELDS_MAX)
            return http_refuse(request, 431, "too many fields");
        if (!http_take_field(&fields, line))
            return false;
    }
    return http_check(&fields, newer);
}

/* http_find_end - the octets of a head up to its empty line, that included; 0: it has not come */
static size_t http_find_end(struct vouch_bytes bytes)
{
    struct vouch_bytes rest = bytes, line;

    while (http_line(&rest, &line))
        if (line.length == 0)
            return (size_t)(rest.data - bytes.data);
    return 0;
}

enum http_read http_read(struct vouch_bytes bytes, struct http_request *request, size_t *used)
{
    size_t lead = 0, length;

    *request = (struct http_request){0};
    *used = 0;
    /* An empty line before a request is what old clients send behind a body [RFC 9112 2.2] */
    if (bytes.length >= 2 && memcmp(bytes.data, "\r\n", 2) == 0)
        lead = 2;
    else if (bytes.length >= 1 && bytes.data[0] == '\n')
        lead = 1;
    bytes.data += lead;
    bytes.length -= lead;
    length = http_find_end(bytes);
    if (length > HTTP_HEAD_MAX || (length == 0 && bytes.length > HTTP_HEAD_MAX)) {
        http_refuse(request, 431, "the head of the request is too long");
        return HTTP_BAD;
    }
    if (length == 0)
        return HTTP_MORE;
    if (!http_take_head(request, (struct vouch_bytes){bytes.data, length}))
        return HTTP_BAD;
    *used = lead + length;
    return HTTP_REQUEST;
}

/* http_phrase - what a status is called [RFC 9110 15, RFC 6585 5] */
static const char *http_phrase(unsigned status)
{
    static const struct {
        unsigned status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {431, "Request Header Fields Too Large"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

/* http_add_field - one line of an answer; nothing without a value */
static void http_add_field(struct text *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_add(out, name);
    text_add(out, ": ");
    text_add(out, value);
    text_add(out, "\r\n");
}

void http_add_answer(struct text *out, const struct http_answer *answer)
{
    text_add(out, "HTTP/1.1 ");
    text_add_unsigned(out, answer->status);
    text_add_char(out, ' ');
    text_add(out, http_phrase(answer->status));
    text_add(out, "\r\n");
    http_add_field(out, "Date", answer->date);
    http_add_field(out, "Content-Type", "application/json");
    http_add_field(out, "Cache-Control", "no-store");
    http_add_field(out, "Allow", answer->allow);
    http_add_field(out, "WWW-Authenticate", answer->status == 401 ? "Bearer" : NULL);
    http_add_field(out, "Connection", answer->closes ? "close" : NULL);
    if (answer->retry_after_s != 0) {
        text_add(out, "Retry-After: ");
        text_add_unsigned(out, answer->retry_after_s);
        text_add(out, "\r\n");
    }
    text_add(out, "Content-Length: ");
    text_add_unsigned(out, strlen(answer->body) + 1);
    text_add(out, "\r\n\r\n");
    if (answer->headless)
        return;
    text_add(out, answer->body);
    text_add_char(out, '\n');
}

void http_add_continue(struct text *out)
{
    text_add(out, "HTTP/1.1 100 Continue\r\n\r\n");
}
