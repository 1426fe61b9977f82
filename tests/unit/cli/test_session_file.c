/* Sessions in files: src/cli/session_file.c. */
#include "cli/session_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/session.h"
#include "unit/test.h"

static char folder[512];
static char path[1024];
static hf_error error;

static void enter(const char *name)
{
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/handfast-test-XXXXXX", parent == NULL ? "." : parent);
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
}

/* Removes everything; how many entries there were. */
static unsigned leave(void)
{
    unsigned count = 0;
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            char file[1024];
            (void)snprintf(file, sizeof file, "%s/%.255s", folder, entry->d_name);
            CHECK(remove(file) == 0);
            count++;
        }
    }
    (void)closedir(directory);
    CHECK(rmdir(folder) == 0);
    return count;
}

static hf_session *sample(const char *name)
{
    struct session session = { .version = 0x0304, .suite = suite_find(0x1301),
        .secret_length = 32, .created_ms = 1, .lifetime_s = 60 };
    (void)snprintf(session.server_name, sizeof session.server_name, "%s", name);
    return session_new(&allocator_malloc, &session, NULL);
}

static bool holds(const char *name)
{
    bool shared = true;
    hf_session *session = session_file_read(path, &shared, &error);
    hf_session_info info = { 0 };
    if (session != NULL) {
        hf_session_facts(session, &info);
    }
    bool ok = session != NULL && !shared && strcmp(info.server_name, name) == 0;
    hf_session_free(session);
    return ok;
}

static void written_and_read(void)
{
    struct stat status;
    hf_session *one = sample("one.example");
    hf_session *two = sample("two.example");
    enter("session");
    CHECK(session_file_write(path, one, &error) && holds("one.example"));
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    /* An open reader keeps the old one; the new one is for its owner alone, whatever was before. */
    CHECK(chmod(path, 0644) == 0);
    int old = open(path, O_RDONLY);
    uint8_t bytes[2048];
    CHECK(session_file_write(path, two, &error) && holds("two.example"));
    CHECK(read(old, bytes, sizeof bytes) == (ssize_t)hf_session_save(one, NULL, 0));
    CHECK(close(old) == 0 && leave() == 1);
    hf_session_free(one);
    hf_session_free(two);
}

static void others_may_read_it(void)
{
    bool shared = false;
    hf_session *session = sample("a.example");
    enter("session");
    CHECK(session_file_write(path, session, &error) && chmod(path, 0640) == 0);
    hf_session_free(session);
    session = session_file_read(path, &shared, &error);
    CHECK(session != NULL && shared);
    hf_session_free(session);
    CHECK(leave() == 1);
}

static bool not_read(const char *reason)
{
    bool shared;
    error_clear(&error);
    return session_file_read(path, &shared, &error) == NULL && strcmp(error.reason, reason) == 0;
}

static void what_is_no_session(void)
{
    enter("session");
    CHECK(not_read("bad_configuration")); /* there is none */
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(not_read("bad_session")); /* it is empty */
    CHECK(write(fd, "\x01 no session", 12) == 12 && not_read("bad_session"));
    CHECK(ftruncate(fd, 1 << 20) == 0 && not_read("bad_configuration"));
    CHECK(close(fd) == 0 && leave() == 1);
    (void)snprintf(path, sizeof path, ".");
    CHECK(not_read("bad_configuration"));
}

static bool not_written(const hf_session *session, const char *reason)
{
    error_clear(&error);
    return !session_file_write(path, session, &error) && strcmp(error.reason, reason) == 0;
}

static void what_is_not_written(void)
{
    struct stat status;
    hf_session *session = sample("a.example");
    enter("no/such/folder");
    CHECK(not_written(session, "bad_configuration"));
    CHECK(leave() == 0);
    enter("pipe");
    CHECK(mkfifo(path, 0600) == 0 && not_written(session, "bad_configuration"));
    CHECK(stat(path, &status) == 0 && S_ISFIFO(status.st_mode) && leave() == 1);
    enter("session");
    CHECK(session_take(session) && not_written(session, "bad_session") && leave() == 0);
    hf_session_free(session);
}

TEST_MAIN(TEST(written_and_read), TEST(others_may_read_it), TEST(what_is_no_session),
    TEST(what_is_not_written))
