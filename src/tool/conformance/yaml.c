/*
 * yaml.c - reading a YAML document as a tree.
 */
#include "tool/conformance/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool yaml_fail(struct yaml *yaml, const yaml_node_t *node, const char *format, ...)
{
    char message[YAML_ERROR_SIZE / 2];
    va_list arguments;
    int length;

    if (yaml->error[0] != '\0')
        return false;
    va_start(arguments, format);
    length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length < 0 || snprintf(yaml->error, sizeof yaml->error, "%.300s:%zu: %s", yaml->path,
                               node == NULL ? 0 : node->start_mark.line + 1, message) < 0)
        yaml->error[0] = '\0';
    return false;
}

const char *yaml_text(const yaml_node_t *node)
{
    return node != NULL && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

bool yaml_is_null(const yaml_node_t *node)
{
    static const char *const nulls[] = {"", "~", "null"};

    if (node == NULL)
        return true;
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        if (strcmp(yaml_text(node), nulls[i]) == 0)
            return true;
    }
    return false;
}

bool yaml_entry(struct yaml *yaml, const yaml_node_t *node, size_t index, const char **key, yaml_node_t **value)
{
    *key = NULL;
    if (node == NULL)
        return false;
    if (node->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *item = node->data.sequence.items.start + index;

        if (item >= node->data.sequence.items.top)
            return false;
        *value = yaml_document_get_node(&yaml->document, *item);
        return *value != NULL;
    }
    if (node->type == YAML_MAPPING_NODE) {
        const yaml_node_pair_t *pair = node->data.mapping.pairs.start + index;

        if (pair >= node->data.mapping.pairs.top)
            return false;
        *key = yaml_text(yaml_document_get_node(&yaml->document, pair->key));
        *value = yaml_document_get_node(&yaml->document, pair->value);
        return *value != NULL;
    }
    return false;
}

yaml_node_t *yaml_find(struct yaml *yaml, const yaml_node_t *mapping, const char *key)
{
    const char *name;
    yaml_node_t *value;

    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (size_t i = 0; yaml_entry(yaml, mapping, i, &name, &value); i++) {
        if (strcmp(name, key) == 0)
            return value;
    }
    return NULL;
}

bool yaml_check_keys(struct yaml *yaml, const yaml_node_t *mapping, const char *const *allowed)
{
    const char *name;
    yaml_node_t *value;

    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
        return yaml_fail(yaml, mapping, "a mapping is needed here");
    for (size_t i = 0; yaml_entry(yaml, mapping, i, &name, &value); i++) {
        const char *const *known = allowed;

        while (*known != NULL && strcmp(*known, name) != 0)
            known++;
        if (*known == NULL)
            return yaml_fail(yaml, value, "unknown key '%.100s'", name);
    }
    return true;
}
