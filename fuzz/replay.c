/*
 * replay.c - feeds a fuzz target the files, and the files of the folders, named on the command line, without any
 * fuzzer.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1024 * 1024)

/* replay_file - one input; false if it cannot be read */
static bool replay_file(const char *path)
{
    uint8_t *data = malloc(INPUT_MAX);
    FILE *file = fopen(path, "rb");
    bool fine = data != NULL && file != NULL;

    if (fine) {
        size_t size = fread(data, 1, INPUT_MAX, file);

        fine = ferror(file) == 0 && LLVMFuzzerTestOneInput(data, size) == 0;
    }
    if (!fine)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    if (file != NULL)
        fclose(file);
    free(data);
    return fine;
}

/* replay_path - a file, or all files of a folder; how many, or -1 if one cannot be read */
static int replay_path(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;

    while (folder != NULL && count >= 0 && (entry = readdir(folder)) != NULL) {
        char name[4096];
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);

        if (entry->d_name[0] == '.')
            continue;
        count = length > 0 && (size_t)length < sizeof name && replay_file(name) ? count + 1 : -1;
    }
    if (folder == NULL)
        return replay_file(path) ? 1 : -1;
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int passed = 0;

    for (int i = 1; i < argc; i++) {
        int count = replay_path(argv[i]);

        if (count <= 0) {
            printf("%s: no inputs, or not to be read\n%d passed, 1 failed\n", argv[i], passed);
            return 1;
        }
        passed += count;
    }
    printf("%d passed, 0 failed\n", passed);
    return 0;
}
