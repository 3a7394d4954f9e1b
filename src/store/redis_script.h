/*
 * redis_script.h - what the server does for us in one piece, in Lua. Each script reads all that it needs before it
 * writes anything: an error of a key of another type, or a server without memory, leaves nothing half done.
 */
#ifndef STORE_REDIS_SCRIPT_H
#define STORE_REDIS_SCRIPT_H

/*
 * KEYS: votes:DAY:NAME, reputation:NAME and, if it has one, reputation:.ORGANIZATION. ARGV: "h" or "s", day, source,
 * count, per_day, per_source, the oldest day that still counts, seconds that counts and votes are kept. Returns how
 * many were counted. The empty source stands for all. Old days go when a new one begins.
 */
extern const char redis_script_vote[];

/* KEYS: reputation:NAME. ARGV: day, ham, spam, seconds that counts are kept. */
extern const char redis_script_put_days[];

/* KEYS: suspensions. ARGV: service and finder, value, the oldest end that a row may have: what is older goes. */
extern const char redis_script_put_suspension[];

/* KEYS: list:LIST, lists. ARGV: LIST, name, value. */
extern const char redis_script_put_entry[];

/* KEYS: list:LIST, lists. ARGV: LIST, name. */
extern const char redis_script_remove_entry[];

#endif
