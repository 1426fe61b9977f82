/* `handfast suite NAME|0xHHHH`: what a code point is called, in every registry of TLS, and the
 * reverse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/setup.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "crypto/suite.h"
#include "observe/json.h"
#include "wire/codepoints.h"

static const char *alert_name(uint16_t number)
{
    return number <= UINT8_MAX ? hf_alert_name(number) : "unknown";
}

static const char *message_name(uint16_t number)
{
    return number <= UINT8_MAX ? handshake_type_name((uint8_t)number) : "unknown";
}

static const struct registry {
    const char *name;
    const char *words;
    const char *(*lookup)(uint16_t);
} registries[] = {
    { "cipher_suite", "cipher suite", suite_name },
    { "group", "group", group_name },
    { "signature_scheme", "signature scheme", scheme_name },
    { "extension", "extension", extension_name },
    { "alert", "alert", alert_name },
    { "handshake_type", "handshake message", message_name },
    { "version", "version", version_name },
};

enum { REGISTRIES = sizeof registries / sizeof *registries };

struct output {
    struct text text;
    struct json json;
    bool as_json;
    unsigned found;
};

static void put_match(struct output *output, const struct registry *registry, uint16_t number)
{
    const char *name = registry->lookup(number);
    const struct suite *suite = registry->lookup == suite_name ? suite_find(number) : NULL;
    output->found++;
    if (output->as_json) {
        json_object(&output->json, NULL);
        json_string(&output->json, "registry", registry->name);
        json_number(&output->json, "value", number);
        json_string(&output->json, "name", name);
        json_string(&output->json, "openssl", suite == NULL ? NULL : suite->openssl_name);
        json_bool(&output->json, "grease", is_grease(number) && strcmp(name, "GREASE") == 0);
        json_end(&output->json);
        return;
    }
    bool byte = registry->lookup == alert_name || registry->lookup == message_name;
    text_putf(&output->text, byte ? "0x%02x" : "0x%04x", number);
    text_putf(&output->text, " (%u)  %-18s %s", number, registry->words, name);
    if (suite != NULL) {
        text_putf(&output->text, "  (%s, spoken by handfast)", version_name(suite->version));
    }
    text_put(&output->text, "\n");
}

static bool is_name_of(const struct registry *registry, const char *word, uint16_t number)
{
    return strcasecmp(registry->lookup(number), word) == 0;
}

static bool other_name(const struct registry *registry, const char *word, uint16_t *number)
{
    size_t length = strlen(word);
    if (registry->lookup == suite_name) {
        const struct suite *suite = suite_find_name(word, length);
        if (suite != NULL) {
            *number = suite->id;
            return true;
        }
        return suite_by_name(word, length, number);
    }
    return (registry->lookup == group_name && group_by_name(word, length, number))
        || (registry->lookup == scheme_name && scheme_by_name(word, length, number));
}

static void find_name(struct output *output, const char *word)
{
    if (strcasecmp(word, "unknown") == 0) {
        return;
    }
    for (size_t i = 0; i < REGISTRIES; i++) {
        uint16_t number;
        if (other_name(&registries[i], word, &number)) {
            put_match(output, &registries[i], number);
            continue;
        }
        for (uint32_t n = 0; n <= UINT16_MAX; n++) {
            if (is_name_of(&registries[i], word, (uint16_t)n)) {
                put_match(output, &registries[i], (uint16_t)n);
                break;
            }
        }
    }
}

static void find_number(struct output *output, uint16_t number)
{
    for (size_t i = 0; i < REGISTRIES; i++) {
        const char *name = registries[i].lookup(number);
        if (strcmp(name, "unknown") != 0) {
            put_match(output, &registries[i], number);
        }
    }
}

/* "0x1301", "0x13,0x01", "1301h" are not all numbers: 0xHHHH, or decimal. */
static bool parse_number(const char *word, uint16_t *number)
{
    uint64_t value;
    if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        size_t digits = strspn(word + 2, "0123456789abcdefABCDEF");
        if (digits == 0 || digits > 4) {
            return false;
        }
        uint16_t first = (uint16_t)strtoul(word + 2, NULL, 16);
        if (word[2 + digits] == '\0') {
            *number = first;
            return true;
        }
        /* IANA prints suites as 0x13,0x01. */
        const char *second = word + 2 + digits;
        if (digits == 2 && strncmp(second, ",0x", 3) == 0 && strlen(second) == 5
            && strspn(second + 3, "0123456789abcdefABCDEF") == 2) {
            *number = (uint16_t)(first << 8 | (uint16_t)strtoul(second + 3, NULL, 16));
            return true;
        }
        return false;
    }
    if (!number_parse(word, UINT16_MAX, &value)) {
        return false;
    }
    *number = (uint16_t)value;
    return true;
}

int run_suite(const struct options *options)
{
    struct output output = { .as_json = options->json || options->jsonl };
    json_begin(&output.json, &output.text, true);
    if (output.as_json) {
        json_object(&output.json, NULL);
        json_string(&output.json, "schema", "handfast.suite/1");
        json_array(&output.json, "matches");
    }
    bool all = true;
    for (size_t i = 0; i < options->word_count; i++) {
        const char *word = options->words[i];
        uint16_t number;
        unsigned before = output.found;
        if (parse_number(word, &number)) {
            find_number(&output, number);
        } else {
            find_name(&output, word);
        }
        if (output.found == before) {
            (void)fprintf(stderr, "handfast: %s is in none of TLS's registries\n", word);
            all = false;
        }
    }
    if (output.as_json) {
        json_end(&output.json);
        json_end(&output.json);
        text_put(&output.text, "\n");
    }
    (void)put_text(STDOUT_FILENO, &output.text);
    text_free(&output.text);
    return all ? EXIT_OK : EXIT_USAGE;
}
