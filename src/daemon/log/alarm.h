/*
 * alarm.h - trouble that lasts: one line when it begins or becomes another, one when it is over, and now and then how
 * much was lost meanwhile.
 */
#ifndef DAEMON_LOG_ALARM_H
#define DAEMON_LOG_ALARM_H

#include <stdint.h>

#define ALARM_SIZE 1024

/* All zero but `patience`: no trouble so far. */
struct alarm {
    unsigned patience;      /* looks in a row that must find nothing before it is over */
    char words[ALARM_SIZE]; /* what the log says is wrong; "": nothing */
    unsigned calm;          /* looks in a row that found nothing wrong */
    uint64_t lost_said;     /* of the losses the log knows */
    int64_t said_ms;
};

/* Looks once more, at regular times: `trouble` is what is wrong now, or null; `lost` only grows. */
void alarm_look(struct alarm *alarm, const char *trouble, uint64_t lost);

#endif
