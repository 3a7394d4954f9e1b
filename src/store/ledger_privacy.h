/*
 * ledger_privacy.h - what of a peer's texts and addresses the ledger keeps, and what the files of the ledger share.
 */
#ifndef STORE_LEDGER_PRIVACY_H
#define STORE_LEDGER_PRIVACY_H

#include "store/ledger_late.h"

#define LEDGER_HASH_SIZE   29  /* "h:", 26 characters and the final NUL */
#define LEDGER_STORED_SIZE 288 /* of a name as it is stored, if that is another text than it was */

/* How far the rows of the ledger are counted, some of them a call. */
struct ledger_count {
    size_t table;    /* of how many all rows are counted */
    uint64_t octets; /* that those take, about */
    uint64_t rows;   /* of the next one, up to this place in its index of times */
    int64_t time_ms, rowid;
};

struct ledger {
    struct database *database;
    struct ledger_rules rules;
    struct ledger_count count;
    uint64_t excess; /* octets of the ledger that are still to be removed */
    bool crowded;    /* all else in the file takes more than the ledger may */
    struct ledger_late late;
};

/* Unix time. */
int64_t ledger_now(const struct ledger *ledger);

/* What a session does to the earned list; `name` as it is stored. False: trouble. */
bool ledger_keep_earned(struct ledger *ledger, const struct ledger_decision *decision, const char *name);

/*
 * Octets that decisions, actions and feedback take in the file, about. A call looks at LEDGER_SLICE rows at most; true:
 * that was the last one, `octets` is set, and the next call begins anew.
 */
#define LEDGER_SLICE 10000
bool ledger_weigh(struct ledger *ledger, uint64_t *octets);

/* Are bits of addresses left out? Then texts that may hold one are not kept either. */
bool ledger_privacy_cuts(const struct ledger_rules *rules);

/*
 * A name, or what a client said instead, as it is stored: `name` itself, or in `stored` an address literal without the
 * bits that are not kept (also one that is none by rule, as "[192.0.2.0"), a reverse name without the labels that hold
 * them ("*.2.0.192.in-addr.arpa"), or the hash of that. "" stays "". Null: trouble, and nothing may be stored.
 */
const char *ledger_privacy_name(struct ledger *ledger, const char *name, char stored[LEDGER_STORED_SIZE]);

/* The hash of any text under the secret of the file. False: trouble. */
bool ledger_privacy_hash(struct database *database, const char *text, char hashed[LEDGER_HASH_SIZE]);

/* An address without the bits that are not kept; a mapped one as IPv4. */
struct vouch_address ledger_privacy_address(const struct ledger_rules *rules, const struct vouch_address *address);

#endif
