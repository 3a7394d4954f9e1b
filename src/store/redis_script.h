/*
 * redis_script.h - what the server does for us in one piece, in Lua. Each script reads all that it needs before it
 * writes anything: an error of a key of another type, or a server without memory, leaves nothing half done.
 */
#ifndef STORE_REDIS_SCRIPT_H
#define STORE_REDIS_SCRIPT_H

/*
 * KEYS: votes:DAY:NAME, reputation:NAME and, if it has one, reputation:.ORGANIZATION and votes:DAY:.ORGANIZATION. ARGV:
 * "h" or "s", day, source, count, per_day, the cap of the source, the oldest day that still counts, seconds that counts
 * and votes are kept, how many hosts of the organization may be new on a day: of one more, the votes are the
 * organization's. Returns how many were counted. The empty source stands for all. Old days go when a new one begins, by
 * the server's clock if that of the voter is ahead; a day beyond the server's tomorrow is an error, CLOCK.
 */
extern const char redis_script_vote[];

/* KEYS: reputation:NAME. ARGV: day, ham, spam, seconds that counts are kept. */
extern const char redis_script_put_days[];

/*
 * KEYS: suspensions. ARGV: service and finder, value, the oldest end that a row may have, seconds that one is kept
 * behind its end: what is older by both clocks, the voter's and the server's, goes.
 */
extern const char redis_script_put_suspension[];

/* KEYS: list:LIST, lists. ARGV: LIST, name, value. */
extern const char redis_script_put_entry[];

/* KEYS: list:LIST, lists. ARGV: LIST, name. */
extern const char redis_script_remove_entry[];

#endif
