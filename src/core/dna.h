/*
 * dna.h - Domain Name Accreditation: the sender's pointers, the services' reports, and the rating that counts.
 */
#ifndef CORE_DNA_H
#define CORE_DNA_H

#include "vouchsafe.h"

/*
 * Which of the configured services do the PTR records name? Bit i stands for services[i]. Records that do not begin
 * with _vouch._smtp are discarded. [DNA 7]
 */
uint32_t dna_judge_pointers(const struct vouch_answer *answer, const struct vouch_settings *settings);

/* Reads one report string: false unless it is a report for mail. `info` views the text behind the ";". [DNA 6] */
bool dna_judge_report(enum vouch_rating *rating, struct vouch_bytes *info, struct vouch_bytes text);

/* Joins the character-strings of TXT RDATA into `text`, cut at `size`; its length, or 0 if the RDATA is malformed. */
size_t dna_join_text(char *text, size_t size, struct vouch_bytes rdata);

/* Takes what a service's TXT records say: of several reports the worst [SPEC 8.3 step 3]. */
void dna_judge_reports(struct vouch_report *report, const struct vouch_answer *answer);

/* Takes what the operator's own list says: trusted reads A, blocked reads E; the note is the operator's comment. */
void dna_judge_listing(struct vouch_report *report, const struct vouch_answer *answer);

/* All that the decision rests on. */
struct dna_case {
    const struct vouch_settings *settings;
    const struct vouch_report *reports; /* one for each of settings->services */
    enum vouch_withheld name_why;       /* why praise of this name does not count now */
    enum vouch_withheld address_why;    /* the same of the client's address, which needs no proof */
};

struct dna_outcome {
    enum vouch_rating rating; /* the one that counts */
    int service;              /* index, or -1 */
    int praise;               /* the best A or B that was found but withheld, if better than what counts, or -1 */
    enum vouch_withheld praise_why;
    int blame;            /* the worst D or E that was found but withheld for want of a quorum, or -1 */
    int suspended_praise; /* the best A or B of the suspended services, or -1 */
    int suspended_blame;  /* their worst D or E, or -1 */
};

/* Decides which rating counts [SPEC 8.3 step 4, DESIGN 5]. */
void dna_decide(struct dna_outcome *outcome, const struct dna_case *dna);

#endif
