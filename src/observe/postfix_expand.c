/*
 * postfix_expand.c - $name, ${name}, $(name), ${name?text}, ${name:text}, ${name?{a}:{b}} and ${{a} == {b} ? {c} : {d}}
 * as postconf(5) has them.
 */
#include "observe/postfix_expand.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX  24
#define BUDGET     4000 /* look-ups in one value: parameters that double each other end */
#define VALUE_SIZE 8192

void postfix_scope_init(struct postfix_scope *scope, const struct settings *main, const struct machine *machine)
{
    memset(scope, 0, sizeof *scope);
    scope->main = main;
    scope->machine = machine;
    scope->budget = BUDGET;
}

/* postfix_fail - keep the first cause; false, for returning */
static bool postfix_fail(struct postfix_scope *scope, const char *why)
{
    if (scope->unknown == NULL)
        scope->unknown = why;
    return false;
}

const struct setting *postfix_row(const struct postfix_scope *scope, const char *name)
{
    const struct setting *row = scope->own == NULL ? NULL : settings_find(scope->own, name);

    return row != NULL ? row : settings_find(scope->main, name);
}

/* postfix_host - the default of myhostname: the machine's name, made whole with mydomain */
static bool postfix_host(struct postfix_scope *scope, struct text *out)
{
    const char *name = scope->machine->hostname;
    const struct setting *domain = postfix_row(scope, "mydomain");

    if (name[0] == '\0')
        return postfix_fail(scope, "the host name of the machine is not known");
    text_add(out, name);
    if (strchr(name, '.') != NULL)
        return true;
    text_add_char(out, '.');
    if (domain != NULL)
        return postfix_expand(scope, text_bytes(domain->value), out);
    text_add(out, "localdomain");
    return true;
}

/* postfix_domain - the default of mydomain: myhostname without its first label */
static bool postfix_domain(struct postfix_scope *scope, struct text *out)
{
    char host[VOUCH_NAME_SIZE];
    struct text text;
    const char *dot;

    text_init(&text, host, sizeof host);
    if (!postfix_lookup(scope, text_bytes("myhostname"), &text))
        return false;
    dot = strchr(host, '.');
    text_add(out, dot == NULL ? "localdomain" : dot + 1);
    return true;
}

/* postfix_default - of a parameter that is not set; what we do not know is unknown */
static bool postfix_default(struct postfix_scope *scope, struct vouch_bytes name, struct text *out)
{
    static const struct {
        const char *name, *value;
    } defaults[] = {
        {"smtp_helo_name", "$myhostname"},
        {"smtp_bind_address", ""},
        {"smtp_bind_address6", ""},
        {"inet_interfaces", "all"},
        {"inet_protocols", "all"},
        {"proxy_interfaces", ""},
        {"relayhost", ""},
        {"default_transport", "smtp"},
        {"relay_transport", "relay"},
        {"transport_maps", ""},
        {"sender_dependent_relayhost_maps", ""},
        {"sender_dependent_default_transport_maps", ""},
        {"multi_instance_name", ""},
        {"multi_instance_directories", ""},
        {"syslog_name", "${multi_instance_name?{$multi_instance_name}:{postfix}}"},
        {"myorigin", "$myhostname"},
        {"mail_name", "Postfix"},
        {"default_database_type", "hash"},
    };

    if (text_is(name, "myhostname"))
        return postfix_host(scope, out);
    if (text_is(name, "mydomain"))
        return postfix_domain(scope, out);
    if (text_is(name, "service_name") && scope->service != NULL) {
        text_add(out, scope->service);
        return true;
    }
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        if (text_is(name, defaults[i].name))
            return postfix_expand(scope, text_bytes(defaults[i].value), out);
    }
    return postfix_fail(scope, "it needs a parameter that is not set in the files");
}

bool postfix_lookup(struct postfix_scope *scope, struct vouch_bytes name, struct text *out)
{
    char key[128];
    struct text text;
    const struct setting *row;
    bool fine;

    text_init(&text, key, sizeof key);
    text_add_bytes(&text, name.data, name.length);
    row = postfix_row(scope, key);
    if (scope->depth == DEPTH_MAX || scope->budget == 0)
        return postfix_fail(scope, "its parameters refer to each other without end");
    scope->depth++;
    scope->budget--;
    fine = row != NULL ? postfix_expand(scope, text_bytes(row->value), out) : postfix_default(scope, name, out);
    scope->depth--;
    return fine && !out->cut;
}

/* postfix_is_name - may this octet stand in a name? */
static bool postfix_is_name(uint8_t octet)
{
    return text_is_alnum((char)octet) || octet == '_';
}

/* postfix_rest - the octets from `at` on */
static struct vouch_bytes postfix_rest(struct vouch_bytes bytes, size_t at)
{
    at = at < bytes.length ? at : bytes.length;
    return (struct vouch_bytes){bytes.data + at, bytes.length - at};
}

/* postfix_blanks - the octets behind leading blanks */
static struct vouch_bytes postfix_blanks(struct vouch_bytes bytes)
{
    while (bytes.length != 0 && memchr(" \t\n", bytes.data[0], 3) != NULL)
        bytes = postfix_rest(bytes, 1);
    return bytes;
}

/* postfix_trim - without blanks at both ends */
static struct vouch_bytes postfix_trim(struct vouch_bytes bytes)
{
    bytes = postfix_blanks(bytes);
    while (bytes.length != 0 && memchr(" \t\n", bytes.data[bytes.length - 1], 3) != NULL)
        bytes.length--;
    return bytes;
}

/* postfix_group - takes a balanced {...} or (...) off the front; false: it does not end */
static bool postfix_group(struct vouch_bytes *bytes, struct vouch_bytes *inside)
{
    uint8_t open = bytes->data[0], close = open == '{' ? '}' : ')';
    size_t depth = 0;

    for (size_t i = 0; i < bytes->length; i++) {
        depth += bytes->data[i] == open;
        if (bytes->data[i] == close && --depth == 0) {
            *inside = (struct vouch_bytes){bytes->data + 1, i - 1};
            *bytes = postfix_rest(*bytes, i + 1);
            return true;
        }
    }
    return false;
}

/* postfix_compare - "==" or "!=" and so on between two values: numbers if both are some; 2: no such comparison */
static int postfix_compare(const char *left, const char *right, struct vouch_bytes relation)
{
    static const char digits[] = "0123456789";
    bool numbers = left[0] != '\0' && right[0] != '\0' && left[strspn(left, digits)] == '\0' &&
                   right[strspn(right, digits)] == '\0';
    long long difference = numbers ? strtoll(left, NULL, 10) - strtoll(right, NULL, 10) : strcmp(left, right);

    if (text_is(relation, "=="))
        return difference == 0;
    if (text_is(relation, "!="))
        return difference != 0;
    if (text_is(relation, "<"))
        return difference < 0;
    if (text_is(relation, "<="))
        return difference <= 0;
    if (text_is(relation, ">"))
        return difference > 0;
    return text_is(relation, ">=") ? difference >= 0 : 2;
}

/* postfix_relation - "{a} == {b}" at the front: taken off, and whether it holds; false: not known */
static bool postfix_relation(struct postfix_scope *scope, struct vouch_bytes *bytes, bool *holds)
{
    char sides[2][VALUE_SIZE / 4];
    struct vouch_bytes side, relation = {NULL, 0};
    struct text text;
    int result;

    for (int i = 0; i < 2; i++) {
        *bytes = postfix_blanks(*bytes);
        text_init(&text, sides[i], sizeof sides[i]);
        if (bytes->length == 0 || bytes->data[0] != '{' || !postfix_group(bytes, &side))
            return postfix_fail(scope, "a comparison in it is not understood");
        if (!postfix_expand(scope, postfix_trim(side), &text))
            return false;
        if (i == 1)
            break;
        relation = postfix_blanks(*bytes);
        *bytes = relation;
        for (relation.length = 0; relation.length < bytes->length; relation.length++) {
            if (memchr("=!<>", bytes->data[relation.length], 4) == NULL)
                break;
        }
        *bytes = postfix_rest(*bytes, relation.length);
    }
    result = postfix_compare(sides[0], sides[1], relation);
    *holds = result == 1;
    return result != 2 || postfix_fail(scope, "a comparison in it is not understood");
}

/* postfix_choose - "?text", ":text", "?{text}", "?{text}:{text}" behind a condition */
static bool postfix_choose(struct postfix_scope *scope, struct vouch_bytes bytes, bool holds, struct text *out)
{
    struct vouch_bytes chosen = postfix_blanks(bytes);
    uint8_t mark = chosen.data[0];

    chosen = postfix_rest(chosen, 1);
    bytes = postfix_blanks(chosen);
    if (bytes.length != 0 && bytes.data[0] == '{') {
        if (!postfix_group(&bytes, &chosen))
            return postfix_fail(scope, "its braces do not match");
        bytes = postfix_blanks(bytes);
        if (mark == '?' && bytes.length != 0 && bytes.data[0] == ':' && !holds)
            return postfix_choose(scope, bytes, false, out);
        chosen = postfix_trim(chosen);
    }
    return holds != (mark == '?') || postfix_expand(scope, chosen, out);
}

/* postfix_braces - what stands inside ${...} */
static bool postfix_braces(struct postfix_scope *scope, struct vouch_bytes inside, struct text *out)
{
    char value[VALUE_SIZE / 4];
    struct vouch_bytes name;
    struct text text;
    bool holds;

    inside = postfix_blanks(inside);
    if (inside.length != 0 && inside.data[0] == '{') {
        if (!postfix_relation(scope, &inside, &holds))
            return false;
    } else {
        for (name = inside, name.length = 0; name.length < inside.length; name.length++) {
            if (!postfix_is_name(inside.data[name.length]))
                break;
        }
        inside = postfix_blanks(postfix_rest(inside, name.length));
        if (inside.length == 0)
            return postfix_lookup(scope, name, out);
        text_init(&text, value, sizeof value);
        if (!postfix_lookup(scope, name, &text))
            return false;
        holds = value[0] != '\0';
    }
    inside = postfix_blanks(inside);
    if (inside.length == 0 || (inside.data[0] != '?' && inside.data[0] != ':'))
        return postfix_fail(scope, "it holds a form that is not understood");
    return postfix_choose(scope, inside, holds, out);
}

/* postfix_dollar - takes what stands behind a "$" off the front */
static bool postfix_dollar(struct postfix_scope *scope, struct vouch_bytes *value, struct text *out)
{
    struct vouch_bytes name = *value;

    if (value->length != 0 && value->data[0] == '$') {
        text_add_char(out, '$');
        *value = postfix_rest(*value, 1);
        return true;
    }
    if (value->length != 0 && (value->data[0] == '{' || value->data[0] == '('))
        return (postfix_group(value, &name) || postfix_fail(scope, "its braces do not match")) &&
               postfix_braces(scope, name, out);
    for (name.length = 0; name.length < value->length && postfix_is_name(value->data[name.length]); name.length++)
        continue;
    *value = postfix_rest(*value, name.length);
    return name.length == 0 ? postfix_fail(scope, "a $ in it stands alone") : postfix_lookup(scope, name, out);
}

bool postfix_expand(struct postfix_scope *scope, struct vouch_bytes value, struct text *out)
{
    bool fine = true;

    if (scope->depth == DEPTH_MAX)
        return postfix_fail(scope, "its parameters refer to each other without end");
    scope->depth++;
    while (fine && value.length != 0) {
        const uint8_t *dollar = memchr(value.data, '$', value.length);
        size_t plain = dollar == NULL ? value.length : (size_t)(dollar - value.data);

        text_add_bytes(out, value.data, plain);
        value = postfix_rest(value, plain + 1);
        fine = dollar == NULL || postfix_dollar(scope, &value, out);
    }
    scope->depth--;
    return fine && !out->cut;
}
