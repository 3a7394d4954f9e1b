/*
 * postfix_maps.c - reads the texts that Postfix's indexed tables are made of: "PATTERN TRANSPORT:NEXTHOP" in each line.
 */
#include "observe/postfix_maps.h"

#include "observe/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS    " \t\r\n"
#define LINE_SIZE 4096
#define NOT_READ  "was not read; some mail may leave on ways that it names"

/* A table that is being read. */
struct map {
    const struct postfix_instance *instance;
    struct postfix_maps *maps;
    const char *parameter, *place; /* that name it */
    const char *transport, *relayhost;
    bool by_sender;
};

/* map_use - the row of a transport, a new one if need be; null: no room */
static struct postfix_use *map_use(struct map *map, const char *transport)
{
    struct postfix_maps *maps = map->maps;
    struct postfix_use *use;

    for (size_t i = 0; i < maps->count; i++) {
        if (strcmp(maps->uses[i].transport, transport) == 0)
            return &maps->uses[i];
    }
    if (maps->count == POSTFIX_USES_MAX) {
        if (!maps->open)
            sightings_remark(map->instance->sightings, map->place, "%s: names too many transports: some were left out",
                             map->parameter);
        maps->open = true;
        return NULL;
    }
    use = &maps->uses[maps->count++];
    sightings_copy(use->transport, sizeof use->transport, transport);
    return use;
}

/* map_is_inside - a next hop that is not seen from outside: "[10.1.2.3]:25", "localhost:10025" */
static bool map_is_inside(const char *hop)
{
    char name[VOUCH_NAME_SIZE], host[VOUCH_NAME_SIZE];
    struct vouch_address address;
    struct text text;
    const char *why;
    bool quoted = hop[0] == '[';

    if (sightings_read_address(&address, hop, strlen(hop)))
        return sightings_is_private(&address);
    text_init(&text, host, sizeof host);
    text_add_bytes(&text, hop + quoted, strcspn(hop + quoted, "]:, \t"));
    return !sightings_name(name, host, &why);
}

/* map_entry - one line: `value` is "transport:nexthop" */
static void map_entry(struct map *map, const char *pattern, char *value, const char *place)
{
    char *hop = strchr(value, ':');
    bool wildcard = strcmp(pattern, "*") == 0 && !map->by_sender, handed;
    struct postfix_use *use;

    if (hop != NULL)
        *hop++ = '\0';
    hop = hop == NULL ? value + strlen(value) : lines_trim(hop);
    value = lines_trim(value);
    if (value[0] == '\0' && (map->by_sender || hop[0] == '\0'))
        return;
    if (map->by_sender && hop[0] == '\0')
        handed = map->relayhost[0] != '\0';
    else
        handed = hop[0] != '\0' && (wildcard || map->by_sender || map_is_inside(hop));
    use = map_use(map, value[0] == '\0' ? map->transport : value);
    if (use == NULL)
        return;
    if (handed && use->handed_place[0] == '\0') {
        sightings_copy(use->handed_over, sizeof use->handed_over, hop[0] == '\0' ? map->relayhost : hop);
        sightings_copy(use->handed_place, sizeof use->handed_place, place);
    } else if (!handed && use->direct_place[0] == '\0') {
        sightings_copy(use->pattern, sizeof use->pattern, pattern);
        sightings_copy(use->next_hop, sizeof use->next_hop, hop);
        sightings_copy(use->direct_place, sizeof use->direct_place, place);
    }
    if (wildcard && hop[0] != '\0' && map->maps->rest_place[0] == '\0') {
        sightings_copy(map->maps->rest, sizeof map->maps->rest, hop);
        sightings_copy(map->maps->rest_place, sizeof map->maps->rest_place, place);
    }
}

/* map_lines - the text of a table */
static bool map_lines(struct map *map, FILE *file, const char *path)
{
    char *buffer = malloc(LINE_SIZE), place[SIGHTINGS_PLACE_SIZE];
    struct folded_line line = {.text = buffer, .size = LINE_SIZE};
    struct lines lines;
    bool fine = lines_open(&lines, file, path) && buffer != NULL;

    while (fine && lines_next_folded(&lines, &line)) {
        char *value = lines_trim(line.text), *pattern = strsep(&value, BLANKS);

        sightings_place(place, path, line.number);
        if (value != NULL)
            map_entry(map, pattern, lines_trim(value), place);
    }
    fine = fine && !ferror(file);
    lines_close(&lines);
    free(buffer);
    return fine;
}

/* map_table - one "TYPE:NAME" */
static void map_table(struct map *map, const char *table)
{
    static const char *const types[] = {"hash:/", "texthash:/", "lmdb:/", "cdb:/", "btree:/", "dbm:/", "sdbm:/"};
    const struct machine *machine = map->instance->machine;
    const char *bare = strncmp(table, "proxy:", 6) == 0 ? table + 6 : table, *path = NULL;
    FILE *file;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t length = strlen(types[i]);

        if (strncmp(bare, types[i], length) == 0)
            path = bare + length - 1;
    }
    errno = 0;
    file = path == NULL ? NULL : machine->open(machine->owner, path);
    if (file == NULL || !map_lines(map, file, path)) {
        sightings_remark(map->instance->sightings, map->place, "%s = %.200s: %s%s" NOT_READ, map->parameter, table,
                         errno == 0 ? "" : strerror(errno), errno == 0 ? "" : ": ");
        map->maps->open = true;
    }
    if (file != NULL)
        fclose(file);
}

/* map_word - the end of a word; what stands in braces belongs to it */
static char *map_word(char *word)
{
    size_t depth = 0;

    for (; word[0] != '\0' && (depth != 0 || strchr("," BLANKS, word[0]) == NULL); word++) {
        depth += word[0] == '{';
        depth -= word[0] == '}' && depth != 0;
    }
    return word;
}

/* map_parameter - all tables of a parameter */
static void map_parameter(struct map *map)
{
    char value[POSTFIX_VALUE_SIZE], place[SIGHTINGS_PLACE_SIZE];
    struct postfix_scope scope;

    postfix_scope_init(&scope, map->instance->main, map->instance->machine);
    map->maps->open |= !postfix_value(map->instance, &scope, map->parameter, value);
    postfix_place(map->instance, &scope, map->parameter, place);
    map->place = place;
    for (char *word = value, *stop; word[0] != '\0'; word = stop) {
        word += strspn(word, "," BLANKS);
        stop = map_word(word);
        if (*stop != '\0')
            *stop++ = '\0';
        if (word[0] != '\0')
            map_table(map, word);
    }
}

struct postfix_maps *postfix_maps_read(const struct postfix_instance *instance, const char *transport,
                                       const char *relayhost)
{
    struct postfix_maps *maps = calloc(1, sizeof *maps);
    struct map map = {instance, maps, "transport_maps", NULL, transport, relayhost, false};

    if (maps == NULL)
        return NULL;
    map_parameter(&map);
    map.parameter = "sender_dependent_default_transport_maps";
    map.by_sender = true;
    map_parameter(&map);
    return maps;
}

const struct postfix_use *postfix_maps_find(const struct postfix_maps *maps, const char *transport)
{
    for (size_t i = 0; maps != NULL && i < maps->count; i++) {
        if (strcmp(maps->uses[i].transport, transport) == 0)
            return &maps->uses[i];
    }
    return NULL;
}
