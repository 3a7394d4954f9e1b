/*
 * unbound_anchor.c - reads a file of trust anchors: DS and DNSKEY records of any names.
 *
 * Each record goes on in the form \# LENGTH HEX, so libunbound never sees text that we did not write.
 */
#define _GNU_SOURCE
#include "dns/master.h"
#include "dns/unbound_context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PATH "/usr/share/dns/root.key"

enum { TYPE_DS = 43, TYPE_DNSKEY = 48, FLAG_REVOKE = 0x80 };

/* anchor_name - the owner as text in lower case with the final dot; null: out of memory */
static char *anchor_name(const uint8_t *owner)
{
    char name[VOUCH_NAME_TEXT_SIZE];
    size_t length;
    char *copy;

    vouch_name_format(owner, name);
    length = strlen(name);
    copy = malloc(length + 2);
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++)
        copy[i] = text_lower(name[i]);
    if (owner[0] != 0)
        copy[length++] = '.';
    copy[length] = '\0';
    return copy;
}

/* anchor_record - the record as text; null: out of memory */
static char *anchor_record(const char *name, const struct vouch_record *record)
{
    static const char hex[] = "0123456789abcdef";
    size_t size = strlen(name) + 32 + 2 * record->rdata.length;
    char *line = malloc(size);
    struct text text;

    if (line == NULL)
        return NULL;
    text_init(&text, line, size);
    text_add(&text, name);
    text_add(&text, record->type == TYPE_DS ? " IN DS \\# " : " IN DNSKEY \\# ");
    text_add_unsigned(&text, record->rdata.length);
    text_add_char(&text, ' ');
    for (size_t i = 0; i < record->rdata.length; i++) {
        text_add_char(&text, hex[record->rdata.data[i] >> 4]);
        text_add_char(&text, hex[record->rdata.data[i] & 15]);
    }
    return line;
}

/* anchor_is_revoked - a DNSKEY that its owner has taken back [RFC 5011 2.1] */
static bool anchor_is_revoked(const struct vouch_record *record)
{
    return record->type == TYPE_DNSKEY && record->rdata.length > 1 && (record->rdata.data[1] & FLAG_REVOKE) != 0;
}

/* anchors_add - put a record behind the others; false: out of memory */
static bool anchors_add(struct unbound_anchors *anchors, const struct vouch_record *record)
{
    struct unbound_anchor *grown = reallocarray(anchors->anchors, anchors->count + 1, sizeof *grown);
    struct unbound_anchor *anchor;

    if (grown == NULL)
        return false;
    anchors->anchors = grown;
    anchor = &grown[anchors->count];
    memset(anchor, 0, sizeof *anchor);
    anchor->name = anchor_name(record->owner.data);
    if (anchor->name == NULL)
        return false;
    anchor->record = anchor_record(anchor->name, record);
    anchors->count++;
    return anchor->record != NULL;
}

/* anchors_parse - take the records of the file */
static bool anchors_parse(struct unbound_anchors *anchors, FILE *file, const struct master_error *error)
{
    static const uint8_t root[1] = {0};
    struct master *master = master_open_file(file, root, error);
    struct master_item item = {.kind = MASTER_ERROR};
    bool ok = master != NULL || master_fail(error, 1, "out of memory", text_bytes(NULL));

    while (ok) {
        master_next(master, &item);
        if (item.kind == MASTER_END || item.kind == MASTER_ERROR)
            break;
        if (item.kind == MASTER_DIRECTIVE || anchor_is_revoked(&item.record))
            continue;
        if (item.record.type != TYPE_DS && item.record.type != TYPE_DNSKEY)
            ok = master_fail(error, item.line, "a trust anchor that is neither DS nor DNSKEY", text_bytes(NULL));
        else if (!anchors_add(anchors, &item.record))
            ok = master_fail(error, item.line, "out of memory", text_bytes(NULL));
    }
    master_close(master);
    return ok && item.kind == MASTER_END;
}

/* anchors_missing - a file that cannot be read, or holds none: trouble if it was asked for, else a notice */
static bool anchors_missing(const char *path, const char *cause, struct text *notice, char error[UNBOUND_ERROR_SIZE])
{
    if (path != NULL)
        return unbound_fail(error, "trust anchor", path, cause);
    text_add(notice, "trust anchor: " DEFAULT_PATH ": ");
    text_add(notice, cause);
    text_add(notice, "; nothing is validated");
    return true;
}

bool unbound_anchors_read(struct unbound_anchors *anchors, const char *path, struct text *notice,
                          char error[UNBOUND_ERROR_SIZE])
{
    const char *label = path == NULL ? DEFAULT_PATH : path;
    struct master_error complaint = {label, error, UNBOUND_ERROR_SIZE};
    FILE *file;
    bool ok;

    if (path != NULL && strcmp(path, "none") == 0)
        return true;
    file = fopen(label, "re");
    if (file == NULL)
        return anchors_missing(path, strerror(errno), notice, error);
    ok = anchors_parse(anchors, file, &complaint);
    if (ferror(file))
        ok = anchors_missing(path, strerror(errno), notice, error);
    else if (ok && anchors->count == 0)
        ok = anchors_missing(path, "no DS or DNSKEY record", notice, error);
    fclose(file);
    return ok;
}

void unbound_anchors_free(struct unbound_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++) {
        free(anchors->anchors[i].record);
        free(anchors->anchors[i].name);
    }
    free(anchors->anchors);
    anchors->anchors = NULL;
    anchors->count = 0;
}
