/*
 * earned_job.h - the earned list is written beside the keeper's loop, in a thread with a connection of its own to the
 * database: a long list or a slow disk stops nobody's question.
 */
#ifndef DAEMON_KEEPER_EARNED_JOB_H
#define DAEMON_KEEPER_EARNED_JOB_H

#include "daemon/keeper/earned.h"

struct earned_job;
struct event_base;

/* All files were written, or `error` says what is wrong; on the loop. */
typedef void earned_job_done(void *owner, const char *error);

/* `conf` stays as long as the job. Null: out of memory or descriptors. */
struct earned_job *earned_job_open(struct event_base *base, const struct conf *conf, earned_job_done *done,
                                   void *owner);

/* Writes the files from what is committed; not again before `done` is called. False: there is no thread for it. */
bool earned_job_start(struct earned_job *job);

/* Ends what is being written, between two addresses; its files stay as they were. Null is allowed. */
void earned_job_close(struct earned_job *job);

#endif
