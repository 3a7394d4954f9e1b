/*
 * rdata.h - the RDATA of answers as text, to compare with what a plan says.
 */
#ifndef PUBLISH_RDATA_H
#define PUBLISH_RDATA_H

#include "publish/plan.h"

/*
 * Writes the RDATA of an A, AAAA, SRV, PTR or CNAME record of the answer as plan_rdata_format does, names in lower
 * case; of an MX record a text that is equal for equal records. False: it is malformed, or of another type.
 */
bool rdata_format(const struct vouch_answer *answer, const struct vouch_record *record, char rdata[PLAN_RDATA_SIZE]);

/* Writes a name of the answer, which its message may have compressed, in lower case; false: malformed, or none. */
bool rdata_name(const struct vouch_answer *answer, struct vouch_bytes view, char name[VOUCH_NAME_TEXT_SIZE]);

#endif
