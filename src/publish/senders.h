/*
 * senders.h - hosts that a domain's own MX and SPF records name and its description does not.
 */
#ifndef PUBLISH_SENDERS_H
#define PUBLISH_SENDERS_H

#include "publish/compare.h"

/*
 * Takes Explicit back from a record, and says so, above a host that the description does not name, that has no CSA
 * record, and that may send: a mail exchanger, since most send mail, too, if only bounces; or one that SPF lets send.
 * Asked are the domain, the name that Explicit is to stand at, and the SPF records within the domain that theirs lead
 * to. False: trouble, which was said.
 */
bool senders_withhold(struct plan *plan, const struct plan_source *source, struct plan_record *record);

#endif
