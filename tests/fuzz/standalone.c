/* A driver for the fuzzers where libFuzzer is not at hand (gcc): replays files and folders given as
 * arguments, then runs random mutations of them, the same ones for the same seed.
 *
 *     fuzz_x [-n RUNS] [-t SECONDS] [-s SEED] [-m MAX_LENGTH] [-c CRASH_FILE] [FILE|FOLDER]...
 *
 * RUNS random inputs, fewer when SECONDS are over.
 * On a crash the input is written to CRASH_FILE, which can then be replayed with -n 0. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_SEEDS = 8192, LONGEST_SEED = 1 << 20 };

struct input {
    uint8_t *data;
    size_t length;
};

static struct input seeds[MOST_SEEDS];
static size_t seed_count;

/* What the signal handler writes. */
static const uint8_t *volatile running;
static volatile size_t running_length;
static const char *crash_file = "crash.bin";

static void on_crash(int number)
{
    int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0) {
        static const char words[] = "the input that crashed was written to the crash file\n";
        ssize_t done = write(fd, (const void *)running, running_length);
        done += write(STDERR_FILENO, words, sizeof words - 1);
        (void)done;
        (void)close(fd);
    }
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static uint64_t random_state;

/* xorshift64*: the same numbers everywhere. */
static uint64_t next_random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(2685821657736338717);
}

static size_t below(size_t limit)
{
    return limit == 0 ? 0 : (size_t)(next_random() >> 16) % limit;
}

static void run_one(const uint8_t *data, size_t length)
{
    /* A block of exactly this size, so that a sanitizer sees the first byte past its end. */
    uint8_t *exact = malloc(length > 0 ? length : 1);
    if (exact == NULL) {
        (void)fprintf(stderr, "out of memory\n");
        exit(2);
    }
    if (length > 0) {
        memcpy(exact, data, length);
    }
    running = exact;
    running_length = length;
    (void)LLVMFuzzerTestOneInput(exact, length);
    free(exact);
}

static void add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    uint8_t *data = malloc(LONGEST_SEED);
    if (data == NULL || seed_count == MOST_SEEDS) {
        (void)fprintf(stderr, "%s: too many seeds\n", path);
        exit(2);
    }
    size_t length = fread(data, 1, LONGEST_SEED, file);
    (void)fclose(file);
    uint8_t *fitting = realloc(data, length > 0 ? length : 1);
    seeds[seed_count++] = (struct input){ fitting != NULL ? fitting : data, length };
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        perror(path);
        exit(2);
    }
    if (!S_ISDIR(about.st_mode)) {
        add_file(path);
        return;
    }
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        char full[4096];
        int length = snprintf(full, sizeof full, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && length > 0 && (size_t)length < sizeof full) {
            add_file(full);
        }
        free(entries[i]);
    }
    free(entries);
}

/* One small change at a random place; the new length. Lengths stand before what they count in every
 * format here, so numbers near the end's distance are tried as well as the usual corner values. */
static size_t mutate_once(uint8_t *data, size_t length, size_t capacity)
{
    static const uint8_t corners[] = { 0, 1, 2, 3, 4, 0x10, 0x20, 0x30, 0x7f, 0x80, 0x81, 0x82,
        0xa0, 0xfe, 0xff };
    size_t at = below(length);
    switch (length == 0 ? 4 : below(8)) {
    case 0:
        data[at] = (uint8_t)(data[at] ^ 1U << below(8));
        return length;
    case 1:
        data[at] = corners[below(sizeof corners)];
        return length;
    case 2:
        data[at] = (uint8_t)(data[at] + below(9) + 252);
        return length;
    case 3: { /* cut a piece out */
        size_t cut = 1 + below(length - at);
        memmove(data + at, data + at + cut, length - at - cut);
        return length - cut;
    }
    case 4: { /* put random bytes in */
        size_t more = 1 + below(8);
        if (length + more > capacity) {
            return length;
        }
        memmove(data + at + more, data + at, length - at);
        for (size_t i = 0; i < more; i++) {
            data[at + i] = (uint8_t)next_random();
        }
        return length + more;
    }
    case 5: { /* a piece of it once more */
        size_t more = 1 + below(length - at < 64 ? length - at : 64);
        if (length + more > capacity) {
            return length;
        }
        memmove(data + at + more, data + at, length - at);
        return length + more;
    }
    case 6:
        data[at] = (uint8_t)(length - at - 1);
        return length;
    default: { /* a piece of another seed */
        if (seed_count == 0) {
            return length;
        }
        const struct input *other = &seeds[below(seed_count)];
        size_t from = below(other->length);
        size_t most = other->length - from < length - at ? other->length - from : length - at;
        memcpy(data + at, other->data + from, below(most + 1));
        return length;
    }
    }
}

/* The number of inputs that were run. */
static unsigned long run_mutations(unsigned long runs, unsigned long seconds, size_t capacity)
{
    time_t begun = time(NULL);
    unsigned long done = 0;
    uint8_t *data = malloc(capacity);
    if (data == NULL) {
        (void)fprintf(stderr, "out of memory\n");
        exit(2);
    }
    for (; done < runs && (seconds == 0 || time(NULL) - begun < (time_t)seconds); done++) {
        size_t length = 0;
        if (seed_count > 0 && below(16) > 0) {
            const struct input *seed = &seeds[below(seed_count)];
            length = seed->length < capacity ? seed->length : capacity;
            if (length > 0) {
                memcpy(data, seed->data, length);
            }
        } else {
            length = below(capacity < 256 ? capacity : 256);
            for (size_t k = 0; k < length; k++) {
                data[k] = (uint8_t)next_random();
            }
        }
        size_t changes = 1 + below(6);
        for (size_t k = 0; k < changes; k++) {
            length = mutate_once(data, length, capacity);
        }
        run_one(data, length);
    }
    free(data);
    return done;
}

static unsigned long number(const char *text)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0') {
        (void)fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    unsigned long runs = 10000;
    unsigned long seconds = 0;
    unsigned long seed = 1;
    unsigned long most = 8192;
    int option = 0;
    while ((option = getopt(argc, argv, "n:t:s:m:c:")) != -1) {
        switch (option) {
        case 'n':
            runs = number(optarg);
            break;
        case 't':
            seconds = number(optarg);
            break;
        case 's':
            seed = number(optarg);
            break;
        case 'm':
            most = number(optarg);
            break;
        case 'c':
            crash_file = optarg;
            break;
        default:
            return 2;
        }
    }
    for (int i = optind; i < argc; i++) {
        add_path(argv[i]);
    }
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        (void)signal(crashes[i], on_crash);
    }
    random_state = (uint64_t)seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    run_one(NULL, 0);
    for (size_t i = 0; i < seed_count; i++) {
        run_one(seeds[i].data, seeds[i].length);
    }
    runs = run_mutations(runs, seconds, most > 0 ? most : 1);
    (void)printf("%zu inputs replayed, %lu random ones run (seed %lu)\n", seed_count, runs, seed);
    (void)printf("1 passed, 0 failed, 0 skipped\n");
    for (size_t i = 0; i < seed_count; i++) {
        free(seeds[i].data);
    }
    return 0;
}
