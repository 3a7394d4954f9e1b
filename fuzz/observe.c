/*
 * observe.c - arbitrary octets as configurations, logs and messages: what is proposed are names and public addresses
 * that stand in a description which can be read again. Behind the places where an MTA puts what it knows itself, octets
 * change nothing: no address comes of them.
 */
#include "fuzz.h"
#include "observe/exim.h"
#include "observe/log.h"
#include "observe/postfix.h"
#include "observe/proposal.h"
#include "observe/received.h"
#include "observe/sendmail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The octets as a file that all readers get, again and again. */
static struct vouch_bytes given;

/* open_given - a file with what was given */
static FILE *open_given(void)
{
    return given.length == 0 ? NULL : fmemopen((void *)(uintptr_t)given.data, given.length, "r");
}

/* open_named - what a configuration names: itself, or nothing */
static FILE *open_named(void *owner, const char *path)
{
    (void)owner;
    errno = ENOENT;
    return strcmp(path, "/self") == 0 ? open_given() : NULL;
}

/* organization_of - the last two labels */
static const char *organization_of(void *owner, const char *name)
{
    const char *last = strrchr(name, '.'), *found = name;

    (void)owner;
    for (const char *dot = name; last != NULL && (dot = strchr(dot, '.')) != NULL && dot < last; dot++)
        found = dot + 1;
    return last == NULL ? "" : found;
}

/* read_exim - as one file of a configuration, behind Debian's settings */
static void read_exim(struct sightings *sightings, const struct machine *machine, struct lines *lines, bool debian)
{
    struct exim *exim = exim_new(machine, sightings);
    bool split;

    if (exim != NULL && debian)
        exim_read_debian(exim, lines, &split);
    else if (exim != NULL)
        exim_read(exim, lines);
    if (exim != NULL)
        exim_senders(exim, "exim");
    exim_free(exim);
}

/* read_postfix - as main.cf, and as master.cf with it */
static void read_postfix(struct sightings *sightings, const struct machine *machine, struct lines *lines)
{
    struct settings settings;
    struct lines master;
    FILE *file = open_given();

    settings_init(&settings);
    postfix_read_main(&settings, lines, sightings);
    postfix_senders(sightings, &settings, NULL, machine, "folder");
    if (file != NULL && lines_open(&master, file, "master.cf")) {
        postfix_senders(sightings, &settings, &master, machine, "folder");
        lines_close(&master);
    }
    if (file != NULL)
        fclose(file);
    settings_free(&settings);
}

/* read_sendmail - as sendmail.cf, or sendmail.mc */
static void read_sendmail(struct sightings *sightings, const struct machine *machine, struct lines *lines, bool mc)
{
    struct settings settings;

    settings_init(&settings);
    if (mc)
        sendmail_read_mc(&settings, lines->file, "mc", machine, sightings);
    else
        sendmail_read_cf(&settings, lines, sightings);
    sendmail_sender(sightings, &settings, machine, "sendmail");
    settings_free(&settings);
}

/* read_as - what was given, by one of the readers */
static void read_as(struct sightings *sightings, const struct machine *machine, uint8_t kind)
{
    FILE *file = open_given();
    struct lines lines;

    if (file == NULL)
        return;
    if (lines_open(&lines, file, "file")) {
        if (kind == 0)
            read_postfix(sightings, machine, &lines);
        else if (kind <= 2)
            read_exim(sightings, machine, &lines, kind == 2);
        else if (kind <= 4)
            read_sendmail(sightings, machine, &lines, kind == 4);
        else if (kind == 5)
            log_read(sightings, &lines);
        else
            received_read(sightings, &lines, organization_of, NULL);
    }
    lines_close(&lines);
    fclose(file);
}

/* check_description - of one domain: it is written, and read again as the same */
static void check_description(const struct proposal *proposal, const char *domain)
{
    char *text = NULL, error[DESCRIPTION_ERROR_SIZE];
    struct description description, again;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    bool whole = true;

    REQUIRE(file != NULL);
    description_init(&description);
    description_init(&again);
    REQUIRE(proposal_describe(proposal, domain, &description));
    REQUIRE(description_write(&description, file));
    fclose(file);
    for (size_t i = 0; i < size; i++)
        REQUIRE(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
    for (size_t i = 0; i < description.hosts_count; i++)
        whole = whole && description.hosts[i].addresses_count != 0;
    file = fmemopen(text, size, "r");
    REQUIRE(file != NULL);
    if (whole) {
        REQUIRE(description_read(&again, file, "d", error));
        REQUIRE(again.hosts_count == description.hosts_count && !again.complete);
    }
    fclose(file);
    free(text);
    description_free(&again);
    description_free(&description);
}

/* check_proposal - names are names, addresses are bounded */
static void check_proposal(struct sightings *sightings)
{
    struct proposal proposal;
    char name[VOUCH_NAME_SIZE];
    const char *why;

    proposal_make(&proposal, sightings, NULL, 0);
    for (size_t i = 0; i < proposal.hosts_count; i++) {
        REQUIRE(sightings_name(name, proposal.hosts[i].name, &why) && strcmp(name, proposal.hosts[i].name) == 0);
        fuzz_require_clean(name);
        for (size_t j = 0; j < proposal.hosts[i].addresses_count; j++)
            REQUIRE(proposal.hosts[i].addresses[j].evidence != EVIDENCE_CLAIM);
        if (i < 8)
            check_description(&proposal, organization_of(NULL, name));
    }
    proposal_free(&proposal);
}

/* Lines of logs up to where strangers write, and what follows that. */
static const char *const stranger_lines[][2] = {
    {"2026-01-02 01:00:00 1xVIoO-0001Ra-2Y => a@d R=r T=t H=m [198.51.100.9] I=[192.0.2.1] C=\"", "\""},
    {"2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= a@d H=x.test [192.0.2.1] P=esmtp id=", ""},
    {"2026-01-02 01:00:00 rejected EHLO from [192.0.2.1]: syntactically invalid argument(s): ", ""},
    {"2026-01-02 01:00:00 1xVIoO-0001Ra-2Y H=x.test [192.0.2.1] rejected after DATA: ", ""},
    {"Jan  2 01:00:00 mx postfix/cleanup[1]: 4ABC: warning: header Subject: ",
     " from evil.test[192.0.2.1]; from=<a@d> to=<b> proto=ESMTP helo=<evil.test>"},
    {"Jan  2 01:00:00 mx postfix/cleanup[1]: 4ABC: warning: body ",
     " from evil.test[192.0.2.1]; from=<a@d> to=<b> proto=ESMTP helo=<evil.test>"},
    {"Jan  2 01:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from evil.test[192.0.2.1]: ", ""},
    {"Jan  2 01:00:00 mx postfix/smtpd[1]: warning: ", ""},
    {"Jan  2 01:00:00 mx other[1]: ", ""},
};

/* is_fixed - the one address that stands in those lines */
static bool is_fixed(const struct vouch_address *address)
{
    static const uint8_t fixed[4] = {192, 0, 2, 1};

    return address->family == 4 && memcmp(address->octets, fixed, sizeof fixed) == 0;
}

/* read_stranger - what was given, as what a stranger wrote into a line */
static void read_stranger(struct sightings *sightings, uint8_t kind)
{
    const char *const *line = stranger_lines[kind % (sizeof stranger_lines / sizeof stranger_lines[0])];
    struct lines lines;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    REQUIRE(file != NULL);
    fputs(line[0], file);
    for (size_t i = 0; i < given.length; i++)
        fputc(given.data[i] < ' ' ? ' ' : given.data[i], file);
    fputs(line[1], file);
    fclose(file);
    file = fmemopen(text, size, "r");
    REQUIRE(file != NULL && lines_open(&lines, file, "log"));
    log_read(sightings, &lines);
    lines_close(&lines);
    fclose(file);
    free(text);
    REQUIRE(sightings->pairs_count == 0);
    for (size_t i = 0; i < sightings->claims_count; i++)
        REQUIRE(is_fixed(&sightings->claims[i].at.address));
    for (size_t i = 0; i < sightings->senders_count; i++) {
        REQUIRE(sightings->senders[i].helo[0] == '\0');
        for (size_t j = 0; j < sightings->senders[i].addresses_count; j++)
            REQUIRE(is_fixed(&sightings->senders[i].addresses[j].address));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct machine machine = {.hostname = "mail", .canonical = "mail.example.org", .open = open_named};
    struct fuzz_input input = {data, size, 0};
    uint8_t kind = fuzz_u8(&input);
    struct sightings sightings;

    given = fuzz_rest(&input);
    REQUIRE(sightings_init(&sightings));
    if ((kind & 0x80) != 0)
        sightings_domain(&sightings, "example.org");
    if ((kind & 0x20) != 0)
        read_stranger(&sightings, kind & 0x1f);
    else
        read_as(&sightings, &machine, (uint8_t)((kind & 0x7f) % 7));
    check_proposal(&sightings);
    sightings_free(&sightings);
    return 0;
}
