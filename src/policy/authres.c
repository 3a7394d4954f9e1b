/*
 * authres.c - whose Authentication-Results field is this? [RFC 8601 2.2, 5]
 *
 * A field with our authserv-id is somebody else's only if it reads as a well-formed list of results and none of them is
 * ours: filters beside us write under the same id, and what they wrote must stay. The list is held to its structure,
 * not to the characters of its values, as filters write addresses, base64 and "<>" without quotes.
 */
#include "policy/authres.h"

#include "base/text.h"

#include <string.h>

struct authres {
    struct vouch_bytes bytes;
    size_t at;
    bool broken; /* a comment or a quoted-string has no end */
};

/* authres_peek - the octet that comes next; NUL at the end */
static char authres_peek(const struct authres *field)
{
    return field->at < field->bytes.length ? (char)field->bytes.data[field->at] : '\0';
}

/* authres_is_end - was all read? */
static bool authres_is_end(const struct authres *field)
{
    return field->at >= field->bytes.length;
}

/* authres_is_blank - folds, and control characters that a reader may drop */
static bool authres_is_blank(char character)
{
    return (uint8_t)character <= ' ' || character == 0x7f;
}

/* authres_skip_comment - pass over a comment and those inside it, from its parenthesis on */
static void authres_skip_comment(struct authres *field)
{
    size_t depth = 0;

    for (; !authres_is_end(field); field->at++) {
        char character = authres_peek(field);

        if (character == '\\') {
            field->at++;
        } else if (character == '(') {
            depth++;
        } else if (character == ')' && --depth == 0) {
            field->at++;
            return;
        }
    }
    field->at = field->bytes.length; /* a backslash at the end led past it */
    field->broken = true;
}

/* authres_skip - pass over blanks, folds and comments [RFC 5322 3.2.2] */
static void authres_skip(struct authres *field)
{
    while (!authres_is_end(field)) {
        if (authres_peek(field) == '(')
            authres_skip_comment(field);
        else if (authres_is_blank(authres_peek(field)))
            field->at++;
        else
            return;
    }
}

/* authres_take - pass over this character if it comes next, and over blanks on both sides of it */
static bool authres_take(struct authres *field, char character)
{
    authres_skip(field);
    if (authres_is_end(field) || authres_peek(field) != character)
        return false;
    field->at++;
    authres_skip(field);
    return true;
}

/* authres_keyword - take a word of letters, digits, "-" and "_"; length 0: none is there */
static struct vouch_bytes authres_keyword(struct authres *field)
{
    struct vouch_bytes word = {field->bytes.data + field->at, 0};

    while (text_is_alnum(authres_peek(field)) || authres_peek(field) == '-' || authres_peek(field) == '_') {
        field->at++;
        word.length++;
    }
    return word;
}

/* authres_is_number - digits only, at least one */
static bool authres_is_number(struct vouch_bytes word)
{
    for (size_t i = 0; i < word.length; i++) {
        if (!text_is_digit((char)word.data[i]))
            return false;
    }
    return word.length != 0;
}

/* authres_quoted - pass over a quoted-string; `text` is not null: is that what it says, but for case? */
static bool authres_quoted(struct authres *field, const char *text)
{
    bool same = true;

    for (field->at++; !authres_is_end(field); field->at++) {
        char character = authres_peek(field);

        if (character == '"') {
            field->at++;
            return text == NULL || (same && *text == '\0');
        }
        if (character == '\r' || character == '\n')
            continue;
        if (character == '\\') {
            field->at++;
            character = authres_peek(field);
        }
        if (text == NULL)
            continue;
        same = same && *text != '\0' && text_lower(character) == text_lower(*text);
        text += same ? 1 : 0;
    }
    field->at = field->bytes.length;
    field->broken = true;
    return false;
}

/* authres_id - does the field begin with this authserv-id? Takes it */
static bool authres_id(struct authres *field, const char *id)
{
    struct vouch_bytes word;

    authres_skip(field);
    if (authres_peek(field) == '"') {
        struct authres quoted = *field;
        bool same = authres_quoted(&quoted, id);

        if (!quoted.broken) {
            *field = quoted;
            return same;
        }
        field->broken = true; /* the quote counts as none: what stands behind it may be read as an id */
        field->at++;
    }
    word.data = field->bytes.data + field->at;
    word.length = 0;
    while (!authres_is_end(field) && !authres_is_blank(authres_peek(field)) &&
           strchr("();\"", authres_peek(field)) == NULL) {
        field->at++;
        word.length++;
    }
    return text_is_nocase(word, id);
}

/* authres_method - take a method, its version and "="; false if these are not there */
static bool authres_method(struct authres *field, struct vouch_bytes *method)
{
    *method = authres_keyword(field);
    if (method->length == 0)
        return false;
    if (authres_take(field, '/') && !authres_is_number(authres_keyword(field)))
        return false;
    return authres_take(field, '=');
}

/* authres_is_result - does a result of this method stand here? */
static bool authres_is_result(struct authres field, const char *method)
{
    struct vouch_bytes word;

    return authres_method(&field, &word) && text_is_nocase(word, method);
}

/* authres_value - take the value of a property: all up to a blank, a comment or ";", quoted-strings as a whole */
static void authres_value(struct authres *field)
{
    while (!authres_is_end(field) && !authres_is_blank(authres_peek(field)) && authres_peek(field) != '(' &&
           authres_peek(field) != ';') {
        if (authres_peek(field) == '"')
            authres_quoted(field, NULL);
        else
            field->at++;
    }
}

/* authres_is_address - is there an "@" in the value that starts here? Then its "=" belongs to a local-part */
static bool authres_is_address(struct authres field)
{
    size_t start = field.at;

    authres_value(&field);
    return field.at > start && memchr(field.bytes.data + start, '@', field.at - start) != NULL;
}

/* authres_property - take "reason=..." or "ptype.property=..."; false if it is none, or could be read as our result */
static bool authres_property(struct authres *field, const char *method)
{
    if (authres_is_result(*field, method))
        return false;
    do {
        if (authres_keyword(field).length == 0)
            return false;
    } while (authres_take(field, '.'));
    if (!authres_take(field, '='))
        return false;
    if (authres_is_result(*field, method) && !authres_is_address(*field))
        return false;
    authres_value(field);
    authres_skip(field);
    return !field->broken;
}

/* authres_is_foreign - is this a well-formed result, up to ";" or the end, of another method? */
static bool authres_is_foreign(struct authres *field, const char *method)
{
    struct vouch_bytes word;

    if (!authres_method(field, &word) || text_is_nocase(word, method))
        return false;
    if (authres_keyword(field).length == 0)
        return false;
    authres_skip(field);
    while (!authres_is_end(field) && authres_peek(field) != ';') {
        if (!authres_property(field, method))
            return false;
    }
    return !field->broken;
}

/* authres_is_none - does the field say that there are no results, and nothing else? */
static bool authres_is_none(struct authres field)
{
    bool none = text_is_nocase(authres_keyword(&field), "none");

    authres_skip(&field);
    return none && authres_is_end(&field) && !field.broken;
}

/* authres_all_foreign - read what stands behind the id: is it well-formed, and nothing in it ours? */
static bool authres_all_foreign(struct authres *field, const char *method)
{
    bool any = false;

    authres_skip(field);
    if (text_is_digit(authres_peek(field)) && !authres_is_number(authres_keyword(field)))
        return false;
    while (!field->broken && authres_take(field, ';')) {
        if (authres_is_end(field) || authres_peek(field) == ';')
            continue; /* nothing stands there */
        if (!any && authres_is_none(*field))
            return true;
        if (!authres_is_foreign(field, method))
            return false;
        any = true;
    }
    return any && !field->broken && authres_is_end(field);
}

bool authres_is_ours(struct vouch_bytes value, const char *authserv_id, const char *method)
{
    struct authres field = {value, 0, false};

    if (authserv_id[0] == '\0' || !authres_id(&field, authserv_id))
        return false;
    return method == NULL || !authres_all_foreign(&field, method);
}
