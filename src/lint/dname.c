/*
 * dname.c - rule about a name below a DNAME, which can have no CSA record. [RFC 6672 2.4]
 */
#include "lint/host.h"

#include <string.h>

#define TYPE_DNAME 39

/* is_suspect - is the name of the record an alias, as all are below a DNAME, or one of which the files say nothing? */
static bool is_suspect(const struct host *host)
{
    const struct vouch_answer *alias = lint_ask(host->run, host->owner, VOUCH_TYPE_CNAME);

    return lint_is_found(alias) || lint_is_outside(host->run, alias);
}

/* dname_find - the DNAME above the host's CSA record; null: none */
static const struct vouch_answer *dname_find(const struct host *host, const char **name)
{
    for (size_t labels = publish_name_labels(host->owner) - 1; labels > 0; labels--) {
        const struct vouch_answer *dname, *alias;

        *name = lint_suffix(host->owner, labels);
        dname = lint_ask(host->run, *name, TYPE_DNAME);
        if (!lint_is_found(dname))
            continue;
        alias = lint_ask(host->run, *name, VOUCH_TYPE_CNAME);
        if (!lint_is_found(alias))
            return dname; /* and not that of a name where an alias leads */
    }
    return NULL;
}

bool dname_lint(struct host *host)
{
    const char *name = NULL;
    const struct vouch_answer *dname = is_suspect(host) ? dname_find(host, &name) : NULL;
    char target[VOUCH_NAME_TEXT_SIZE];
    struct lint_draft draft;

    if (dname == NULL)
        return false;
    lint_begin(&draft, host->run, LINT_BELOW_DNAME, host->name);
    lint_add(&draft.evidence, "%s DNAME", name);
    if (lint_read_name(target, &dname->records[0], dname->message, 0))
        lint_add(&draft.evidence, " %s.", target);
    lint_add(&draft.advice, "Let the host greet with another name, or delete the DNAME record of %s.", name);
    lint_end(&draft);
    return true;
}
