/*
 * sources_test.c - private lists that are read anew: when the file changed, and only then; what is told, and how often.
 */
#include "session/sources.h"

#include "accredit/list.h"
#include "unit.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two lists, each in a file of a folder of its own. */
struct world {
    char folder[64];
    char paths[2][80];
    struct conf *conf;
    struct event_base *base;
    struct sources sources;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void rename_over(const char *path, const char *text)
{
    char fresh[96];

    assert_true(snprintf(fresh, sizeof fresh, "%s.new", path) < (int)sizeof fresh);
    write_file(fresh, text);
    assert_int_equal(rename(fresh, path), 0);
}

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    char notice[SOURCES_ERROR_SIZE], error[SOURCES_ERROR_SIZE], zone[96];

    assert_non_null(world);
    memcpy(world->folder, "/tmp/sources.XXXXXX", sizeof "/tmp/sources.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->conf = malloc(sizeof *world->conf);
    assert_non_null(world->conf);
    conf_init(world->conf);
    for (unsigned i = 0; i < 2; i++) {
        struct conf_accreditor *accreditor = &world->conf->accreditors[i];

        snprintf(world->paths[i], sizeof world->paths[i], "%s/list%u", world->folder, i);
        write_file(world->paths[i], "a.example trusted\n");
        snprintf(accreditor->file, sizeof accreditor->file, "%s", world->paths[i]);
        world->conf->settings.services[i].style = VOUCH_STYLE_LIST;
    }
    world->conf->settings.services_count = 2;
    snprintf(zone, sizeof zone, "%s/zone", world->folder);
    write_file(zone, "example. 60 IN SOA ns hostmaster 1 60 60 60 60\n");
    snprintf(world->conf->dns.zone_files.strings[0], CONF_STRING_SIZE, "%s", zone);
    world->conf->dns.zone_files.count = 1;
    world->base = event_base_new();
    if (!sources_open(&world->sources, world->conf, world->base, notice, error))
        fail_msg("%s", error);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    char path[96];

    sources_close(&world->sources);
    event_base_free(world->base);
    for (unsigned i = 0; i < 2; i++)
        unlink(world->paths[i]);
    snprintf(path, sizeof path, "%s/zone", world->folder);
    unlink(path);
    assert_int_equal(rmdir(world->folder), 0);
    free(world->conf);
    free(world);
    return 0;
}

/* look - one look; what it says must begin with the name of the file `number` (-1: nothing) and hold `cause` */
static bool look(struct world *world, int number, const char *cause)
{
    char error[SOURCES_ERROR_SIZE];
    bool changed = sources_refresh_lists(&world->sources, error);

    if (number < 0)
        assert_string_equal(error, "");
    else
        assert_true(strncmp(error, world->paths[number], strlen(world->paths[number])) == 0 &&
                    strstr(error, cause) != NULL);
    return changed;
}

/* reads - is a file being read? */
static bool reads(const struct world *world)
{
    return world->sources.lists[0].reading != NULL || world->sources.lists[1].reading != NULL;
}

/* refresh - looks until what changed was read; what all of them say together, as in `look` */
static bool refresh(struct world *world, int number, const char *cause)
{
    char error[SOURCES_ERROR_SIZE], all[3 * SOURCES_ERROR_SIZE] = "";
    bool changed = false;

    for (unsigned i = 0; i < 2 || reads(world); i++) {
        changed |= sources_refresh_lists(&world->sources, error);
        if (error[0] != '\0' && strlen(all) < SOURCES_ERROR_SIZE)
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", all[0] == '\0' ? "" : "; ", error);
        usleep(1000);
    }
    if (number < 0)
        assert_string_equal(all, "");
    else
        assert_true(strstr(all, world->paths[number]) != NULL && strstr(all, cause) != NULL);
    return changed;
}

static enum vouch_listing find(const struct world *world, unsigned number, const char *name)
{
    const char *comment;

    return list_find(world->sources.lists[number].list, name, &comment);
}

/* As long as nothing changed, the list in memory is the very same. */
static void test_unchanged(void **state)
{
    struct world *world = *state;
    const struct list *list = world->sources.lists[0].list;

    for (unsigned i = 0; i < 3; i++)
        assert_false(refresh(world, -1, NULL));
    assert_ptr_equal(world->sources.lists[0].list, list);
}

/* Another file in its place counts, though name, size and time of writing are those of the old one. */
static void test_renamed_over(void **state)
{
    struct world *world = *state;
    struct timespec times[2];
    struct stat status;

    assert_int_equal(stat(world->paths[1], &status), 0);
    times[0] = status.st_atim;
    times[1] = status.st_mtim;
    rename_over(world->paths[1], "a.example blocked\n");
    assert_int_equal(utimensat(AT_FDCWD, world->paths[1], times, 0), 0);
    assert_true(refresh(world, -1, NULL));
    assert_int_equal(find(world, 1, "a.example"), VOUCH_LISTED_BLOCKED);
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED);
    assert_false(refresh(world, -1, NULL));
}

/* What is wrong is told once a change, and the old list stays, also of a file that is gone, and of one that comes back.
 */
static void test_trouble(void **state)
{
    struct world *world = *state;

    rename_over(world->paths[0], "a.example blocked\nb.example maybe\n");
    assert_false(refresh(world, 0, ":2: neither trusted nor blocked: maybe"));
    assert_false(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED);
    assert_int_equal(unlink(world->paths[0]), 0);
    assert_false(refresh(world, 0, ": No such file or directory"));
    assert_false(refresh(world, -1, NULL));
    rename_over(world->paths[0], "# nobody\n");
    assert_true(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_UNLISTED);
    rename_over(world->paths[0], ""); /* no list is lost with it */
    assert_true(refresh(world, -1, NULL));
}

/* A file that is cut and written anew in its place is read neither while it is empty, nor while it grows. */
static void test_written_in_place(void **state)
{
    struct world *world = *state;
    FILE *file = fopen(world->paths[0], "w");

    assert_non_null(file);
    assert_false(look(world, -1, NULL));
    assert_true(fputs("b.example blocked\n", file) >= 0 && fflush(file) == 0);
    assert_false(look(world, -1, NULL));
    assert_true(fputs("c.example blocked\n", file) >= 0 && fflush(file) == 0);
    assert_false(look(world, -1, NULL));
    assert_false(reads(world));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED);
    assert_int_equal(fclose(file), 0);
    assert_true(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_UNLISTED);
    assert_int_equal(find(world, 0, "c.example"), VOUCH_LISTED_BLOCKED);
}

/* A list that is empty all of a sudden is a file that somebody failed to write. */
static void test_emptied(void **state)
{
    struct world *world = *state;

    write_file(world->paths[0], "");
    assert_false(refresh(world, 0, ": is empty, and was not"));
    assert_false(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED);
    write_file(world->paths[0], "b.example trusted\n");
    assert_true(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "b.example"), VOUCH_LISTED_TRUSTED);
}

/* Who looks does not wait for the file: what the look began to read is there at a later one. */
static void test_beside(void **state)
{
    struct world *world = *state;
    FILE *file;

    rename_over(world->paths[0], "b.example blocked\n");
    file = fopen(world->paths[0], "a");
    assert_non_null(file);
    for (unsigned i = 0; i < 100000; i++)
        assert_true(fprintf(file, "%u.example trusted\n", i * 7919 % 100000) > 0);
    assert_int_equal(fclose(file), 0);
    assert_false(look(world, -1, NULL));
    assert_false(reads(world));
    assert_false(look(world, -1, NULL));
    assert_true(reads(world));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED); /* sessions go on with the old one */
    assert_true(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "b.example"), VOUCH_LISTED_BLOCKED);
    assert_int_equal(find(world, 0, "99999.example"), VOUCH_LISTED_TRUSTED);
    rename_over(world->paths[0], "c.example blocked\n");
    assert_false(look(world, -1, NULL));
    assert_false(look(world, -1, NULL));
    assert_true(reads(world)); /* and is closed so */
}

/* Two at once: both are told, and one does not keep the other from being read. */
static void test_both(void **state)
{
    struct world *world = *state;

    rename_over(world->paths[0], "nonsense\n");
    rename_over(world->paths[1], "b.example blocked\n");
    assert_true(refresh(world, 0, ":1: needs a name"));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED);
    assert_int_equal(find(world, 1, "b.example"), VOUCH_LISTED_BLOCKED);
    rename_over(world->paths[0], "nonsense\n");
    rename_over(world->paths[1], "b.example maybe\n");
    assert_false(refresh(world, 0, ":1: needs a name"));
    rename_over(world->paths[0], "nonsense\n");
    rename_over(world->paths[1], "b.example maybe not\n");
    assert_false(refresh(world, 1, ":1: neither trusted nor blocked: maybe"));
}

/* A folder, or a device, in the place of the file is never read. */
static void test_no_file(void **state)
{
    struct world *world = *state;

    assert_int_equal(unlink(world->paths[0]), 0);
    assert_int_equal(symlink("/dev/zero", world->paths[0]), 0);
    assert_false(refresh(world, 0, ": no regular file"));
    assert_false(refresh(world, -1, NULL));
    assert_int_equal(find(world, 0, "a.example"), VOUCH_LISTED_TRUSTED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unchanged, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_renamed_over, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_trouble, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_both, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_no_file, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_written_in_place, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_emptied, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_beside, open_world, close_world),
    };

    return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
