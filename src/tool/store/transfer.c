/*
 * transfer.c - all rows of a store to a file, and all rows of a file into a store.
 */
#include "tool/store/transfer.h"

#include "tool/tool.h"
#include "tool/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME          "store"
#define LINE_SIZE     8192
#define PATH_SIZE     4096
#define PENDING_MAX   200   /* rows on their way into a store, where its queue holds twice as many */
#define BATCH         1000  /* rows in one transaction: others write too */
#define USELESS_SHOWN 10    /* of rows that are skipped, named one by one */
#define SHOWN         10000 /* rows between two signs of life */

/* What goes on, for who watches it on a terminal. */
struct progress {
    uint64_t rows;
    const char *doing;
    bool shown;
};

/* transfer_show - one row more */
static void transfer_show(struct progress *progress)
{
    if (++progress->rows % SHOWN != 0 || isatty(STDERR_FILENO) != 1)
        return;
    fprintf(stderr, "\r%s %llu rows", progress->doing, (unsigned long long)progress->rows);
    progress->shown = true;
}

/* transfer_shown - wipe the sign of life */
static void transfer_shown(const struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
}

/* An export that goes on. */
struct transfer_out {
    FILE *file;
    struct progress progress;
    bool failed; /* errno says why */
};

/* transfer_write - one row */
static bool transfer_write(void *owner, const struct store_row *row)
{
    struct transfer_out *out = owner;
    char *line = transfer_format(row);

    errno = line == NULL ? ENOMEM : 0;
    out->failed = line == NULL || fprintf(out->file, "%s\n", line) < 0;
    free(line);
    transfer_show(&out->progress);
    return !out->failed;
}

/* transfer_write_all - header and rows of all kinds; false after saying what is wrong */
static bool transfer_write_all(struct kept *kept, FILE *file, const char *label)
{
    static const enum store_kind kinds[] = {STORE_REPUTATION, STORE_LIST, STORE_SUSPENSION};
    struct transfer_out out = {.file = file, .progress.doing = "exported"};
    bool fine = true;

    out.failed = fprintf(file, "{\"vouchsafe\":\"store\",\"version\":%d}\n", TRANSFER_VERSION) < 0;
    for (size_t i = 0; fine && !out.failed && i < sizeof kinds / sizeof kinds[0]; i++)
        fine = kept_each(kept, kinds[i], transfer_write, &out);
    transfer_shown(&out.progress);
    if (!fine)
        return false;
    if (!out.failed && fflush(file) == 0 && ferror(file) == 0)
        return true;
    tool_fail(NAME, "%s: %s", label, strerror(errno));
    return false;
}

int transfer_export(struct kept *kept, const char *path)
{
    char draft[PATH_SIZE];
    FILE *file;
    int fd;
    bool fine;

    if (path == NULL)
        return transfer_write_all(kept, stdout, "standard output") ? TOOL_FINE : TOOL_USAGE;
    if (snprintf(draft, sizeof draft, "%s.XXXXXX", path) >= (int)sizeof draft)
        return tool_fail(NAME, "%s: %s", path, strerror(ENAMETOOLONG));
    fd = mkstemp(draft);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL)
        return tool_fail(NAME, "%s: %s", path, strerror(errno));
    fine = transfer_write_all(kept, file, path);
    if (fine && (fsync(fd) != 0 || rename(draft, path) != 0))
        fine = tool_fail(NAME, "%s: %s", path, strerror(errno)) == TOOL_FINE;
    fclose(file);
    if (!fine)
        unlink(draft);
    return fine ? TOOL_FINE : TOOL_USAGE;
}

/* An import that goes on. */
struct transfer_in {
    struct kept *kept;
    const char *label;
    unsigned pending, pending_max;
    uint64_t useless; /* rows that were skipped */
    bool trouble;
    struct progress progress;
};

/* transfer_read - the next line; false at the end, or after saying what is wrong (*fine) */
static bool transfer_read(FILE *file, const char *label, uint64_t number, char line[LINE_SIZE], bool *fine)
{
    size_t length;

    line[0] = '\0';
    if (fgets(line, LINE_SIZE, file) == NULL) {
        if (ferror(file))
            *fine = tool_fail(NAME, "%s: %s", label, strerror(errno)) == TOOL_FINE;
        return false;
    }
    length = strlen(line);
    if (length == 0 || (line[length - 1] != '\n' && !feof(file)))
        *fine = tool_fail(NAME, "%s:%llu: %s", label, (unsigned long long)number,
                          length == 0 ? "begins with a NUL" : "the line is too long, or has a NUL") == TOOL_FINE;
    return *fine;
}

/* transfer_check_line - is it a row, or a useless one? False after saying why not; what is useless is said as well */
static bool transfer_check_line(const char *line, const char *label, uint64_t number, uint64_t *useless)
{
    char error[TRANSFER_ERROR_SIZE] = "";
    struct store_row row;
    enum transfer_line found = number == 1 ? transfer_parse_header(line, error) ? TRANSFER_ROW : TRANSFER_WRONG
                                           : transfer_parse(&row, line, error);

    if (found == TRANSFER_WRONG)
        tool_fail(NAME, "%s:%llu: %s; nothing was imported", label, (unsigned long long)number, error);
    else if (found == TRANSFER_USELESS && ++*useless <= USELESS_SHOWN)
        tool_fail(NAME, "%s:%llu: %s; skipped", label, (unsigned long long)number, error);
    return found != TRANSFER_WRONG;
}

/* transfer_check - are all lines rows? `copy` (null: none) gets them; false after saying which is not, and why */
static bool transfer_check(FILE *file, const char *label, FILE *copy)
{
    char line[LINE_SIZE];
    uint64_t number = 1, useless = 0;
    bool fine = true;

    while (fine && transfer_read(file, label, number, line, &fine)) {
        fine = transfer_check_line(line, label, number, &useless);
        if (fine && copy != NULL && fputs(line, copy) == EOF)
            fine = tool_fail(NAME, "temporary file: %s", strerror(errno)) == TOOL_FINE;
        number++;
    }
    if (fine && number == 1)
        return tool_fail(NAME, "%s: is empty; nothing was imported", label) == TOOL_FINE;
    return fine;
}

/* transfer_put_done - a row is in the store, or is not */
static void transfer_put_done(void *owner, const char *trouble)
{
    struct transfer_in *in = owner;

    if (trouble != NULL && !in->trouble)
        tool_fail(NAME, "%s", trouble);
    in->trouble |= trouble != NULL;
    in->pending--;
    in->kept->signs++;
    in->kept->done = true;
}

/* transfer_drain - wait until no more than so many rows are on their way; false after saying what is wrong */
static bool transfer_drain(struct transfer_in *in, unsigned max)
{
    while (in->pending > max && !in->trouble) {
        in->kept->done = false;
        if (!kept_wait(in->kept))
            in->trouble = true;
    }
    return !in->trouble;
}

/* transfer_put_all - the rows behind the header into the store; false after saying what is wrong */
static bool transfer_put_all(struct transfer_in *in, FILE *file)
{
    char line[LINE_SIZE], error[TRANSFER_ERROR_SIZE];
    uint64_t number = 1;
    bool fine = true;

    for (; fine && transfer_read(file, in->label, number, line, &fine); number++) {
        struct store_row row;
        enum transfer_line found;

        if (number == 1)
            continue;
        found = transfer_parse(&row, line, error);
        if (found == TRANSFER_USELESS) {
            in->useless++;
            continue;
        }
        if (found == TRANSFER_WRONG) {
            tool_fail(NAME, "%s:%llu: changed while it was read", in->label, (unsigned long long)number);
            return false;
        }
        in->pending++;
        store_put(in->kept->keeping.store, &row, transfer_put_done, in);
        fine = transfer_drain(in, in->pending_max) && (number % BATCH != 0 || kept_commit(in->kept));
        transfer_show(&in->progress);
    }
    return fine && transfer_drain(in, 0) && kept_commit(in->kept);
}

/* transfer_rewind - check the lines and come back to the first: in the file itself, or in a copy of what is a pipe */
static FILE *transfer_rewind(FILE *file, const char *label)
{
    struct stat status;
    FILE *copy;

    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode)) {
        long start = ftell(file);

        if (!transfer_check(file, label, NULL))
            return NULL;
        clearerr(file);
        if (start >= 0 && fseek(file, start, SEEK_SET) == 0)
            return file;
        tool_fail(NAME, "%s: %s", label, strerror(errno));
        return NULL;
    }
    copy = tmpfile();
    if (copy == NULL) {
        tool_fail(NAME, "temporary file: %s", strerror(errno));
        return NULL;
    }
    if (transfer_check(file, label, copy) && fseek(copy, 0, SEEK_SET) == 0)
        return copy;
    fclose(copy);
    return NULL;
}

int transfer_import(struct kept *kept, FILE *file, const char *label)
{
    /* static: a store that comes back after its deadline may still tell it */
    static struct transfer_in in;
    FILE *lines = transfer_rewind(file, label);
    uint32_t half = kept->conf->store.queue / 2;
    bool fine;

    if (lines == NULL)
        return TOOL_USAGE;
    in = (struct transfer_in){.kept = kept, .label = label, .progress.doing = "imported"};
    in.pending_max = half < PENDING_MAX ? half : PENDING_MAX;
    fine = transfer_put_all(&in, lines);
    transfer_shown(&in.progress);
    if (lines != file)
        fclose(lines);
    if (!fine && in.progress.rows != 0)
        tool_fail(NAME, "%llu rows were written before that; import again to complete them",
                  (unsigned long long)in.progress.rows);
    if (!fine)
        return TOOL_USAGE;
    printf("%llu rows imported", (unsigned long long)in.progress.rows);
    if (in.useless != 0)
        printf(", %llu skipped", (unsigned long long)in.useless);
    puts("");
    return view_end(NAME, TOOL_FINE);
}
