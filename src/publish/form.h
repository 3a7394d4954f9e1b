/*
 * form.h - a plan as text: master file, nsupdate script, JSON, fields of a web form.
 *
 * What is published already is left out. Remarks stand in comments, in JSON as a list. Nothing but printable ASCII.
 */
#ifndef PUBLISH_FORM_H
#define PUBLISH_FORM_H

#include "publish/plan.h"

#include <stdio.h>

/* Lines for a master file, owners absolute; it stays loadable: what must go stands in comments "; delete: RECORD". */
void form_master_write(const struct plan *plan, FILE *file);

/*
 * A script for nsupdate(1), `server` as its command wants it, or null. What contradicts is deleted; without a
 * comparison so are all CSA records of the names that get one, as a second beside the first could make a sender fail,
 * and aliases there; a host that is itself an alias has the server refuse its transaction.
 * Deletions and additions of a host stand in one transaction. Explicit comes last, in comments while it has to wait.
 */
void form_nsupdate_write(const struct plan *plan, const char *server, FILE *file);

/* One JSON object; false: out of memory. */
bool form_json_write(const struct plan *plan, FILE *file);

/* For people who type the records into a form. */
void form_fields_write(const struct plan *plan, FILE *file);

/* The remarks as comment lines; what the forms share. */
void form_remarks_write(const struct plan *plan, FILE *file);

/* Is this a record to print: in the domain, and not there yet? */
bool form_has(const struct plan *plan, const struct plan_record *record);

#endif
