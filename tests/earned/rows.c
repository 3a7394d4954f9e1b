/*
 * rows.c - writes the earned list from lines on standard input, "ADDRESS UNTIL NAME": rows POSTSCREEN RBLDNSD ZONE TEXT
 * ZONE-NAME. For tests that read the files with what they are made for.
 */
#include "daemon/keeper/earned.h"
#include "store/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* In the place of the ledger's own: the lines. */
bool ledger_earned(struct ledger *ledger, ledger_each_earned *each, void *owner)
{
    char address[64], name[256];
    int64_t until_s;

    (void)ledger;
    while (scanf("%63s %" SCNd64 " %255s", address, &until_s, name) == 3) {
        struct ledger_earned row = {.name = name, .until_s = until_s};

        if (!vouch_address_parse(&row.address, address, strlen(address)) || !each(owner, &row))
            return false;
    }
    return feof(stdin) != 0;
}

int main(int argc, char **argv)
{
    static struct conf_earned conf;
    char error[EARNED_ERROR_SIZE];

    if (argc != 6)
        return 2;
    snprintf(conf.postscreen, sizeof conf.postscreen, "%s", argv[1]);
    snprintf(conf.rbldnsd, sizeof conf.rbldnsd, "%s", argv[2]);
    snprintf(conf.zone, sizeof conf.zone, "%s", argv[3]);
    snprintf(conf.text, sizeof conf.text, "%s", argv[4]);
    snprintf(conf.zone_name, sizeof conf.zone_name, "%s", argv[5]);
    if (earned_write(&conf, NULL, time(NULL), NULL, error))
        return 0;
    fprintf(stderr, "%s\n", error);
    return 1;
}
