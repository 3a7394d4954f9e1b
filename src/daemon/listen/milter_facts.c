/*
 * milter_facts.c - what macros tell about a session.
 *
 * Names come with braces or without, as the MTA likes. A macro that is missing, doubled or odd tells nothing.
 */
#include "daemon/listen/milter_session.h"

#include <string.h>

/* facts_is - is this the name of a macro, with or without braces? */
static bool facts_is(struct vouch_bytes name, const char *macro)
{
    if (name.length >= 2 && name.data[0] == '{' && name.data[name.length - 1] == '}') {
        name.data++;
        name.length -= 2;
    }
    return text_is(name, macro);
}

/* facts_keep - copy a value; one that does not fit is no name that we could compare, and tells nothing */
static void facts_keep(char *buffer, size_t size, struct vouch_bytes value)
{
    if (value.length >= size)
        value.length = 0;
    if (value.length != 0)
        memcpy(buffer, value.data, value.length);
    buffer[value.length] = '\0';
}

/* facts_at_helo - the client certificate */
static void facts_at_helo(struct milter_macros *macros, struct vouch_bytes name, struct vouch_bytes value)
{
    if (facts_is(name, "cert_subject")) {
        facts_keep(macros->cert_subject, sizeof macros->cert_subject, value);
    } else if (facts_is(name, "cn_subject")) {
        facts_keep(macros->cn_subject, sizeof macros->cn_subject, value);
    } else if (facts_is(name, "verify")) {
        macros->has_verify = true;
        macros->verified = text_is(value, "OK");
    }
}

void milter_take_macros(struct milter_macros *macros, enum milter_command command, struct vouch_bytes list)
{
    struct vouch_bytes name, value;

    if (command == MILTER_HELO) {
        macros->cert_subject[0] = '\0';
        macros->cn_subject[0] = '\0';
        macros->has_verify = macros->verified = false;
    }
    if (command == MILTER_MAIL)
        macros->authenticated = false;
    if (command == MILTER_RCPT)
        macros->recipient_length = 0;
    while (milter_macro_next(&list, &name, &value)) {
        if (command == MILTER_CONNECT && facts_is(name, "daemon_name"))
            facts_keep(macros->daemon_name, sizeof macros->daemon_name, value);
        if (command == MILTER_HELO)
            facts_at_helo(macros, name, value);
        if (command == MILTER_RCPT && facts_is(name, "rcpt_addr"))
            macros->recipient_length = recipient_keep(macros->recipient, value);
        if (command == MILTER_MAIL && (facts_is(name, "auth_type") || facts_is(name, "auth_authen")) &&
            value.length != 0)
            macros->authenticated = true;
    }
}

struct vouch_bytes milter_tls_name(const struct milter_macros *macros)
{
    const char *name = macros->has_verify ? macros->verified ? macros->cn_subject : "" : macros->cert_subject;

    return text_bytes(name);
}
