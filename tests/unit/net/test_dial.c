/* Sockets: dialling and its failures (dns_failed, connection_refused, timed_out). */
#include "net/dial.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.h"
#include "test.h"

static struct dial_input input_to(const char *host, uint16_t port)
{
    return (struct dial_input){ host, port, 4, NULL, 0, clock_us() + 5000000 };
}

static void connects(void)
{
    hf_error error;
    struct dial_output output;
    uint16_t port = 0;
    error_clear(&error);
    int listener = listen_on("127.0.0.1", &port, &error);
    CHECK(listener >= 0 && port != 0);
    struct dial_input input = input_to("127.0.0.1", port);
    CHECK(dial(&input, &output, &error));
    CHECK_TEXT(output.address, "127.0.0.1");
    CHECK(output.fd >= 0 && close(output.fd) == 0);
    /* --resolve: the resolver is not asked. */
    struct dial_override override = { "no.such.host.invalid", port, "127.0.0.1" };
    input = input_to("NO.such.host.invalid", port);
    input.overrides = &override;
    input.override_count = 1;
    CHECK(dial(&input, &output, &error));
    CHECK(output.fd >= 0 && close(output.fd) == 0);
    uint16_t again = port;
    CHECK(listen_on("127.0.0.1", &again, &error) < 0);
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(close(listener) == 0);
}

static void is_refused(void)
{
    hf_error error;
    struct dial_output output;
    uint16_t port = 0;
    error_clear(&error);
    int listener = listen_on("127.0.0.1", &port, &error);
    CHECK(listener >= 0 && close(listener) == 0);
    struct dial_input input = input_to("127.0.0.1", port);
    CHECK(!dial(&input, &output, &error));
    CHECK_TEXT(error.reason, "connection_refused");
    CHECK(error.who == HF_NETWORK && output.fd == -1);
    CHECK_TEXT(output.address, "127.0.0.1");
}

static void has_no_address(void)
{
    hf_error error;
    struct dial_output output;
    struct dial_input input = input_to("not..a..name", 443);
    error_clear(&error);
    CHECK(!dial(&input, &output, &error));
    CHECK_TEXT(error.reason, "dns_failed");
    CHECK(strstr(error.detail, "not..a..name") != NULL);
    CHECK_TEXT(output.address, "");
}

static void runs_out_of_time(void)
{
    /* A full backlog swallows further connections silently. */
    hf_error error;
    int fds[64];
    size_t count = 0;
    uint16_t port = 0;
    bool timed_out = false;
    error_clear(&error);
    int listener = listen_on("127.0.0.1", &port, &error);
    CHECK(listener >= 0 && listen(listener, 0) == 0);
    while (count < 64 && !timed_out) {
        struct dial_output output;
        struct dial_input input = input_to("127.0.0.1", port);
        input.deadline_us = clock_us() + 200000;
        error_clear(&error);
        timed_out = !dial(&input, &output, &error);
        if (!timed_out) {
            fds[count++] = output.fd;
        }
    }
    CHECK(timed_out);
    CHECK_TEXT(error.reason, "timed_out");
    while (count > 0) {
        (void)close(fds[--count]);
    }
    (void)close(listener);
}

static void counts_milliseconds(void)
{
    uint64_t now = clock_us();
    CHECK(clock_poll_ms(now) == 0 && clock_poll_ms(0) == 0);
    int left = clock_poll_ms(now + 50000);
    CHECK(left > 0 && left <= 50);
    CHECK(clock_poll_ms(UINT64_MAX) > 1000000);
    CHECK(clock_wall_s() > 1700000000);
}

TEST_MAIN(TEST(connects), TEST(is_refused), TEST(has_no_address), TEST(runs_out_of_time),
    TEST(counts_milliseconds))
