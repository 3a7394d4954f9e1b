/*
 * points.c - from counts to points, and the numbers that doc/reputation.md states.
 */
#include "points.h"

#include <math.h>
#include <stdio.h>

#define TODAY        20000
#define PER_DAY      100 /* the defaults */
#define PER_SOURCE   10
#define PER_FILTER   100
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

int points_of(const struct vouch_reputation *reputation)
{
    struct vouch_settings settings;
    double certain = reputation->score * reputation->confidence_milli;

    vouch_settings_init(&settings);
    return (int)lround(certain * (certain > 0 ? settings.reputation_for_milli : settings.reputation_against_milli) /
                       1e6);
}

struct vouch_reputation points_weigh(double ham, double spam)
{
    struct reputation_rules rules = {1, UINT32_MAX, 1, 1, 0};
    struct reputation_day day = {TODAY, (uint32_t)ham, (uint32_t)spam};
    struct vouch_reputation result;

    reputation_weigh(&rules, TODAY, (struct reputation_days){&day, 1}, (struct reputation_days){NULL, 0}, &result);
    return result;
}

int points_counts(uint32_t ham, uint32_t spam)
{
    struct vouch_reputation reputation = points_weigh(ham, spam);

    return points_of(&reputation);
}

bool points_trust(int points)
{
    struct vouch_settings settings;

    vouch_settings_init(&settings);
    return points >= settings.accept_at;
}

bool points_refuse(int points)
{
    struct vouch_settings settings;

    vouch_settings_init(&settings);
    return points <= settings.reject_at;
}

uint32_t points_spam_to_distrust(uint32_t window)
{
    uint32_t spam = 0;

    while (spam < window && points_trust(points_counts(window - spam, spam)))
        spam++;
    return spam;
}

uint32_t points_spam_to_refuse(uint32_t window)
{
    uint32_t spam = 0;

    while (spam < window && !points_refuse(points_counts(window - spam, spam)))
        spam++;
    return spam;
}

uint32_t points_ham_to_pardon(uint32_t window)
{
    uint32_t ham = 0;

    while (ham < window && points_refuse(points_counts(ham, window - ham)))
        ham++;
    return ham;
}

uint32_t points_ham_to_trust(uint32_t window)
{
    uint32_t ham = 0;

    while (ham < window && !points_trust(points_counts(ham, window - ham)))
        ham++;
    return ham;
}

/* effect - what points do by themselves */
static const char *effect(int points)
{
    return points_trust(points) ? "trusted" : points_refuse(points) ? "refused" : "";
}

/* print_counts - counts and what they are worth */
static void print_counts(void)
{
    static const uint32_t rows[][2] = {{1, 0},  {5, 0},   {10, 0},   {17, 0},    {20, 0},   {37, 0},
                                       {38, 0}, {100, 0}, {200, 0},  {0, 1},     {0, 5},    {0, 10},
                                       {0, 14}, {0, 15},  {0, 20},   {0, 200},   {4, 20},   {5, 20},
                                       {10, 1}, {50, 1},  {190, 10}, {100, 100}, {30, 170}, {20, 180}};

    puts("| ham | spam | score | confidence | points | by itself |");
    puts("|---|---|---|---|---|---|");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_reputation found = points_weigh(rows[i][0], rows[i][1]);
        int points = points_of(&found);

        printf("| %u | %u | %d | %.3f | %d | %s |\n", rows[i][0], rows[i][1], found.score,
               found.confidence_milli / 1000.0, points, effect(points));
    }
    putchar('\n');
}

/* print_windows - what a full window can bear */
static void print_windows(void)
{
    static const uint32_t windows[] = {50, 100, 200, 500, 1000};

    puts("| window | spam until not trusted | spam until refused | ham until not refused | ham until trusted |");
    puts("|---|---|---|---|---|");
    for (size_t i = 0; i < COUNT(windows); i++)
        printf("| %u | %u | %u | %u | %u |\n", windows[i], points_spam_to_distrust(windows[i]),
               points_spam_to_refuse(windows[i]), points_ham_to_pardon(windows[i]), points_ham_to_trust(windows[i]));
    putchar('\n');
}

/* turn - a host that was all ham, or all spam, for as long as the window goes back is the other from now on: the day on
 * which it is not (any more) what `is` asks for */
static uint32_t turn(uint32_t a_day, bool to_spam, bool (*is)(int points), bool wanted)
{
    static const struct reputation_rules rules = {30, 200, PER_DAY, PER_SOURCE, 0};
    struct reputation_day days[60];

    for (uint32_t day = 1; day <= 30; day++) {
        struct vouch_reputation found;

        for (uint32_t age = 0; age < COUNT(days); age++) {
            bool spam = to_spam == (age < day);

            days[age] = (struct reputation_day){TODAY - (int32_t)age, spam ? 0 : a_day, spam ? a_day : 0};
        }
        reputation_weigh(&rules, TODAY, (struct reputation_days){days, COUNT(days)}, (struct reputation_days){NULL, 0},
                         &found);
        if (is(points_of(&found)) == wanted)
            return day;
    }
    return 0;
}

/* print_days - what the caps make of that, with the defaults: on which day it shows, by sources that vote alike */
static void print_days(void)
{
    static const uint32_t sources[] = {1, 2, 3, 5, 10};

    puts(
        "| sources | votes a day | spam: not trusted on day | refused on day | ham: not refused on day | trusted on day |");
    puts("|---|---|---|---|---|---|");
    for (size_t i = 0; i < COUNT(sources); i++) {
        uint32_t a_day = sources[i] * PER_SOURCE < PER_DAY ? sources[i] * PER_SOURCE : PER_DAY;

        printf("| %u%s | %u | %u | %u | %u | %u |\n", sources[i], a_day == PER_DAY ? " and more" : "", a_day,
               turn(a_day, true, points_trust, false), turn(a_day, true, points_refuse, true),
               turn(a_day, false, points_refuse, false), turn(a_day, false, points_trust, true));
    }
    putchar('\n');
}

/* siege - points of a host of which one source says so much spam a day since so many days, and others ham */
static int siege(uint32_t ham, uint32_t spam, uint32_t since)
{
    static const struct reputation_rules rules = {30, 200, PER_DAY, PER_SOURCE, 0};
    struct reputation_day days[260];
    struct vouch_reputation found;

    for (uint32_t age = 0; age < COUNT(days); age++)
        days[age] = (struct reputation_day){TODAY - (int32_t)age, ham, age < since ? spam : 0};
    reputation_weigh(&rules, TODAY, (struct reputation_days){days, COUNT(days)}, (struct reputation_days){NULL, 0},
                     &found);
    return points_of(&found);
}

/* print_siege - one source votes spam as often as it can, the others ham: the worst that comes of it, and in how long
 */
static void print_siege(uint32_t spam)
{
    static const uint32_t honest[] = {0, 1, 2, 5, 10, 20, 50, 100}, marks[] = {1, 3, 10, 60};

    puts("| honest ham a day | after 1 day of siege | after 3 | after 10 | after 60 |");
    puts("|---|---|---|---|---|");
    for (size_t i = 0; i < COUNT(honest); i++) {
        printf("| %u |", honest[i]);
        for (size_t k = 0; k < COUNT(marks); k++) {
            int points = siege(honest[i], spam, marks[k]);

            printf(" %d%s%s |", points, effect(points)[0] != '\0' ? " " : "", effect(points));
        }
        putchar('\n');
    }
    putchar('\n');
}

/* print_first_day - of so many messages of a host that nobody knew, what the filter alone makes of the first day */
static void print_first_day(void)
{
    static const uint32_t rows[][2] = {{20, 0},  {38, 0},   {60, 1}, {80, 2}, {100, 0}, {300, 0},
                                       {297, 3}, {290, 10}, {30, 1}, {0, 14}, {0, 15},  {20, 50}};

    puts("| ham by the filter | spam | points | by the end of the day |");
    puts("|---|---|---|---|");
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t ham = rows[i][0] < PER_FILTER ? rows[i][0] : PER_FILTER;
        uint32_t spam = rows[i][1] < PER_FILTER ? rows[i][1] : PER_FILTER;
        int points = points_counts(ham, spam);

        printf("| %u | %u | %d | %s |\n", rows[i][0], rows[i][1], points, effect(points));
    }
    putchar('\n');
}

/* print_silence - how long a full window of one kind lasts when no mail comes */
static void print_silence(void)
{
    static const uint32_t lives[] = {7, 30, 90};

    puts("| half-life | a window of ham: days trusted | a window of spam: days refused | days until nothing is left |");
    puts("|---|---|---|---|");
    for (size_t i = 0; i < COUNT(lives); i++) {
        struct reputation_rules rules = {lives[i], 200, 1, 1, 0};
        int32_t days[2] = {0, 0};

        for (int spam = 0; spam <= 1; spam++)
            for (int32_t age = 0; age <= 10 * (int32_t)lives[i]; age++) {
                struct reputation_day day = {TODAY - age, spam ? 0 : 200, spam ? 200 : 0};
                struct vouch_reputation found;
                int points;

                reputation_weigh(&rules, TODAY, (struct reputation_days){&day, 1}, (struct reputation_days){NULL, 0},
                                 &found);
                points = points_of(&found);
                if (spam ? points_refuse(points) : points_trust(points))
                    days[spam] = age + 1;
            }
        printf("| %u | %d | %d | %u |\n", lives[i], days[0], days[1], 10 * lives[i] + 1);
    }
    putchar('\n');
}

/* print_organization - what the others of an organization do for a host that nobody knows */
static void print_organization(void)
{
    static const uint32_t weights[] = {0, 4, 10, 12, 15, 20, 30, 60, 200};
    static const uint32_t counts[][2] = {{100, 0}, {0, 100}, {10, 90}, {30, 70}, {50, 50}};

    puts("| organization_weight | all ham | all spam | 90 % spam | 70 % | 50 % |");
    puts("|---|---|---|---|---|---|");
    for (size_t i = 0; i < COUNT(weights); i++) {
        struct reputation_rules rules = {30, 200, 1, 1, weights[i]};
        printf("| %u |", weights[i]);
        for (size_t k = 0; k < COUNT(counts); k++) {
            struct reputation_day day = {TODAY, counts[k][0] * 2, counts[k][1] * 2};
            struct vouch_reputation found;
            int points;

            reputation_weigh(&rules, TODAY, (struct reputation_days){NULL, 0}, (struct reputation_days){&day, 1},
                             &found);
            points = points_of(&found);
            printf(" %d%s%s |", points, effect(points)[0] != '\0' ? " " : "", effect(points));
        }
        putchar('\n');
    }
    putchar('\n');
}

void points_print_tables(void)
{
    print_counts();
    print_windows();
    print_days();
    print_siege(PER_SOURCE);
    print_first_day();
    print_siege(PER_FILTER);
    print_silence();
    print_organization();
}
