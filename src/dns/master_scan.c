/*
 * master_scan.c - takes a master file apart into entries: comments, quotes, parentheses and lines.
 */
#include "dns/master_scan.h"

#include <errno.h>
#include <string.h>

/* scan_admit - take octets over that came in behind the text; it ends at a NUL, which would end texts further on */
static void scan_admit(struct master_scan *scan, const uint8_t *octets, size_t length)
{
    const uint8_t *nul = length == 0 ? NULL : memchr(octets, 0, length);

    scan->text.length += nul == NULL ? length : (size_t)(nul - octets);
    if (nul == NULL)
        return;
    scan->end_cause = "a NUL octet";
    scan->file = NULL;
}

void master_scan_init(struct master_scan *scan, struct vouch_bytes text)
{
    size_t length = text.length;

    scan->text = text;
    scan->text.length = 0;
    scan->at = 0;
    scan->passed = 0;
    scan->file = NULL;
    scan->end_cause = NULL;
    scan->end_errno = 0;
    scan->line = 1;
    scan->cause = NULL;
    scan_admit(scan, text.data, length);
}

void master_scan_init_file(struct master_scan *scan, FILE *file)
{
    struct vouch_bytes nothing = {scan->window, 0};

    master_scan_init(scan, nothing);
    scan->file = file;
    scan->chunk = MASTER_CHUNK;
}

/* scan_fill - read on into the window behind what is left of it */
static void scan_fill(struct master_scan *scan)
{
    size_t left = scan->text.length - scan->at;
    size_t room = sizeof scan->window - left;
    FILE *file = scan->file;
    size_t length;

    memmove(scan->window, scan->window + scan->at, left);
    scan->passed += scan->at;
    scan->at = 0;
    scan->text.length = left;
    length = fread(scan->window + left, 1, scan->chunk < room ? scan->chunk : room, file);
    if (length == 0) {
        scan->end_errno = ferror(file) ? errno : 0;
        scan->end_cause = ferror(file) ? "cannot be read" : NULL;
        scan->file = NULL;
    }
    scan_admit(scan, scan->window + left, length);
}

/* scan_fail - remember what is wrong and where */
static bool scan_fail(struct master_scan *scan, unsigned line, const char *cause)
{
    scan->start_line = line;
    scan->cause = cause;
    return false;
}

/* scan_fail_end - complain that the text ends here; what ended it too early is the better cause */
static bool scan_fail_end(struct master_scan *scan, unsigned line, const char *cause)
{
    return scan->end_cause == NULL ? scan_fail(scan, line, cause) : scan_fail(scan, scan->line, scan->end_cause);
}

static bool scan_is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r';
}

/* scan_peek - the octet at a distance of 0 or 1, 0 behind the end */
static uint8_t scan_peek(struct master_scan *scan, size_t ahead)
{
    while (ahead >= scan->text.length - scan->at && scan->file != NULL)
        scan_fill(scan);
    return ahead < scan->text.length - scan->at ? scan->text.data[scan->at + ahead] : 0;
}

/* scan_add - take one octet over into the entry */
static bool scan_add(struct master_scan *scan)
{
    if (scan->length + 3 > MASTER_ENTRY_SIZE)
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
    static const char cause[] = "a backslash at the end of a line";

    if (scan_peek(scan, 1) == 0)
        return scan_fail_end(scan, scan->line, cause);
    if (scan_peek(scan, 1) == '\n')
        return scan_fail(scan, scan->line, cause);
    return scan_add(scan) && scan_add(scan);
}

/* scan_quoted - take over a quoted string with its quotes */
static bool scan_quoted(struct master_scan *scan)
{
    static const char cause[] = "a quoted string that is not closed on its line";

    if (!scan_add(scan))
        return false;
    while (scan_peek(scan, 0) != '"') {
        uint8_t octet = scan_peek(scan, 0);

        if (octet == 0)
            return scan_fail_end(scan, scan->line, cause);
        if (octet == '\n')
            return scan_fail(scan, scan->line, cause);
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

    while (ok && scan_peek(scan, 0) != 0) {
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
        return scan_fail_end(scan, scan->start_line, "a parenthesis that is not closed");
    return ok;
}

/* scan_directive - take the line behind ";!"; false with a cause for an endless one */
static bool scan_directive(struct master_scan *scan)
{
    scan->at += 2;
    while (scan_is_blank(scan_peek(scan, 0)))
        scan->at++;
    while (scan_peek(scan, 0) != '\n' && scan_peek(scan, 0) != 0) {
        if (scan->length + 1 == sizeof scan->entry)
            return scan_fail(scan, scan->line, "a directive that is too long");
        scan->entry[scan->length++] = (char)scan->text.data[scan->at++];
    }
    return true;
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

enum master_part master_scan_next(struct master_scan *scan)
{
    if (scan->cause != NULL)
        return MASTER_PART_ERROR;
    while (scan_peek(scan, 0) != 0) {
        bool is_directive;

        scan_begin(scan);
        is_directive = scan_peek(scan, 0) == ';' && scan_peek(scan, 1) == '!';
        if (is_directive ? !scan_directive(scan) : !scan_entry(scan))
            return MASTER_PART_ERROR;
        if (scan_peek(scan, 0) == 0 && scan->end_cause != NULL)
            break;
        scan_newline(scan);
        scan->entry[scan->length] = '\0';
        if (is_directive)
            return MASTER_PART_DIRECTIVE;
        if (scan->length != 0)
            return MASTER_PART_ENTRY;
    }
    scan->start_line = scan->line;
    if (scan->end_cause == NULL)
        return MASTER_PART_END;
    scan->cause = scan->end_cause;
    return MASTER_PART_ERROR;
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
