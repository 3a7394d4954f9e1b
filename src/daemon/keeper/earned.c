/*
 * earned.c - writes the earned allow-list.
 *
 * One walk through the ledger writes all files, a line or two an address, so memory does not grow with the list. Names
 * come from peers: only letters, digits, "-", ".", "_" and ":" stay as they are, which mean nothing in any of the
 * formats. Lines hold the day of the expiry, not the moment, since whoever reads the files starts anew when they
 * change.
 */
#include "daemon/keeper/earned.h"

#include "base/text.h"
#include "core/name.h"
#include "daemon/keeper/earned_file.h"
#include "store/ledger.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define WRITER         "Written by vouchsafed from what its ledger holds, and replaced as a whole: do not edit."
#define TTL            "300"
#define CODE           "127.0.0.2"
#define NAME_SIZE      1024
#define NAME_SHOWN_MAX "230" /* of a name in a TXT record, which holds 255 octets [RFC 1035 3.3.14] */
#define DAY_SIZE       sizeof "9999-12-31"
#define MOMENT_SIZE    sizeof "9999-12-31T23:59:59Z"
#define REVERSED_SIZE  64 /* 32 nibbles, a dot behind each but the last */

/* One address, as the formats need it. */
struct earned_row {
    struct vouch_address address;
    char text[VOUCH_ADDRESS_SIZE];
    char name[NAME_SIZE];
    char day[DAY_SIZE], moment[MOMENT_SIZE];
};

/* What goes into one file. */
struct earned_format {
    uint8_t family; /* 0: both */
    void (*head)(FILE *out, const struct conf_earned *conf, int64_t now_s);
    void (*row)(FILE *out, const struct earned_row *row);
};

enum earned_kind { EARNED_POSTSCREEN, EARNED_RBLDNSD_4, EARNED_RBLDNSD_6, EARNED_ZONE, EARNED_TEXT, EARNED_KINDS };

/* ---- postscreen: a cidr table, in which comments have lines of their own [cidr_table(5)] ---- */

/* postscreen_head - say whose file it is */
static void postscreen_head(FILE *out, const struct conf_earned *conf, int64_t now_s)
{
    (void)conf;
    (void)now_s;
    fputs("# " WRITER "\n# Addresses that were in good standing; for postscreen_access_list.\n", out);
}

/* postscreen_row - permit one address */
static void postscreen_row(FILE *out, const struct earned_row *row)
{
    fprintf(out, "# %s until %s\n%s/%d permit\n", row->name, row->day, row->text, row->address.family == 4 ? 32 : 128);
}

/* ---- rbldnsd: ip4set or ip4trie, and ip6trie ---- */

/* rbldnsd_head - name server, default value; serial 0 is the time of the file */
static void rbldnsd_head(FILE *out, const struct conf_earned *conf, int64_t now_s)
{
    (void)conf;
    (void)now_s;
    fputs("# " WRITER "\n$SOA " TTL " localhost nobody.invalid 0 3600 600 86400 " TTL "\n$NS " TTL " localhost\n"
          "$TTL " TTL "\n:" CODE ":earned\n",
          out);
}

/* rbldnsd_head_4 - the same, and the address that every list holds for tests [RFC 5782 5] */
static void rbldnsd_head_4(FILE *out, const struct conf_earned *conf, int64_t now_s)
{
    rbldnsd_head(out, conf, now_s);
    fputs("127.0.0.2 :" CODE ":test\n", out);
}

/* rbldnsd_head_6 - the same for IPv6 */
static void rbldnsd_head_6(FILE *out, const struct conf_earned *conf, int64_t now_s)
{
    rbldnsd_head(out, conf, now_s);
    fputs("::ffff:7f00:2 :" CODE ":test\n", out);
}

/* rbldnsd_row - list one address */
static void rbldnsd_row(FILE *out, const struct earned_row *row)
{
    fprintf(out, "%s :" CODE ":%." NAME_SHOWN_MAX "s until %s\n", row->text, row->name, row->day);
}

/* ---- master file ---- */

/* zone_head - the top of the zone, with the addresses for tests [RFC 5782 5] */
static void zone_head(FILE *out, const struct conf_earned *conf, int64_t now_s)
{
    size_t length = strlen(conf->zone_name);

    fprintf(out, "; " WRITER "\n$ORIGIN %s%s\n$TTL " TTL "\n@ SOA localhost. nobody.invalid. (\n    %" PRIu32 " %s",
            conf->zone_name, conf->zone_name[length - 1] == '.' ? "" : ".", (uint32_t)now_s, EARNED_FILE_VOLATILE);
    fputs("    3600 600 86400 " TTL " )\n@ NS localhost.\n2.0.0.127 A " CODE "\n2.0.0.127 TXT \"test\"\n"
          "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 A " CODE "\n"
          "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 TXT \"test\"\n",
          out);
}

/* zone_reverse - the address as the labels of a DNS list [RFC 5782 2.1, 2.4] */
static void zone_reverse(const struct vouch_address *address, char reversed[REVERSED_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    struct text text;

    text_init(&text, reversed, REVERSED_SIZE);
    for (int i = address->family == 4 ? 3 : 15; i >= 0; i--) {
        if (address->family == 4) {
            text_add_unsigned(&text, address->octets[i]);
        } else {
            text_add_char(&text, hex[address->octets[i] & 15]);
            text_add_char(&text, '.');
            text_add_char(&text, hex[address->octets[i] >> 4]);
        }
        if (i > 0)
            text_add_char(&text, '.');
    }
}

/* zone_row - A and TXT of one address */
static void zone_row(FILE *out, const struct earned_row *row)
{
    char reversed[REVERSED_SIZE];

    zone_reverse(&row->address, reversed);
    fprintf(out, "%s A " CODE "\n%s TXT \"%." NAME_SHOWN_MAX "s until %s\"\n", reversed, reversed, row->name, row->day);
}

/* ---- plain text ---- */

/* text_head - nothing: every line is an address */
static void text_head(FILE *out, const struct conf_earned *conf, int64_t now_s)
{
    (void)out;
    (void)conf;
    (void)now_s;
}

/* text_row - address, end, name */
static void text_row(FILE *out, const struct earned_row *row)
{
    fprintf(out, "%s %s %s\n", row->text, row->moment, row->name);
}

static const struct earned_format formats[EARNED_KINDS] = {
    [EARNED_POSTSCREEN] = {0, postscreen_head, postscreen_row},
    [EARNED_RBLDNSD_4] = {4, rbldnsd_head_4, rbldnsd_row},
    [EARNED_RBLDNSD_6] = {6, rbldnsd_head_6, rbldnsd_row},
    [EARNED_ZONE] = {0, zone_head, zone_row},
    [EARNED_TEXT] = {0, text_head, text_row},
};

/* ---- all of them ---- */

struct earned {
    struct earned_file files[EARNED_KINDS];
    int64_t now_s;
    const atomic_bool *stop;
    bool stopped, failed;
    char *error; /* of the first that failed */
};

/* earned_keep_error - the first one stays */
static void earned_keep_error(struct earned *earned, const char *error)
{
    if (!earned->failed && snprintf(earned->error, EARNED_ERROR_SIZE, "%s", error) < 0)
        earned->error[0] = '\0';
    earned->failed = true;
}

/* earned_is_open - is this file written already, as another kind? */
static bool earned_is_open(const struct earned *earned, enum earned_kind kind, const char *path)
{
    for (int other = 0; other < (int)kind; other++)
        if (earned->files[other].stream != NULL && strcmp(earned->files[other].path, path) == 0)
            return true;
    return false;
}

/* earned_open - begin one file, unless it has no path */
static void earned_open(struct earned *earned, const struct conf_earned *conf, enum earned_kind kind)
{
    const char *const paths[EARNED_KINDS] = {
        [EARNED_POSTSCREEN] = conf->postscreen,
        [EARNED_RBLDNSD_4] = conf->rbldnsd,
        [EARNED_RBLDNSD_6] = conf->rbldnsd,
        [EARNED_ZONE] = conf->zone,
        [EARNED_TEXT] = conf->text,
    };
    char path[CONF_STRING_SIZE + sizeof ".ip6"], error[EARNED_ERROR_SIZE];
    struct name name;

    earned->files[kind].stream = NULL;
    if (paths[kind][0] == '\0')
        return;
    if (kind == EARNED_ZONE && !name_set(&name, conf->zone_name, strlen(conf->zone_name))) {
        earned_keep_error(earned, "earned.zone_name is no domain name");
        return;
    }
    if (snprintf(path, sizeof path, "%s%s", paths[kind], kind == EARNED_RBLDNSD_6 ? ".ip6" : "") < 0)
        return;
    if (earned_is_open(earned, kind, path)) {
        earned_keep_error(earned, "two files of the section earned have the same name");
        return;
    }
    if (!earned_file_open(&earned->files[kind], path, error)) {
        earned_keep_error(earned, error);
        return;
    }
    formats[kind].head(earned->files[kind].stream, conf, earned->now_s);
}

/* earned_name - the name in characters that mean nothing to anybody; others read %XX */
static void earned_name(const char *name, char out[NAME_SIZE])
{
    static const char hex[] = "0123456789ABCDEF";
    struct text text;

    text_init(&text, out, NAME_SIZE);
    for (; *name != '\0'; name++) {
        if (text_is_alnum(*name) || strchr("-._:", *name) != NULL) {
            text_add_char(&text, *name);
        } else {
            text_add_char(&text, '%');
            text_add_char(&text, hex[(unsigned char)*name >> 4]);
            text_add_char(&text, hex[(unsigned char)*name & 15]);
        }
    }
    if (text.length == 0)
        text_add_char(&text, '-');
}

/* earned_moment - write a time in UTC; false: the calendar ends before it */
static bool earned_moment(int64_t time_s, struct earned_row *row)
{
    time_t time = (time_t)time_s;
    struct tm parts;

    return gmtime_r(&time, &parts) != NULL && strftime(row->day, sizeof row->day, "%Y-%m-%d", &parts) != 0 &&
           strftime(row->moment, sizeof row->moment, "%Y-%m-%dT%H:%M:%SZ", &parts) != 0;
}

/* earned_each - write one address into all files that want it */
static bool earned_each(void *owner, const struct ledger_earned *address)
{
    struct earned *earned = owner;
    struct earned_row row;

    earned->stopped = earned->stop != NULL && atomic_load(earned->stop);
    if (earned->stopped)
        return false;
    if (address->until_s <= earned->now_s || !earned_moment(address->until_s, &row))
        return true;
    row.address = address->address;
    vouch_address_format(&row.address, row.text);
    earned_name(address->name, row.name);
    for (int kind = 0; kind < EARNED_KINDS; kind++)
        if (earned->files[kind].stream != NULL &&
            (formats[kind].family == 0 || formats[kind].family == row.address.family))
            formats[kind].row(earned->files[kind].stream, &row);
    return true;
}

bool earned_write(const struct conf_earned *conf, struct ledger *ledger, int64_t now_s, const atomic_bool *stop,
                  char error[EARNED_ERROR_SIZE])
{
    struct earned earned = {.now_s = now_s, .stop = stop, .error = error};
    char cause[EARNED_ERROR_SIZE];
    bool read = true, any = false;

    error[0] = '\0';
    for (int kind = 0; kind < EARNED_KINDS; kind++) {
        earned_open(&earned, conf, (enum earned_kind)kind);
        any = any || earned.files[kind].stream != NULL;
    }
    if (any)
        read = ledger_earned(ledger, earned_each, &earned) && !earned.stopped;
    if (!read)
        earned_keep_error(&earned, "the ledger could not be read to its end; the earned lists stay as they were");
    for (int kind = 0; kind < EARNED_KINDS; kind++)
        if (!earned_file_close(&earned.files[kind], read, cause))
            earned_keep_error(&earned, cause);
    return !earned.failed;
}
