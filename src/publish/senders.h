/*
 * senders.h - hosts that MX and SPF records name and the description does not.
 */
#ifndef PUBLISH_SENDERS_H
#define PUBLISH_SENDERS_H

#include "publish/compare.h"
#include "publish/spf.h"

struct sender;
struct senders_question;

/* All such hosts below the names that are disowned. Zeroed but for the first two it is empty; they must live as long.
 */
struct senders {
    struct plan *plan;
    const struct plan_source *source;
    struct senders_question *questions; /* the MX records, or the TXT records, of a name; in the order they are asked */
    size_t questions_count, questions_known;
    size_t at;                           /* number of the question that is out */
    struct name_index exchangers, texts; /* number of the question of each name, by its type */
    struct spf_addresses addresses;      /* number of the question that an address comes from */
    struct sender *list;
    size_t count;
    struct name_index index; /* of the list */
    bool begun, trouble;
};

/*
 * Takes Explicit back from a record, and says so, above a host that the description does not name, that has no CSA
 * record, and that may send: a mail exchanger, since most send mail, too, if only bounces; or one that SPF lets send.
 * Asked are all names of the master files, else the names of the description; and the SPF records within the domain
 * that theirs lead to. What answers is asked once, at the first record. False: trouble, which was said.
 */
bool senders_withhold(struct senders *senders, struct plan_record *record);
void senders_free(struct senders *senders);

#endif
