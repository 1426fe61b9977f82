/* Takes premaster secrets out of blocks that a tool holds for undefined, so that the tool reports
 * every branch and every address that depends on one. tests/project/test_constant_time.py runs it.
 *
 *     secret_premaster CASE    right, padding, length, version; leak-branch, leak-address: planted
 */
#include <stdio.h>
#include <string.h>

#include "crypto/premaster.h"

#include "secret.h"

#ifdef WITH_TOOL

enum { SIZE = 256 };

static uint8_t block[SIZE];
static uint8_t secret[PREMASTER_SIZE];
static volatile const uint8_t table[256];
static volatile unsigned sink;

/* The place of the byte that is not as it should be; SIZE: none. False: no such case. */
static bool place_of(const char *name, size_t *place)
{
    static const struct {
        const char *name;
        size_t place;
    } cases[] = { { "right", SIZE }, { "padding", 100 }, { "length", SIZE - PREMASTER_SIZE - 1 },
        { "version", SIZE - PREMASTER_SIZE + 1 }, { "leak-branch", SIZE },
        { "leak-address", SIZE } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(name, cases[i].name) == 0) {
            *place = cases[i].place;
            return true;
        }
    }
    return false;
}

static void leak(const char *name)
{
    if (strcmp(name, "leak-branch") == 0 && block[1] > 100) {
        sink = 1;
    } else if (strcmp(name, "leak-address") == 0) {
        sink = table[block[1]];
    }
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    size_t place;
    if (!place_of(name, &place)) {
        (void)fprintf(stderr, "no case \"%s\"\n", name);
        return 2;
    }
    memset(block, 3, sizeof block);
    block[0] = 0;
    block[1] = 2;
    block[SIZE - PREMASTER_SIZE - 1] = 0;
    if (place < SIZE) {
        block[place] = block[place] == 0;
    }
    SECRET(block, sizeof block);
    SECRET(secret, sizeof secret);
    premaster_take(block, sizeof block, 0x0303, secret);
    leak(name);
    /* Else the tool has lost sight of the secret on its way. */
    const bool seen = IS_SECRET(secret, sizeof secret);
    PUBLIC(secret, sizeof secret);
    const bool taken = secret[5] == 3;
    (void)printf("%s: %s\n", name, seen ? "the results are secret" : "the results are public");
    return taken == (place == SIZE) ? 0 : 4;
}

#else

int main(void)
{
    (void)puts("no tool: built without valgrind/memcheck.h or MemorySanitizer");
    return 3;
}

#endif
