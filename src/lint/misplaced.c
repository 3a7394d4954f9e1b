/*
 * misplaced.c - records of a zone file that no name server answers with from there. [RFC 1034 3.6.2, 4.2.1; RFC
 * 1035 5.2]
 */
#include "lint/record.h"

#include "base/text.h"

void lint_misplaced(struct lint_result *result, const struct lint_world *world, const struct lint_misplaced *misplaced)
{
    static const struct {
        enum lint_word word;
        const char *advice;
    } places[] = {
        [LINT_OUTSIDE] = {LINT_RECORD_OUTSIDE, "Publish it in its own zone; if it belongs here, look for a slip in its "
                                               "owner or in $ORIGIN."},
        [LINT_BESIDE_ALIAS] = {LINT_ALIAS_BESIDE, "Or keep the alias and delete all else at the name."},
        [LINT_BELOW_CUT] = {LINT_RECORD_BELOW_CUT, "Publish it in the zone that begins at the delegation."},
    };
    const struct vouch_bytes none = {NULL, 0};
    struct lint_draft draft;
    struct lint_run run;

    lint_run_init(&run, result, world, 0);
    lint_begin(&draft, &run, places[misplaced->place].word, misplaced->owner);
    lint_add_octets(&draft.evidence, text_bytes(misplaced->file));
    lint_add(&draft.evidence, ":%u: ", misplaced->line);
    lint_add_rdata(&draft.evidence, &misplaced->record, none);
    lint_delete(&draft, misplaced->owner, &misplaced->record, none);
    lint_add(&draft.advice, "%s", places[misplaced->place].advice);
    lint_end(&draft);
}
