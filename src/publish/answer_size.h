/*
 * answer_size.h - how many octets a DNS answer has on the wire, as a name server sends it without EDNS: owner names
 * compressed, targets of SRV records not [RFC 2782], no authority section.
 *
 * Publishers keep answers within 512 octets: some receivers do not ask again over TCP [CSA 6].
 */
#ifndef PUBLISH_ANSWER_SIZE_H
#define PUBLISH_ANSWER_SIZE_H

#include "vouchsafe.h"

#define ANSWER_SIZE_MAX      512 /* what fits in one UDP packet without EDNS [RFC 1035 4.2.1] */
#define ANSWER_ADDRESSES_MAX 16  /* behind one name; more hosts are better told apart by names [CSA 6] */

/*
 * The size of the answer to the question `name` (master-file text) and `type` with the records of `answer`, and in the
 * Additional section the records of the `count` answers `additional`: what the A and AAAA questions of SRV targets got.
 * 0: a record is malformed, or out of memory.
 */
size_t answer_size(const char *name, uint16_t type, const struct vouch_answer *answer,
                   const struct vouch_answer *additional, size_t count);

#endif
