/*
 * name.c - names as people write them in descriptions. What a host name is, the evaluator's own judge says.
 */
#include "publish/name.h"

#include "base/text.h"

#include <idn2.h>
#include <string.h>

#define COMPLAINT_SIZE (VOUCH_NAME_SIZE + 128)

/* name_judge - would a receiver look this HELO name up? Writes it as it does, in lower case */
static bool name_judge(char name[VOUCH_NAME_SIZE], const char *text)
{
    struct vouch_settings settings;
    struct vouch_facts facts = {.helo = text_bytes(text)};
    struct vouch_verdict verdict;
    struct vouch_eval eval;

    vouch_settings_init(&settings);
    vouch_eval_init(&eval, &settings, &facts);
    vouch_eval_verdict(&eval, &verdict);
    memcpy(name, verdict.name, VOUCH_NAME_SIZE);
    return name[0] != '\0';
}

/* name_complain_letters - which name stands for one with letters beyond ASCII */
static const char *name_complain_letters(const char *name)
{
    static _Thread_local char complaint[COMPLAINT_SIZE];
    char *ascii = NULL;
    struct text text;

    text_init(&text, complaint, sizeof complaint);
    text_add(&text, "holds letters beyond ASCII, which HELO names do not");
    if (idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL) == IDN2_OK && strlen(ascii) < VOUCH_NAME_SIZE) {
        text_add(&text, ": the name is ");
        text_add(&text, ascii);
        text_add(&text, ".");
    }
    idn2_free(ascii);
    return complaint;
}

/* name_complain - why this text is no host name; good until the next complaint */
static const char *name_complain(const char *text)
{
    struct vouch_address address;
    bool underscore = false;

    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at > 127)
            return name_complain_letters(text);
        underscore = underscore || *at == '_';
    }
    if (vouch_address_parse(&address, text, strlen(text)))
        return "is an address: hosts are named by the name that they greet with";
    if (strlen(text) > VOUCH_HELO_MAX)
        return "is too long: _client._smtp. must fit before it";
    if (underscore)
        return "is no host name: receivers look up no HELO name that holds an underscore";
    if (strchr(text, '.') == NULL || strchr(text, '.')[1] == '\0')
        return "is no host name: it needs two labels or more";
    return "is no host name: letters, digits and inner hyphens, labels of 1 to 63";
}

/* name_join - the whole name that the text stands for; false: too long */
static bool name_join(struct text *whole, const char *text, const char *domain)
{
    size_t length = strlen(text);

    if (domain != NULL && strcmp(text, "@") == 0) {
        text_add(whole, domain);
        return !whole->cut;
    }
    text_add(whole, text);
    if (length != 0 && text[length - 1] == '.') {
        if (!whole->cut)
            whole->data[--whole->length] = '\0';
    } else if (domain != NULL) {
        text_add_char(whole, '.');
        text_add(whole, domain);
    }
    return !whole->cut;
}

const char *publish_name_parse(char name[VOUCH_NAME_SIZE], const char *text, const char *domain)
{
    char joined[2 * VOUCH_NAME_SIZE];
    char lower[VOUCH_NAME_SIZE];
    struct text whole;

    name[0] = '\0';
    if (text[0] == '\0')
        return "is empty";
    text_init(&whole, joined, sizeof joined);
    if (!name_join(&whole, text, domain))
        return "is too long";
    if (!name_judge(name, joined))
        return name_complain(joined);
    if (domain != NULL && text[strlen(text) - 1] != '.' && name_judge(lower, text) &&
        publish_name_is_within(lower, domain)) {
        name[0] = '\0';
        return "already ends in the domain: leave the domain out, or end the name with a dot";
    }
    return NULL;
}

const char *publish_service_parse(char name[VOUCH_NAME_SIZE], const char *text)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = strlen(text);
    struct text lower;

    name[0] = '\0';
    if (length != 0 && text[length - 1] == '.')
        length--;
    if (length == 0 || length >= VOUCH_NAME_SIZE || vouch_name_parse(wire, text, length) == 0)
        return "is no domain name";
    for (size_t i = 0; i < length; i++) {
        if (!text_is_alnum(text[i]) && strchr("-_.", text[i]) == NULL)
            return "is no domain name of letters, digits, hyphens and underscores";
    }
    text_init(&lower, name, VOUCH_NAME_SIZE);
    for (size_t i = 0; i < length; i++)
        text_add_char(&lower, text_lower(text[i]));
    if (strncmp(name, PUBLISH_POINTER, strlen(PUBLISH_POINTER)) == 0)
        return "begins with _vouch._smtp, which pointers get by themselves: name the service without it";
    return NULL;
}

size_t publish_name_labels(const char *name)
{
    size_t labels = name[0] != '\0' && strcmp(name, ".") != 0;

    for (; labels != 0 && *name != '\0'; name++)
        labels += *name == '.';
    return labels;
}

bool publish_name_is_within(const char *name, const char *domain)
{
    size_t length = strlen(name), tail = strlen(domain);

    return strcmp(domain, ".") == 0 || (length >= tail && strcmp(name + length - tail, domain) == 0 &&
                                        (length == tail || name[length - tail - 1] == '.'));
}
