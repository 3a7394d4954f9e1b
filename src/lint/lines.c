/*
 * lines.c - the lines of a mend, each once, in the order in which they came. Found by a hash: a name may have
 * thousands.
 */
#include "lint/lines.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64

/* line_length - octets of a line, its newline counted */
static size_t line_length(const char *line)
{
    return strcspn(line, "\n") + 1;
}

/* slot_of - where the line is, or the empty slot that it would take */
static size_t *slot_of(const struct lint_lines *lines, const char *line)
{
    size_t length = line_length(line), hash = 5381;

    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (unsigned char)line[i];
    for (hash ^= hash >> 16;; hash++) {
        size_t *slot = &lines->slots[hash & (lines->slots_count - 1)];

        if (*slot == 0 || strncmp(lines->text.data + *slot - 1, line, length) == 0)
            return slot;
    }
}

/* lines_grow - keep half of the slots empty; false: out of memory */
static bool lines_grow(struct lint_lines *lines)
{
    struct lint_lines grown = *lines;

    if (lines->count * 2 < lines->slots_count)
        return true;
    grown.slots_count = lines->slots_count == 0 ? SLOTS_FIRST : lines->slots_count * 2;
    grown.slots = calloc(grown.slots_count, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < lines->slots_count; i++) {
        if (lines->slots[i] != 0)
            *slot_of(&grown, lines->text.data + lines->slots[i] - 1) = lines->slots[i];
    }
    free(lines->slots);
    *lines = grown;
    return true;
}

void lint_lines_add(struct lint_lines *lines, const struct lint_text *text)
{
    lines->text.failed = lines->text.failed || text->failed;
    for (const char *line = text->data; line != NULL && *line != '\0'; line += line_length(line)) {
        size_t *slot = lines_grow(lines) ? slot_of(lines, line) : NULL;

        if (slot == NULL) {
            lines->text.failed = true;
            return;
        }
        if (*slot != 0)
            continue;
        *slot = lines->text.length + 1;
        lint_add(&lines->text, "%.*s", (int)line_length(line), line);
        if (lines->text.failed)
            return;
        lines->count++;
    }
}

bool lint_lines_has(const struct lint_lines *lines, const char *line)
{
    return lines->count != 0 && *slot_of(lines, line) != 0;
}

void lint_lines_clear(struct lint_lines *lines)
{
    lint_clear(&lines->text);
    if (lines->slots != NULL)
        memset(lines->slots, 0, lines->slots_count * sizeof *lines->slots);
    lines->count = 0;
}

void lint_lines_free(struct lint_lines *lines)
{
    free(lines->text.data);
    free(lines->slots);
    memset(lines, 0, sizeof *lines);
}
