/*
 * wildcard.c - finds wildcards by comparing what they hold with what the name has.
 */
#include "publish/wildcard.h"

#include "base/text.h"
#include "publish/name.h"
#include "publish/rdata.h"

#include <string.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

/* What an answer holds, whatever the order of its records: how many, and the sum of their hashes (FNV-1a). */
struct gist {
    size_t count;
    uint64_t sum;
    bool trouble;
};

/* gist_take - add up an answer */
static void gist_take(void *self, const struct vouch_answer *answer)
{
    struct gist *gist = self;

    gist->trouble = answer->cut || (answer->status != VOUCH_FOUND && answer->status != VOUCH_NODATA &&
                                    answer->status != VOUCH_NXDOMAIN);
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        char rdata[PLAN_RDATA_SIZE];
        struct vouch_bytes octets = answer->records[i].rdata; /* no names in it that could be compressed */
        uint64_t hash = FNV_OFFSET;

        if (rdata_format(answer, &answer->records[i], rdata))
            octets = text_bytes(rdata);
        for (size_t k = 0; k < octets.length; k++)
            hash = (hash ^ octets.data[k]) * FNV_PRIME;
        gist->count++;
        gist->sum += hash;
    }
}

enum wildcard wildcard_find(const struct plan_source *source, const char *owner, enum vouch_type type,
                            const char *domain)
{
    struct gist own = {0};

    source->ask(source->owner, owner, type, gist_take, &own);
    if (own.trouble)
        return WILDCARD_TROUBLE;
    for (const char *dot = strchr(owner, '.'); own.count != 0 && dot != NULL; dot = strchr(dot + 1, '.')) {
        char name[PLAN_NAME_SIZE + 2];
        struct gist gist = {0};
        struct text text;

        if (!publish_name_is_within(dot + 1, domain))
            break;
        text_init(&text, name, sizeof name);
        text_add_char(&text, '*');
        text_add(&text, dot);
        source->ask(source->owner, name, type, gist_take, &gist);
        if (gist.trouble)
            return WILDCARD_TROUBLE;
        if (gist.count == own.count && gist.sum == own.sum)
            return WILDCARD_YES;
    }
    return WILDCARD_NO;
}
