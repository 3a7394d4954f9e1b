/*
 * yaml.h - reading a YAML document as a tree, with errors that name file and line.
 */
#ifndef TOOL_CONFORMANCE_YAML_H
#define TOOL_CONFORMANCE_YAML_H

#include "vouchsafe.h"

#include <yaml.h>

#define YAML_ERROR_SIZE 1024

/* A loaded document and where it came from. */
struct yaml {
    yaml_document_t document;
    const char *path;
    char error[YAML_ERROR_SIZE]; /* "PATH:LINE: cause", the first one */
};

/* Keeps "PATH:LINE: message" of a node, unless there is an error already; false, for returning. */
__attribute__((format(printf, 3, 4))) bool yaml_fail(struct yaml *yaml, const yaml_node_t *node, const char *format,
                                                     ...);

/* The value of a key of a mapping, or null. */
yaml_node_t *yaml_find(struct yaml *yaml, const yaml_node_t *mapping, const char *key);

/* The node's text, never null; "" for what is no scalar. */
const char *yaml_text(const yaml_node_t *node);

/* No node, or a plain null. */
bool yaml_is_null(const yaml_node_t *node);

/* Entry number `index` of a mapping or sequence; false past the end. `key` is null for a sequence. */
bool yaml_entry(struct yaml *yaml, const yaml_node_t *node, size_t index, const char **key, yaml_node_t **value);

/* The mapping has no key but those of the null-terminated list. */
bool yaml_check_keys(struct yaml *yaml, const yaml_node_t *mapping, const char *const *allowed);

#endif
