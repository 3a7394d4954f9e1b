/*
 * list.h - a private list: the operator's own judgement of names, in a file.
 *
 * One entry a line: NAME WORD COMMENT, where WORD is `trusted` or `blocked`. A name that begins with a dot stands for
 * all names below it. `#` begins a comment line. The longest match answers; an exact name before a suffix.
 */
#ifndef ACCREDIT_LIST_H
#define ACCREDIT_LIST_H

#include "vouchsafe.h"

#include <stdio.h>

#define LIST_ERROR_SIZE   512
#define LIST_COMMENT_SIZE VOUCH_INFO_SIZE

struct list;

/* An empty list, or null: out of memory. */
struct list *list_new(void);
void list_free(struct list *list);

/* May an entry bear this name? False with `error`, with a hint: what is a network, a wildcard, no A-label. */
bool list_check_name(const char *name, char error[LIST_ERROR_SIZE]);

/*
 * Adds one entry; the comment is cut at LIST_COMMENT_SIZE - 1, `line` is where it stands. False with `error`: no such
 * word, no name that an entry may bear, out of memory. After the
 * last entry comes list_seal.
 */
bool list_add(struct list *list, const char *name, const char *word, const char *comment, size_t line,
              char error[LIST_ERROR_SIZE]);

/* Makes the list ready for list_find. False with `error` = "LABEL:LINE: cause" if a name stands in it twice. */
bool list_seal(struct list *list, const char *label, char error[LIST_ERROR_SIZE]);

/*
 * Reads a whole file of entries and seals; `label` names it. False with `error` = "LABEL:LINE: cause". A well-formed
 * line that can never answer, as its name is an address or of one label, is left out.
 */
bool list_read(struct list *list, FILE *file, const char *label, char error[LIST_ERROR_SIZE]);

/* Which line was left out, what it should be, and how many more there are, on one line; "" if none was. */
const char *list_notice(const struct list *list);

/* How many entries it has. */
size_t list_count(const struct list *list);

/* What the list says of a name (lower case, no final dot), and the comment of that entry, never null. */
enum vouch_listing list_find(const struct list *list, const char *name, const char **comment);

#endif
