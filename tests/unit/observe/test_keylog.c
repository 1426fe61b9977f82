/* The key log: whole lines, appended, for the owner alone. */
#include "observe/keylog.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "test.h"

static void appends_lines(void)
{
    char path[] = "handfast-keylog-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
    hf_error error;
    error_clear(&error);
    for (unsigned i = 0; i < 2; i++) {
        struct keylog keylog;
        CHECK(keylog_open(&keylog, path, &error));
        keylog_line(&keylog, NULL, i == 0 ? "CLIENT_RANDOM a b" : "SECOND c d");
        keylog_close(&keylog);
        keylog_line(&keylog, NULL, "after the end");
    }
    struct stat status;
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    char text[128] = { 0 };
    FILE *file = fopen(path, "r");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
    CHECK_TEXT(text, "CLIENT_RANDOM a b\nSECOND c d\n");
    CHECK(file != NULL && fclose(file) == 0);
    (void)unlink(path);
}

static void says_why_it_cannot(void)
{
    struct keylog keylog;
    hf_error error;
    error_clear(&error);
    CHECK(!keylog_open(&keylog, "no/such/folder/file", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(strstr(error.detail, "no/such/folder/file") != NULL);
}

TEST_MAIN(TEST(appends_lines), TEST(says_why_it_cannot))
