/*
 * exchangers.h - hosts that a domain's MX records name and its description does not.
 */
#ifndef PUBLISH_EXCHANGERS_H
#define PUBLISH_EXCHANGERS_H

#include "publish/compare.h"

/*
 * Takes Explicit back from a record, and says so, above a mail exchanger of the domain that the description does not
 * name and that has no CSA record: most send mail, too, if only bounces. False: trouble, which was said.
 */
bool exchangers_withhold(struct plan *plan, const struct plan_source *source, struct plan_record *record);

#endif
