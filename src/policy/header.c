/*
 * header.c - the Authentication-Results field: one method, every value a token or a quoted-string of printable ASCII.
 *
 * No text of the DNS stands in it but host names that passed the HELO judge. [RFC 8601 2.2, 2.7.6, SPEC 8.4]
 */
#include "policy/header.h"

#include "base/text.h"

#include <string.h>

#define HELO_QUOTED_MAX 255
#define START           HEADER_NAME ": "

/* header_is_name - is the text the name that was judged, but for case and a final dot? */
static bool header_is_name(const char *name, struct vouch_bytes helo)
{
    if (helo.length != 0 && helo.data[helo.length - 1] == '.')
        helo.length--;
    return name[0] != '\0' && text_is_nocase(helo, name);
}

/* header_is_printable - may it stand in a quoted-string? */
static bool header_is_printable(struct vouch_bytes bytes)
{
    for (size_t i = 0; i < bytes.length; i++) {
        if (!text_is_printable((char)bytes.data[i]))
            return false;
    }
    return bytes.length != 0;
}

/* header_add_helo - the HELO text as it may be shown, or nothing */
static void header_add_helo(struct text *text, const struct vouch_verdict *verdict, struct vouch_bytes helo)
{
    if (helo.length > HELO_QUOTED_MAX || !header_is_printable(helo))
        return;
    text_add(text, " smtp.helo=");
    if (header_is_name(verdict->name, helo)) {
        text_add(text, verdict->name);
    } else {
        text_add_char(text, '"');
        for (size_t i = 0; i < helo.length; i++) {
            if (helo.data[i] == '"' || helo.data[i] == '\\')
                text_add_char(text, '\\');
            text_add_char(text, (char)helo.data[i]);
        }
        text_add_char(text, '"');
    }
}

/* header_add - one property */
static void header_add(struct text *text, const char *property, const char *value)
{
    text_add(text, " policy.csv-");
    text_add(text, property);
    text_add_char(text, '=');
    text_add(text, value);
}

const char *header_value(const char *header)
{
    return header + strlen(START);
}

void vouch_policy_header(const struct vouch_policy *policy, const struct vouch_verdict *verdict,
                         struct vouch_bytes helo, char header[VOUCH_HEADER_SIZE])
{
    struct text text;

    text_init(&text, header, VOUCH_HEADER_SIZE);
    text_add(&text, START);
    text_add_printable(&text, text_bytes(policy->authserv_id));
    text_add(&text, "; ");
    text_add_printable(&text, text_bytes(policy->method));
    text_add_char(&text, '=');
    text_add(&text, vouch_csa_word(verdict->csa));
    text_add(&text, " reason=\"");
    text_add(&text, vouch_reason_word(verdict->reason));
    text_add_char(&text, '"');
    header_add_helo(&text, verdict, helo);
    if (verdict->domain[0] != '\0' && strcmp(verdict->domain, verdict->name) != 0)
        header_add(&text, "domain", verdict->domain);
    if (verdict->service >= 0) {
        header_add(&text, "dna", vouch_rating_word(verdict->rating));
        header_add(&text, "service", verdict->service_name);
    }
    if (verdict->identity == VOUCH_IDENTITY_TLS || verdict->identity == VOUCH_IDENTITY_FORWARD)
        header_add(&text, "identity", vouch_identity_word(verdict->identity));
    header_add(&text, "trust", vouch_level_word(verdict->level));
    text_add(&text, " policy.csv-score=");
    text_add_signed(&text, verdict->score);
}
