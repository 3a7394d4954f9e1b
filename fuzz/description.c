/*
 * description.c - any text as a description of a domain: it is read, or refused with place and cause; what is read is
 * written and read back, and its plan is clean in every form.
 */
#include "fuzz.h"
#include "publish/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* description_of - read a text; false: refused, in clean words that begin with the place */
static bool description_of(struct description *description, const char *text, size_t length)
{
    char error[DESCRIPTION_ERROR_SIZE];
    FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");
    bool fine;

    REQUIRE(file != NULL);
    description_init(description);
    fine = description_read(description, file, "fuzz", error);
    fclose(file);
    REQUIRE(fine || strncmp(error, "fuzz:", 5) == 0);
    fuzz_require_clean(error);
    return fine;
}

/* description_check_again - what is written says the same */
static void description_check_again(const struct description *description)
{
    struct description again;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);

    REQUIRE(file != NULL && description_write(description, file));
    fclose(file);
    REQUIRE(description_of(&again, text, length));
    REQUIRE(again.hosts_count == description->hosts_count && again.disowned_count == description->disowned_count &&
            again.accreditors_count == description->accreditors_count && again.ttl_s == description->ttl_s &&
            again.complete == description->complete && strcmp(again.domain, description->domain) == 0);
    description_free(&again);
    free(text);
}

/* description_check_form - nothing but printable lines */
static void description_check_form(const struct plan *plan, void (*write)(const struct plan *plan, FILE *file))
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);

    REQUIRE(file != NULL);
    write(plan, file);
    fclose(file);
    for (size_t i = 0; i < length; i++)
        REQUIRE(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct description description;
    char error[PLAN_ERROR_SIZE];
    struct plan plan;

    if (size == 0)
        return 0; /* fmemopen takes no less */
    if (description_of(&description, (const char *)data, size)) {
        description_check_again(&description);
        if (plan_make(&plan, &description, error)) {
            description_check_form(&plan, form_master_write);
            description_check_form(&plan, form_fields_write);
            plan_free(&plan);
        } else {
            fuzz_require_clean(error);
        }
    }
    description_free(&description);
    return 0;
}
