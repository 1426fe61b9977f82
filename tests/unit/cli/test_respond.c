/* The static server's answers: nothing outside its folder, one request at a time. */
#include "cli/respond.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static struct request request;
static char answer[65536];
static size_t answer_length;

static enum request_state ask(const char *text)
{
    memset(&request, 0, sizeof request);
    return request_add(&request, (const uint8_t *)text, strlen(text));
}

static void take_all(struct response *response)
{
    uint8_t piece[7];
    size_t count;
    answer_length = 0;
    while ((count = response_take(response, piece, sizeof piece)) > 0
           && answer_length + count < sizeof answer) {
        memcpy(answer + answer_length, piece, count);
        answer_length += count;
    }
    answer[answer_length] = '\0';
    response_end(response);
}

static bool text_answer(const char *line, const char *body, const char *status, bool with_body)
{
    struct response response;
    response_begin(&response);
    if (ask(line) != REQUEST_WHOLE) {
        return false;
    }
    respond_text(&response, &request, body);
    take_all(&response);
    char length[64];
    (void)snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(body));
    const char *end = strstr(answer, "\r\n\r\n");
    return strncmp(answer, status, strlen(status)) == 0 && end != NULL
        && strstr(answer, "\r\nConnection: close\r\n") != NULL
        && (!with_body || (strcmp(end + 4, body) == 0 && strstr(answer, length) != NULL));
}

static void answers_text(void)
{
    CHECK(text_answer("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "hello", "HTTP/1.1 200 OK\r\n", true));
    CHECK(text_answer("GET / HTTP/1.0\n\n", "", "HTTP/1.1 200 OK\r\n", true));
    CHECK(text_answer("HEAD / HTTP/1.1\r\n\r\n", "hello", "HTTP/1.1 200 OK\r\n", false));
    CHECK(strstr(answer, "Content-Length: 5\r\n") != NULL && strstr(answer, "hello") == NULL);
    CHECK(text_answer("POST / HTTP/1.1\r\n\r\n", "hello", "HTTP/1.1 405 ", false));
    CHECK(ask("GET / HTTP/1.1\r\nHost: a\r\n") == REQUEST_PARTIAL);
}

static void limits_requests(void)
{
    uint8_t byte = 'a';
    memset(&request, 0, sizeof request);
    for (size_t i = 0; i < REQUEST_MAX; i++) {
        CHECK(request_add(&request, &byte, 1) == REQUEST_PARTIAL);
    }
    CHECK(request_add(&request, &byte, 1) == REQUEST_TOO_LONG);
    char line[8];
    request_line(&request, line, sizeof line);
    CHECK_TEXT(line, "aaaaaaa");
}

/* ---- Files ---- */

static char folder[512];

static bool put_file(int root, const char *name, const char *text)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    return fd >= 0 && close(fd) == 0 && ok;
}

static int make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/handfast-test-XXXXXX", parent == NULL ? "." : parent);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    int root = open(folder, O_RDONLY | O_DIRECTORY);
    bool ok = root >= 0 && mkdirat(root, "www", 0700) == 0 && put_file(root, "secret", "SECRET")
        && put_file(root, "www/a.txt", "file a") && put_file(root, "www/index.html", "<p>index")
        && mkdirat(root, "www/sub", 0700) == 0 && put_file(root, "www/sub/b c.json", "{}")
        && put_file(root, "www/.hidden", "SECRET") && mkfifoat(root, "www/pipe", 0600) == 0
        && symlinkat("../secret", root, "www/link") == 0 && symlinkat("..", root, "www/up") == 0;
    int www = ok ? openat(root, "www", O_RDONLY | O_DIRECTORY) : -1;
    (void)close(root);
    return www;
}

static void remove_folder(void)
{
    static const char *const names[] = { "www/sub/b c.json", "www/sub", "www/a.txt",
        "www/index.html", "www/.hidden", "www/pipe", "www/link", "www/up", "www", "secret" };
    char path[1024];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
    (void)rmdir(folder);
}

static bool file_answer(int root, const char *method, const char *path, const char *status,
    const char *body)
{
    char line[2048];
    struct response response;
    (void)snprintf(line, sizeof line, "%s %s HTTP/1.1\r\n\r\n", method, path);
    response_begin(&response);
    if (ask(line) != REQUEST_WHOLE) {
        return false;
    }
    respond_file(&response, &request, root);
    take_all(&response);
    const char *end = strstr(answer, "\r\n\r\n");
    bool ok = strncmp(answer + 9, status, 3) == 0 && end != NULL
        && (body == NULL || strcmp(end + 4, body) == 0) && strstr(answer, "SECRET") == NULL;
    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", path, answer);
    }
    return ok;
}

static void serves_files(void)
{
    int root = make_folder();
    CHECK(root >= 0);
    CHECK(file_answer(root, "GET", "/a.txt", "200", "file a"));
    CHECK(strstr(answer, "Content-Type: text/plain") != NULL);
    CHECK(file_answer(root, "GET", "/a.txt?x=/../y", "200", "file a"));
    CHECK(file_answer(root, "GET", "//a.txt", "200", "file a"));
    CHECK(file_answer(root, "GET", "/", "200", "<p>index"));
    CHECK(strstr(answer, "Content-Type: text/html") != NULL);
    CHECK(file_answer(root, "GET", "/sub/b%20c.json", "200", "{}"));
    CHECK(file_answer(root, "HEAD", "/a.txt", "200", ""));
    CHECK(strstr(answer, "Content-Length: 6\r\n") != NULL);
    CHECK(file_answer(root, "GET", "/none", "404", NULL));
    CHECK(file_answer(root, "GET", "/sub", "404", NULL));
    CHECK(file_answer(root, "GET", "/a.txt/", "404", NULL));
    CHECK(file_answer(root, "PUT", "/a.txt", "405", NULL));
    (void)close(root);
    remove_folder();
}

static void reaches_nothing_outside(void)
{
    static const char *const paths[] = { "/../secret", "/..%2fsecret", "/%2e%2e/secret",
        "/sub/../../secret", "/./a.txt", "/link", "/up/secret", "/.hidden", "/pipe",
        "/sub/%2e%2e/%2e%2e/secret" };
    int root = make_folder();
    CHECK(root >= 0);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CHECK(file_answer(root, "GET", paths[i], "404", NULL));
    }
    static const char *const broken[] = { "a.txt", "/%zz", "/%2", "/a%00.txt", "http://h/a.txt" };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        CHECK(file_answer(root, "GET", broken[i], "400", NULL));
    }
    (void)close(root);
    remove_folder();
}

TEST_MAIN(TEST(answers_text), TEST(limits_requests), TEST(serves_files),
    TEST(reaches_nothing_outside))
