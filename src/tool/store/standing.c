/*
 * standing.c - what a standing is worth and what it needs.
 */
#include "tool/store/standing.h"

#include "base/text.h"
#include "core/trust.h"
#include "tool/view.h"

#include <inttypes.h>
#include <time.h>

#define ENOUGH 8 /* windows full of ham: who is not trusted after them never is */

void standing_rules(const struct conf *conf, struct reputation_rules *rules)
{
    *rules = (struct reputation_rules){
        .half_life_days = conf->reputation.half_life_days,
        .window = conf->reputation.window,
        .per_day = conf->reputation.per_day,
        .per_source = conf->reputation.per_source,
        .organization_weight = conf->reputation.organization_weight,
    };
}

/* standing_is_trusted - would it be, with so much more ham? */
static bool standing_is_trusted(const struct conf *conf, const struct standing *standing, long ham, int head_start)
{
    struct reputation_day own = {0, standing->own.ham + (uint32_t)ham, standing->own.spam};
    struct reputation_day all = {0, standing->others.ham + (uint32_t)ham, standing->others.spam};
    struct reputation_rules rules;
    struct vouch_reputation then;

    standing_rules(conf, &rules);
    reputation_weigh(&rules, 0, (struct reputation_days){&own, 1},
                     (struct reputation_days){&all, standing->organization[0] == '\0' ? 0 : 1}, &then);
    return head_start + trust_reputation_points(&conf->settings, &then) >= conf->settings.accept_at;
}

long standing_missing(const struct conf *conf, const struct standing *standing, int head_start)
{
    long low = -1, high = (long)conf->reputation.window * ENOUGH;

    if (!standing_is_trusted(conf, standing, high, head_start))
        return -1;
    while (high - low > 1) {
        long middle = low + (high - low) / 2;

        if (standing_is_trusted(conf, standing, middle, head_start))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* standing_numbers - of one reputation */
static json_t *standing_numbers(const char *name, const struct vouch_reputation *reputation)
{
    return json_pack("{s:o, s:i, s:f, s:I, s:I}", "name", json_text(text_bytes(name)), "score", reputation->score,
                     "confidence", (double)reputation->confidence_milli / 1000, "ham", (json_int_t)reputation->ham,
                     "spam", (json_int_t)reputation->spam);
}

/* standing_missing_object - what is missing with each proof of the name; null: no amount is enough, or it is no help */
static json_t *standing_missing_object(const struct conf *conf, const struct standing *standing)
{
    static const struct {
        const char *key;
        enum vouch_identity identity;
    } proofs[] = {{"forward", VOUCH_IDENTITY_FORWARD}, {"csa", VOUCH_IDENTITY_CSA}};
    json_t *missing = json_object();

    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++) {
        int head_start = proofs[i].identity == VOUCH_IDENTITY_CSA ? conf->settings.points[VOUCH_TOKEN_CSA_PASS] : 0;
        long ham = proofs[i].identity < conf->settings.own_lists_floor ? -1
                                                                       : standing_missing(conf, standing, head_start);

        json_object_set_new(missing, proofs[i].key, ham < 0 ? json_null() : json_integer(ham));
    }
    return missing;
}

json_t *standing_object(const struct conf *conf, const struct standing *standing)
{
    json_t *object = standing_numbers(standing->name, &standing->own);

    if (object == NULL)
        return NULL;
    json_object_set_new(object, "known", json_boolean(standing->known));
    json_object_set_new(object, "points", json_integer(trust_reputation_points(&conf->settings, &standing->own)));
    json_object_set_new(
        object, "organization",
        standing->organization[0] == '\0' ? json_null() : standing_numbers(standing->organization, &standing->others));
    json_object_set_new(object, "missing", standing_missing_object(conf, standing));
    return object;
}

/* standing_print_numbers - score, confidence and counts */
static void standing_print_numbers(const json_t *object)
{
    printf("score %+" PRId64 ", confidence %.2f: %" PRId64 " ham, %" PRId64 " spam, older ones counted less\n",
           view_number(object, "score"), json_real_value(json_object_get(object, "confidence")),
           view_number(object, "ham"), view_number(object, "spam"));
}

/* standing_print_missing - one way to be trusted */
static void standing_print_missing(const json_t *object, const char *key, const char *proof)
{
    const json_t *missing = json_object_get(json_object_get(object, "missing"), key);

    view_label(stdout, "missing");
    if (!json_is_integer(missing))
        printf("no amount of ham makes a name trusted that is proven by %s only\n", proof);
    else if (json_integer_value(missing) == 0)
        printf("nothing: trusted where the name is proven by %s\n", proof);
    else
        printf("about %" JSON_INTEGER_FORMAT " more ham, to be trusted where the name is proven by %s\n",
               json_integer_value(missing), proof);
}

void standing_print(const struct conf *conf, const json_t *object)
{
    const json_t *organization = json_object_get(object, "organization");
    int64_t points = view_number(object, "points");

    view_print(stdout, view_text(object, "name"));
    puts(view_bool(object, "known") ? "" : ": not known, no mail of it was voted on");
    view_label(stdout, "reputation");
    standing_print_numbers(object);
    if (json_is_object(organization)) {
        view_label(stdout, "domain");
        view_print(stdout, view_text(organization, "name"));
        fputs(" and all below it: ", stdout);
        standing_print_numbers(organization);
    }
    view_label(stdout, "points");
    printf("%+" PRId64 "; %+d is trusted, %+d is refused%s\n", points, conf->settings.accept_at,
           conf->settings.reject_at, conf->settings.use_reputation ? "" : "; but reputation is not asked for");
    standing_print_missing(object, "forward", "its address records");
    standing_print_missing(object, "csa", "CSA");
}
