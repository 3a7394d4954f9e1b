/*
 * hosts.c - reads the hosts file.
 */
#include "observe/hosts.h"

#include "observe/lines.h"

#include <string.h>

char *hosts_name(char **names)
{
    char *name;

    do {
        name = strsep(names, " \t");
    } while (name != NULL && name[0] == '\0');
    return name;
}

void hosts_read(const struct machine *machine, hosts_reader *reader, void *owner)
{
    FILE *file = machine->open(machine->owner, "/etc/hosts");
    struct lines lines;

    if (file == NULL)
        return;
    for (bool fine = lines_open(&lines, file, "/etc/hosts"); fine && lines_next(&lines);) {
        char *rest = lines.line, *address;

        rest[strcspn(rest, "#")] = '\0';
        address = hosts_name(&rest);
        if (address != NULL)
            reader(owner, address, rest);
    }
    lines_close(&lines);
    fclose(file);
}
