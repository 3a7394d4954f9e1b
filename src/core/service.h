/*
 * service.h - accreditors that are asked by DNS: which question goes to a service, and what its answer says.
 *
 * One table (service.c) has a row for each style; the public vouch_service_question and vouch_service_judge read it.
 * Every style ends in the ratings of DNA, so that the rest of the core knows no styles but two facts: who rates names,
 * and who rates addresses.
 */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

#include "vouchsafe.h"

/* Does the question fit into a DNS name? Not about nothing: a name of 0 octets, or an address of family 0. */
bool service_fits(const struct vouch_service *service, size_t name_length, const struct vouch_address *address);

/* Nothing said yet: C, not listed [DNA 5]. */
void service_reset(struct vouch_report *report, int service);

/*
 * Takes one record's rating into the report: of several the worst, of equal ones the info first in byte order. `info`
 * is cut at VOUCH_INFO_SIZE - 1, NUL reads "?".
 */
void service_take(struct vouch_report *report, enum vouch_rating rating, struct vouch_bytes info);

/* Takes the A records of an answer by the code table of a service, [RFC 5782 2.1]. In codes.c. */
void codes_judge(struct vouch_report *report, const struct vouch_settings *settings,
                 const struct vouch_service *service, const struct vouch_answer *answer);

/* Takes one VBR record: false, and nothing taken, unless it is words and blanks between them. In vbr.c. */
bool vbr_judge_record(struct vouch_report *report, struct vouch_bytes rdata);

/* Takes all TXT records of an answer. [RFC 5518 5] */
void vbr_judge(struct vouch_report *report, const struct vouch_answer *answer);

#endif
