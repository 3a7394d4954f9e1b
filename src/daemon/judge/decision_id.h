/*
 * decision_id.h - names one decision in reply, log and, later, ledger: 64 random bits in lower-case base32.
 */
#ifndef DAEMON_JUDGE_DECISION_ID_H
#define DAEMON_JUDGE_DECISION_ID_H

#define DECISION_ID_SIZE 14 /* thirteen characters of a-z2-7, and a NUL [RFC 4648 6] */

/* Not before a fork: parent and child would have the same stock of random bits. */
void decision_id_make(char id[DECISION_ID_SIZE]);

#endif
