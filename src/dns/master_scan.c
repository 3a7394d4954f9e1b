/*
 * master_scan.c - takes a master file apart into entries: comments, quotes, parentheses and lines.
 */
#include "dns/master_scan.h"

#include <string.h>

void master_scan_init(struct master_scan *scan, struct vouch_bytes text)
{
    scan->text = text;
    scan->at = 0;
    scan->line = 1;
    scan->cause = NULL;
}

/* scan_fail - remember what is wrong and where */
static bool scan_fail(struct master_scan *scan, unsigned line, const char *cause)
{
    scan->start_line = line;
    scan->cause = cause;
    return false;
}

static bool scan_is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r';
}

/* scan_peek - the octet at a distance, 0 behind the end */
static uint8_t scan_peek(const struct master_scan *scan, size_t ahead)
{
    return ahead < scan->text.length - scan->at ? scan->text.data[scan->at + ahead] : 0;
}

/* scan_add - take one octet over into the entry */
static bool scan_add(struct master_scan *scan)
{
    if (scan->length + 3 > sizeof scan->entry)
        return scan_fail(scan, scan->start_line, "a record that is too long");
    if (scan->blank_before && scan->length != 0)
        scan->entry[scan->length++] = ' ';
    scan->blank_before = false;
    scan->entry[scan->length++] = (char)scan->text.data[scan->at++];
    return true;
}

/* scan_escape - take over a backslash and what it escapes */
static bool scan_escape(struct master_scan *scan)
{
    if (scan_peek(scan, 1) == '\n' || scan_peek(scan, 1) == 0)
        return scan_fail(scan, scan->line, "a backslash at the end of a line");
    return scan_add(scan) && scan_add(scan);
}

/* scan_quoted - take over a quoted string with its quotes */
static bool scan_quoted(struct master_scan *scan)
{
    if (!scan_add(scan))
        return false;
    while (scan_peek(scan, 0) != '"') {
        uint8_t octet = scan_peek(scan, 0);

        if (octet == '\n' || octet == 0)
            return scan_fail(scan, scan->line, "a quoted string that is not closed on its line");
        if (octet == '\\' ? !scan_escape(scan) : !scan_add(scan))
            return false;
    }
    return scan_add(scan);
}

/* scan_comment - step over a comment up to the end of its line */
static void scan_comment(struct master_scan *scan)
{
    while (scan_peek(scan, 0) != '\n' && scan_peek(scan, 0) != 0)
        scan->at++;
}

/* scan_newline - step over the end of a line, if there is one */
static void scan_newline(struct master_scan *scan)
{
    if (scan_peek(scan, 0) != '\n')
        return;
    scan->at++;
    scan->line++;
}

/* scan_bracket - count a parenthesis */
static bool scan_bracket(struct master_scan *scan, unsigned *depth)
{
    bool opens = scan_peek(scan, 0) == '(';

    if (!opens && *depth == 0)
        return scan_fail(scan, scan->line, "a closing parenthesis without an opening one");
    *depth = opens ? *depth + 1 : *depth - 1;
    scan->blank_before = true;
    scan->at++;
    return true;
}

/* scan_entry - read up to the end of the line that ends the entry; false with a cause for malformed text */
static bool scan_entry(struct master_scan *scan)
{
    unsigned depth = 0;
    bool ok = true;

    while (ok && scan->at < scan->text.length) {
        uint8_t octet = scan_peek(scan, 0);

        if (octet == '\n' && depth == 0) {
            break;
        } else if (octet == '\n' || scan_is_blank(octet)) {
            scan->blank_before = true;
            scan->line += octet == '\n';
            scan->at++;
        } else if (octet == ';') {
            if (depth != 0 && scan_peek(scan, 1) == '!')
                return scan_fail(scan, scan->line, "a directive inside parentheses");
            scan_comment(scan);
        } else if (octet == '(' || octet == ')') {
            ok = scan_bracket(scan, &depth);
        } else if (octet == '"') {
            ok = scan_quoted(scan);
        } else {
            ok = octet == '\\' ? scan_escape(scan) : scan_add(scan);
        }
    }
    if (ok && depth != 0)
        return scan_fail(scan, scan->start_line, "a parenthesis that is not closed");
    return ok;
}

/* scan_directive - take the line behind ";!" */
static void scan_directive(struct master_scan *scan)
{
    scan->at += 2;
    while (scan_is_blank(scan_peek(scan, 0)))
        scan->at++;
    scan->directive.data = scan->text.data + scan->at;
    scan->directive.length = scan->at;
    scan_comment(scan);
    scan->directive.length = scan->at - scan->directive.length;
}

/* scan_begin - start over for the part that begins at this line */
static void scan_begin(struct master_scan *scan)
{
    scan->start_line = scan->line;
    scan->begins_blank = scan_is_blank(scan_peek(scan, 0));
    scan->blank_before = false;
    scan->length = 0;
    while (scan_is_blank(scan_peek(scan, 0)))
        scan->at++;
}

/* scan_reject_nul - refuse a NUL octet, which would end texts early further on */
static bool scan_reject_nul(struct master_scan *scan)
{
    const uint8_t *nul = scan->text.length == 0 ? NULL : memchr(scan->text.data, 0, scan->text.length);
    unsigned line = 1;

    if (nul == NULL)
        return true;
    for (const uint8_t *octet = scan->text.data; octet < nul; octet++)
        line += *octet == '\n';
    return scan_fail(scan, line, "a NUL octet");
}

enum master_part master_scan_next(struct master_scan *scan)
{
    if (scan->cause != NULL || (scan->at == 0 && !scan_reject_nul(scan)))
        return MASTER_PART_ERROR;
    while (scan->at < scan->text.length) {
        bool is_directive;

        scan_begin(scan);
        is_directive = scan_peek(scan, 0) == ';' && scan_peek(scan, 1) == '!';
        if (is_directive)
            scan_directive(scan);
        else if (!scan_entry(scan))
            return MASTER_PART_ERROR;
        scan_newline(scan);
        scan->entry[scan->length] = '\0';
        if (is_directive)
            return MASTER_PART_DIRECTIVE;
        if (scan->length != 0)
            return MASTER_PART_ENTRY;
    }
    scan->start_line = scan->line;
    return MASTER_PART_END;
}

struct vouch_bytes master_scan_field(const char **rest)
{
    const char *at = *rest;
    struct vouch_bytes field = {(const uint8_t *)at, 0};
    bool quoted = false;

    while (*at != '\0' && (quoted || *at != ' ')) {
        if (*at == '"')
            quoted = !quoted;
        else if (*at == '\\')
            at++;
        at++;
    }
    field.length = (size_t)((const uint8_t *)at - field.data);
    *rest = *at == ' ' ? at + 1 : at;
    return field;
}
