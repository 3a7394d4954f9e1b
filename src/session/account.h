/*
 * account.h - the account of one judged session for programs: the JSON object that `check --json` prints and that the
 * ledger keeps.
 */
#ifndef SESSION_ACCOUNT_H
#define SESSION_ACCOUNT_H

#include "conf/conf.h"
#include "session/evidence.h"

struct account {
    const struct vouch_address *client;
    struct vouch_bytes helo; /* as it came */
    const struct vouch_eval *eval;
    const struct vouch_verdict *verdict;
    const struct evidence *evidence; /* null: records and notes are left out */
    enum vouch_verb verb;
    enum vouch_mode mode;
    const char *reply, *header;
    unsigned elapsed_ms;
};

/*
 * The object, in printable ASCII (and line ends, with `lines`): every key is always there, what does not apply is null.
 * From malloc; null: out of memory. `settings` are those of the evaluation.
 */
char *account_format(const struct account *account, const struct vouch_settings *settings, bool lines);

#endif
