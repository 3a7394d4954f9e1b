/*
 * record.c - records as text of a master file, and what the rules read out of them.
 */
#include "lint/record.h"

#include "base/address.h"
#include "base/text.h"
#include "core/helo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

void lint_add_type(struct lint_text *text, uint16_t type)
{
    switch (type) {
    case LINT_TYPE_NS:
        lint_add(text, "NS");
        break;
    case LINT_TYPE_MX:
        lint_add(text, "MX");
        break;
    case LINT_TYPE_DS:
        lint_add(text, "DS");
        break;
    case LINT_TYPE_DNSKEY:
        lint_add(text, "DNSKEY");
        break;
    case VOUCH_TYPE_A:
    case VOUCH_TYPE_CNAME:
    case VOUCH_TYPE_SOA:
    case VOUCH_TYPE_PTR:
    case VOUCH_TYPE_TXT:
    case VOUCH_TYPE_AAAA:
    case VOUCH_TYPE_SRV:
        lint_add(text, "%s", vouch_type_word((enum vouch_type)type));
        break;
    default:
        lint_add(text, "TYPE%u", (unsigned)type);
        break;
    }
}

/* add_unknown - RDATA as RFC 3597 says */
static void add_unknown(struct lint_text *text, struct vouch_bytes rdata)
{
    lint_add(text, "\\# %zu", rdata.length);
    for (size_t i = 0; i < rdata.length; i++)
        lint_add(text, "%s%c%c", i == 0 ? " " : "", hex[rdata.data[i] >> 4], hex[rdata.data[i] & 15]);
}

/* add_strings - the character-strings of TXT RDATA; false: malformed */
static bool add_strings(struct lint_text *text, struct vouch_bytes rdata)
{
    struct cursor cursor;
    size_t from = text->length;

    cursor_init(&cursor, rdata);
    while (cursor_ok(&cursor) && cursor_left(&cursor) != 0) {
        struct vouch_bytes string = cursor_view(&cursor, cursor_u8(&cursor));

        lint_add(text, "%s\"", text->length == from ? "" : " ");
        for (size_t i = 0; i < string.length; i++) {
            char character = (char)string.data[i];

            if (!text_is_printable(character))
                lint_add(text, "\\%03u", (unsigned)string.data[i]);
            else
                lint_add(text, "%s%c", character == '"' || character == '\\' ? "\\" : "", character);
        }
        lint_add(text, "\"");
    }
    if (cursor_ok(&cursor) && rdata.length != 0)
        return true;
    if (text->data != NULL)
        text->data[text->length = from] = '\0';
    return false;
}

bool lint_read_name(char name[VOUCH_NAME_TEXT_SIZE], const struct vouch_record *record, struct vouch_bytes message,
                    size_t skip)
{
    struct vouch_bytes view = record->rdata;
    struct name read;

    if (view.length <= skip)
        return false;
    view.data += skip;
    view.length -= skip;
    if (!name_read_view(&read, view, message))
        return false;
    vouch_name_format(read.wire, name);
    return true;
}

bool lint_read_address(struct vouch_address *address, const struct vouch_record *record)
{
    memset(address, 0, sizeof *address);
    address->family = record->type == VOUCH_TYPE_A ? 4 : record->type == VOUCH_TYPE_AAAA ? 6 : 0;
    if (address->family == 0 || record->rdata.length != address_length(address))
        return false;
    memcpy(address->octets, record->rdata.data, record->rdata.length);
    return true;
}

bool lint_read_soa(const struct vouch_record *record, struct vouch_bytes message, uint32_t *serial, uint32_t *minimum)
{
    struct cursor cursor;
    struct name name;

    cursor_init(&cursor, record->rdata);
    if (!name_read(&name, &cursor, message) || !name_read(&name, &cursor, message))
        return false;
    *serial = cursor_u32(&cursor);
    cursor_view(&cursor, 12);
    *minimum = cursor_u32(&cursor);
    return cursor_ok(&cursor);
}

/* add_name - a whole name with its final dot */
static void add_name(struct lint_text *text, const char *name)
{
    lint_add(text, "%s%s", name, strcmp(name, ".") == 0 ? "" : ".");
}

/* add_known - RDATA of a type that we know; false: malformed, or not known */
static bool add_known(struct lint_text *text, const struct vouch_record *record, struct vouch_bytes message)
{
    char name[VOUCH_NAME_TEXT_SIZE], printed[VOUCH_ADDRESS_SIZE];
    struct vouch_address address;
    struct csa_record srv;

    switch (record->type) {
    case VOUCH_TYPE_A:
    case VOUCH_TYPE_AAAA:
        if (!lint_read_address(&address, record))
            return false;
        vouch_address_format(&address, printed);
        lint_add(text, "%s", printed);
        return true;
    case VOUCH_TYPE_PTR:
    case VOUCH_TYPE_CNAME:
    case LINT_TYPE_NS:
        if (!lint_read_name(name, record, message, 0))
            return false;
        add_name(text, name);
        return true;
    case LINT_TYPE_MX:
        if (!lint_read_name(name, record, message, 2))
            return false;
        lint_add(text, "%u ", (unsigned)(record->rdata.data[0] << 8 | record->rdata.data[1]));
        add_name(text, name);
        return true;
    case VOUCH_TYPE_SRV:
        csa_judge_record(&srv, record->rdata, message);
        if (srv.kind == CSA_BAD_RDATA)
            return false;
        vouch_name_format(srv.target.wire, name);
        lint_add(text, "%u %u %u ", srv.priority, srv.weight, srv.port);
        add_name(text, name);
        return true;
    case VOUCH_TYPE_TXT:
        return add_strings(text, record->rdata);
    default:
        return false;
    }
}

void lint_add_rdata(struct lint_text *text, const struct vouch_record *record, struct vouch_bytes message)
{
    lint_add_type(text, record->type);
    lint_add(text, " ");
    if (!add_known(text, record, message))
        add_unknown(text, record->rdata);
}

/* text_order - byte order of texts */
static int text_order(const void *left, const void *right)
{
    const struct lint_text *a = left, *b = right;

    if (a->data == NULL || b->data == NULL)
        return (a->data != NULL) - (b->data != NULL);
    return strcmp(a->data, b->data);
}

/* records_sorted - the records of an answer as text in byte order; null: out of memory */
static struct lint_text *records_sorted(const struct vouch_answer *answer)
{
    struct lint_text *texts = calloc(answer->records_count + 1, sizeof *texts);

    if (texts == NULL)
        return NULL;
    for (size_t i = 0; i < answer->records_count; i++)
        lint_add_rdata(&texts[i], &answer->records[i], answer->message);
    qsort(texts, answer->records_count, sizeof *texts, text_order);
    return texts;
}

/* records_free - give back what records_sorted gave */
static void records_free(struct lint_text *texts, size_t count)
{
    for (size_t i = 0; texts != NULL && i < count; i++)
        free(texts[i].data);
    free(texts);
}

void lint_add_answer(struct lint_text *text, const struct vouch_answer *answer)
{
    struct lint_text *texts;

    if (answer->status != VOUCH_FOUND) {
        lint_add_trouble(text, answer);
        return;
    }
    texts = records_sorted(answer);
    for (size_t i = 0; texts != NULL && i < answer->records_count; i++) {
        lint_add(text, "%s%s", i == 0 ? "" : ", ", texts[i].data == NULL ? "" : texts[i].data);
        text->failed = text->failed || texts[i].failed;
    }
    text->failed = text->failed || texts == NULL;
    records_free(texts, answer->records_count);
}

bool lint_equal(const struct vouch_answer *a, const struct vouch_answer *b)
{
    struct lint_text *left, *right;
    bool equal = true;

    if (a->records_count != b->records_count || (a->status == VOUCH_FOUND) != (b->status == VOUCH_FOUND))
        return false;
    left = records_sorted(a);
    right = records_sorted(b);
    for (size_t i = 0; left != NULL && right != NULL && i < a->records_count; i++)
        equal = equal && text_order(&left[i], &right[i]) == 0;
    records_free(left, a->records_count);
    records_free(right, b->records_count);
    return equal;
}

bool lint_holds(const struct vouch_answer *answer, const struct vouch_record *record)
{
    for (size_t i = 0; i < answer->records_count; i++) {
        const struct vouch_record *held = &answer->records[i];

        if (held->type == record->type && held->rdata.length == record->rdata.length &&
            memcmp(held->rdata.data, record->rdata.data, record->rdata.length) == 0)
            return true;
    }
    return false;
}

void lint_delete(struct lint_draft *draft, const char *owner, const struct vouch_record *record,
                 struct vouch_bytes message)
{
    lint_add(&draft->mend, "; delete: %s. IN ", owner);
    lint_add_rdata(&draft->mend, record, message);
    lint_add(&draft->mend, "\n");
}

void lint_delete_all(struct lint_draft *draft, const char *owner, const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++)
        lint_delete(draft, owner, &answer->records[i], answer->message);
}

void lint_publish(struct lint_draft *draft, const char *owner, uint32_t ttl_s, const struct vouch_record *record,
                  struct vouch_bytes message)
{
    lint_add(&draft->mend, "%s. %u IN ", owner, (unsigned)ttl_s);
    lint_add_rdata(&draft->mend, record, message);
    lint_add(&draft->mend, "\n");
}

void lint_publish_all(struct lint_draft *draft, const char *owner, uint32_t ttl_s, const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++)
        lint_publish(draft, owner, ttl_s, &answer->records[i], answer->message);
}

void lint_publish_srv(struct lint_draft *draft, const char *name, uint32_t ttl_s, const struct lint_srv *srv)
{
    lint_add(&draft->mend, "_client._smtp.%s. %u IN SRV 1 %u %u ", name, (unsigned)ttl_s, srv->weight, srv->port);
    add_name(&draft->mend, srv->target);
    lint_add(&draft->mend, "\n");
}

uint32_t lint_ttl(const struct lint_run *run, const struct vouch_answer *answer)
{
    return lint_is_found(answer) && run->world->views[0].is_files ? answer->records[0].ttl_s : LINT_TTL_S;
}

const char *lint_suffix(const char *name, size_t labels)
{
    size_t has = publish_name_labels(name);

    while (has > labels) {
        const char *dot = strchr(name, '.');

        if (dot == NULL)
            break;
        name = dot + 1;
        has--;
    }
    return name;
}

bool lint_strip_double(char meant[VOUCH_NAME_TEXT_SIZE], const char *name, const char *domain)
{
    size_t length = strlen(name), suffix = strlen(domain);
    struct text text;

    if (suffix == 0 || strcmp(domain, ".") == 0 || length <= suffix || !publish_name_is_within(name, domain))
        return false;
    text_init(&text, meant, VOUCH_NAME_TEXT_SIZE);
    text_add_bytes(&text, name, length - suffix - 1);
    return publish_name_is_within(meant, domain);
}

bool lint_join(char joined[VOUCH_NAME_TEXT_SIZE], const char *prefix, const char *name)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    struct text text;

    text_init(&text, joined, VOUCH_NAME_TEXT_SIZE);
    text_add(&text, prefix);
    text_add(&text, ".");
    text_add(&text, strcmp(name, ".") == 0 ? "" : name);
    if (!text.cut && vouch_name_parse(wire, joined, text.length) != 0)
        return true;
    joined[0] = '\0';
    return false;
}

void lint_reverse(char name[VOUCH_NAME_TEXT_SIZE], const struct vouch_address *address)
{
    static const struct vouch_settings settings = {.reverse_names = true};
    char printed[VOUCH_ADDRESS_SIZE];
    struct helo helo;
    struct text text;

    vouch_address_format(address, printed);
    helo_judge(&helo, text_bytes(printed), &settings);
    text_init(&text, name, VOUCH_NAME_TEXT_SIZE);
    text_add(&text, helo.name);
}
