/*
 * alarm.c - says what changed, and not what everybody knows.
 */
#include "daemon/log/alarm.h"

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log/log.h"

#include <inttypes.h>
#include <string.h>

#define CHANGE_MS  10000 /* between two lines about trouble that changes its face */
#define SUMMARY_MS 60000 /* between two lines about what was lost */

/* alarm_begin - there is trouble, or another one */
static void alarm_begin(struct alarm *alarm, const char *trouble, int64_t now)
{
    struct text text;

    text_init(&text, alarm->words, sizeof alarm->words);
    text_add(&text, trouble);
    alarm->said_ms = now;
    log_line(LOG_ERR, "alarm: %s", alarm->words);
}

/* alarm_end - it is over */
static void alarm_end(struct alarm *alarm, uint64_t lost)
{
    log_line(LOG_NOTICE, "all clear: over: %s; writes that were lost since the last count: %" PRIu64, alarm->words,
             lost - alarm->lost_said);
    alarm->words[0] = '\0';
    alarm->lost_said = lost;
}

void alarm_look(struct alarm *alarm, const char *trouble, uint64_t lost)
{
    int64_t now = clock_ms();
    bool known = trouble != NULL && strncmp(alarm->words, trouble, sizeof alarm->words - 1) == 0;

    alarm->calm = trouble == NULL ? alarm->calm + 1 : 0;
    if (trouble == NULL && alarm->words[0] != '\0' && alarm->calm >= alarm->patience)
        alarm_end(alarm, lost);
    else if (trouble != NULL && !known && (alarm->words[0] == '\0' || now - alarm->said_ms >= CHANGE_MS))
        alarm_begin(alarm, trouble, now);
    if (lost == alarm->lost_said || now - alarm->said_ms < SUMMARY_MS)
        return;
    log_line(LOG_WARNING, "%" PRIu64 " writes were lost%s%s", lost - alarm->lost_said,
             alarm->words[0] == '\0' ? "" : ": ", alarm->words);
    alarm->lost_said = lost;
    alarm->said_ms = now;
}
