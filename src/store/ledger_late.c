/*
 * ledger_late.c - keeps rows of votes in lists by decision, so that the next vote on one finds them at once.
 *
 * Decision ids are random, so some of their characters tell the lists well enough apart.
 */
#include "store/ledger_late.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* list_number - that of a decision */
static size_t list_number(const char *id)
{
    size_t number = 0;

    while (*id != '\0')
        number = number * 31 + (unsigned char)*id++;
    return number % LEDGER_LATE_LISTS;
}

/* row_new - a copy of what the ledger shall note */
static struct ledger_late_row *row_new(const struct ledger_feedback *feedback)
{
    size_t size = strlen(feedback->source) + 1;
    struct ledger_late_row *row = calloc(1, sizeof *row + size);

    if (row == NULL)
        return NULL;
    memcpy(row->source, feedback->source, size);
    row->feedback = *feedback;
    row->feedback.source = row->source;
    row->feedback.result = row->result;
    snprintf(row->result, sizeof row->result, "%s", feedback->result);
    return row;
}

/* row_free - it is written, or not wanted */
static void row_free(struct ledger_late *late, struct ledger_late_row *row)
{
    LIST_REMOVE(row, same);
    if (row->over) {
        TAILQ_REMOVE(&late->over, row, next);
        late->over_count--;
    }
    late->count--;
    free(row);
}

void ledger_late_init(struct ledger_late *late)
{
    memset(late, 0, sizeof *late);
    TAILQ_INIT(&late->over);
}

int64_t ledger_late_add(struct ledger_late *late, const struct ledger_feedback *feedback, size_t max)
{
    struct ledger_late_row *row = late->count < max ? row_new(feedback) : NULL;

    if (row == NULL)
        return 0;
    LIST_INSERT_HEAD(&late->lists[list_number(feedback->id)], row, same);
    late->count++;
    row->place = --late->last_place;
    return row->place;
}

void ledger_late_end(struct ledger_late *late, const struct ledger_feedback *feedback, int64_t place)
{
    struct ledger_late_row *row;

    LIST_FOREACH(row, &late->lists[list_number(feedback->id)], same)
    if (row->place == place)
        break;
    if (row == NULL)
        return;
    if (feedback->counted == 0) {
        row_free(late, row);
        return;
    }
    row->feedback.counted = feedback->counted;
    snprintf(row->result, sizeof row->result, "%s", feedback->result);
    row->over = true;
    TAILQ_INSERT_TAIL(&late->over, row, next);
    late->over_count++;
}

uint64_t ledger_late_counted(const struct ledger_late *late, const char *id, bool spam)
{
    const struct ledger_late_row *row;
    uint64_t counted = 0;

    LIST_FOREACH(row, &late->lists[list_number(id)], same)
    if (row->feedback.spam == spam && strcmp(row->feedback.id, id) == 0)
        counted += row->feedback.counted;
    return counted;
}

void ledger_late_remove(struct ledger_late *late, size_t count)
{
    while (count-- > 0)
        row_free(late, TAILQ_FIRST(&late->over));
}

void ledger_late_clear(struct ledger_late *late)
{
    for (size_t i = 0; i < LEDGER_LATE_LISTS; i++)
        while (!LIST_EMPTY(&late->lists[i]))
            row_free(late, LIST_FIRST(&late->lists[i]));
}
