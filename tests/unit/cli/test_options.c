/* The command line: flags, targets, times. */
#include "cli/options.h"
#include "cli/values.h"

#include "test.h"

enum { ARGUMENTS_MAX = 24 };

static struct options options;
static char words[256];

/* Parses a line of words with single blanks between. */
static bool parse(const char *line)
{
    static char text[1024];
    char *arguments[ARGUMENTS_MAX] = { text };
    int count = 1;
    (void)snprintf(text, sizeof text, "handfast %s", line);
    for (char *at = text; *at != '\0' && count < ARGUMENTS_MAX; at++) {
        if (*at == ' ') {
            *at = '\0';
            arguments[count++] = at + 1;
        }
    }
    words[0] = '\0';
    return options_parse(count, arguments, &options, words, sizeof words);
}

/* Refused, and the reason names the culprit. */
static bool refused(const char *line, const char *culprit)
{
    bool ok = parse(line);
    if (ok || strstr(words, culprit) == NULL) {
        (void)fprintf(stderr, "\"%s\": %s \"%s\"\n", line, ok ? "accepted" : "refused with", words);
        return false;
    }
    return true;
}

static void reads_connect(void)
{
    CHECK(parse("connect example.com:8443 --json -k --alpn h2,http/1.1 --groups=x25519:P-256 "
        "--cacert ca.pem --servername other --name third --connect-timeout 2.5 --max-time 9 "
        "--resolve example.com:8443:[::1] -6 --trace=bytes"));
    CHECK(options.verb == VERB_CONNECT && options.json && options.insecure);
    CHECK_TEXT(options.host, "example.com");
    CHECK(options.port == 8443);
    CHECK_TEXT(options.alpn, "h2,http/1.1");
    CHECK_TEXT(options.groups, "x25519:P-256");
    CHECK_TEXT(options.server_name, "other");
    CHECK_TEXT(options.name, "third");
    CHECK(options.connect_timeout_us == 2500000 && options.max_time_us == 9000000);
    CHECK(options.override_count == 1 && options.overrides[0].port == 8443);
    CHECK_TEXT(options.overrides[0].address, "::1");
    CHECK(options.family == 6 && options.trace == COLLECT_BYTES);
    CHECK(parse("connect h --trace -q --brief --cert a --key b --no-probe --policy modern"));
    CHECK(options.trace == COLLECT_MESSAGES && options.quiet && options.brief);
    CHECK_TEXT(options.policy, "modern");
    CHECK(options.cert_count == 1 && options.key_count == 1 && !options.key_update);
    CHECK(parse("connect h --key-update") && options.key_update);
}

static void reads_serve(void)
{
    CHECK(parse("serve --self-signed localhost"));
    CHECK_TEXT(options.listen_address, "127.0.0.1");
    CHECK(options.listen_port == 4433 && options.client_auth == HF_AUTH_NONE);
    CHECK(parse("serve --cert a --key b --cert c --key d --listen [::1]:0 --client-ca ca --echo"));
    CHECK_TEXT(options.listen_address, "::1");
    CHECK(options.listen_port == 0 && options.cert_count == 2 && options.echo);
    CHECK_TEXT(options.keys[1], "d");
    CHECK(options.client_auth == HF_AUTH_REQUIRE);
    CHECK(parse("serve --self-signed a --client-ca ca --client-auth request --listen 0 --count 3"));
    CHECK(options.client_auth == HF_AUTH_REQUEST && options.count == 3);
    CHECK(parse("serve --self-signed a --tickets 0 --www . --jsonl"));
    CHECK(options.jsonl);
}

static void reads_cert(void)
{
    CHECK(parse("cert a.pem b.pem --json --match-key k --chain-out c --warn-days 14 --at "
        "2026-11-21T00:00:00Z --cacert r"));
    CHECK(options.verb == VERB_CERT && options.word_count == 2 && !options.verify);
    CHECK_TEXT(options.words[1], "b.pem");
    CHECK_TEXT(options.match_key, "k");
    CHECK_TEXT(options.chain_out, "c");
    CHECK(options.has_warn_days && options.warn_days == 14 && !options.has_fail_on);
    CHECK(parse("cert a --fail-on never") && options.has_fail_on && !options.fail_on_expiring);
    CHECK(parse("cert a --fail-on expiring") && options.fail_on_expiring);
    CHECK(parse("cert a --verify") && options.verify && !options.for_clients);
    /* A name or a purpose is nothing without verification. */
    CHECK(parse("cert a --purpose client") && options.verify && options.for_clients);
    CHECK(parse("cert a --name x.example") && options.verify);
    CHECK(refused("cert", "FILE"));
    CHECK(refused("cert a --purpose both", "--purpose"));
    CHECK(refused("cert a --warn-days soon", "--warn-days"));
    CHECK(refused("cert a --fail-on rain", "--fail-on"));
    CHECK(refused("cert a --chain-out=", "--chain-out"));
    CHECK(refused("connect h --verify", "--verify"));
    CHECK(parse("cert a --crl f --crl g") && options.crl_count == 2 && options.verify);
    CHECK(parse("cert a --ocsp-response f") && options.response_count == 1 && options.verify);
}

static void refuses_what_is_wrong(void)
{
    CHECK(refused("connect", "HOST"));
    CHECK(refused("connect a b", "b"));
    CHECK(refused("connect host:0", "host:0"));
    CHECK(refused("connect host:65536", "host:65536"));
    CHECK(refused("connect h --bogus", "--bogus"));
    CHECK(refused("connect h --alpn", "--alpn"));
    CHECK(refused("connect h --json=1", "--json"));
    CHECK(refused("connect h --color blue", "--color"));
    CHECK(refused("connect h --trace=all", "--trace"));
    CHECK(refused("connect h --policy weak", "--policy"));
    CHECK(refused("connect h --tls-max 1.1", "1.2 or 1.3"));
    CHECK(refused("serve --self-signed a --tickets 9", "0 to 8"));
    CHECK(refused("serve --self-signed a --ticket-lifetime 604801", "604800"));
    CHECK(refused("connect h --at yesterday", "--at"));
    CHECK(refused("connect h --connect-timeout 0", "--connect-timeout"));
    CHECK(refused("connect h --resolve h:443", "--resolve"));
    CHECK(refused("connect h --key k", "--cert"));
    CHECK(refused("connect h --echo", "--echo"));
    CHECK(refused("serve", "--self-signed"));
    CHECK(refused("serve --self-signed a --listen x", "--listen"));
    CHECK(refused("serve --self-signed a --count 0", "--count"));
    CHECK(refused("serve --self-signed a --echo --www .", "exclude"));
    CHECK(refused("serve --self-signed a --client-auth require", "--client-ca"));
    CHECK(refused("serve --self-signed a --client-auth maybe", "--client-auth"));
    CHECK(refused("serve --cert a --self-signed-ca f", "--self-signed"));
    CHECK(refused("serve --self-signed a word", "word"));
    CHECK(refused("suite", "suite"));
    CHECK(refused("frobnicate", "frobnicate"));
}

static void reads_what_is_asked_of_certificates(void)
{
    CHECK(parse("connect h --ocsp none") && options.ocsp == OCSP_NONE);
    CHECK(parse("connect h --ocsp stapled") && options.ocsp == OCSP_STAPLED);
    CHECK(parse("connect h --ocsp=require") && options.ocsp == OCSP_REQUIRE);
    CHECK(refused("connect h --ocsp maybe", "stapled"));
    CHECK(parse("connect h --crl f --crl g") && options.crl_count == 2 && !options.verify);
    CHECK(parse("connect h --pinnedpubkey a;b"));
    CHECK_TEXT(options.pins, "a;b");
    CHECK(parse("serve --cert a --ocsp-response f") && options.response_count == 1);
    CHECK(refused("serve --self-signed a --ocsp-response f", "--cert"));
    CHECK(refused("serve --cert a --ocsp-response f --ocsp-response g", "--ocsp-response"));
    CHECK(refused("serve --cert a --ocsp stapled", "--ocsp"));
}

static void reads_versions_and_sessions(void)
{
    CHECK(parse("connect h") && options.lowest == 0 && options.highest == 0);
    CHECK(parse("connect h --tlsv1.2 --tls-max 1.2 --policy legacy"));
    CHECK(options.lowest == HF_TLS12 && options.highest == HF_TLS12);
    CHECK(parse("connect h --tlsv1.3") && options.lowest == HF_TLS13 && options.highest == 0);
    CHECK(parse("connect h --sess-in a --sess-out b --reconnect") && options.reconnect);
    CHECK_TEXT(options.sess_in, "a");
    CHECK_TEXT(options.sess_out, "b");
    CHECK(refused("connect h --sess-in", "--sess-in") && refused("connect h --sess-out=", "empty"));
    CHECK(refused("serve --self-signed a --reconnect", "--reconnect"));
    CHECK(refused("connect h --tickets 1", "--tickets"));
    CHECK(parse("serve --self-signed a") && options.tickets == 2 && options.ticket_lifetime_s == 0);
    CHECK(parse("serve --self-signed a --tickets 0 --ticket-lifetime 9"));
    CHECK(options.tickets == 0 && options.ticket_lifetime_s == 9);
}

static void refuses_by_name_what_is_not_there_yet(void)
{
    static const char *const lines[][2] = { { "connect h --starttls smtp", "--starttls" },
        { "connect h --early-data f", "--early-data" },
        { "serve --self-signed a --max-early-data 1", "--max-early-data" },
        { "proxy", "proxy" },
        { "audit h", "audit" }, { "explain f", "explain" },
        { "fingerprint f", "fingerprint" }, { "mail d", "mail" }, { "demo", "demo" },
        { "bench", "bench" } };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CHECK(refused(lines[i][0], lines[i][1]));
        CHECK(strstr(words, "not available in this version") != NULL);
    }
}

static bool target_is(const char *text, const char *host, uint16_t port)
{
    char found[HOST_TEXT];
    uint16_t found_port;
    return target_parse(text, found, &found_port) && strcmp(found, host) == 0 && found_port == port;
}

static void reads_targets(void)
{
    char host[HOST_TEXT];
    uint16_t port;
    CHECK(target_is("example.com", "example.com", 443));
    CHECK(target_is("example.com:8443", "example.com", 8443));
    CHECK(target_is("[::1]:4433", "::1", 4433));
    CHECK(target_is("[::1]", "::1", 443));
    CHECK(target_is("2001:db8::1", "2001:db8::1", 443));
    CHECK(target_is("https://example.com/path?q#f", "example.com", 443));
    CHECK(target_is("https://user:pw@example.com:444/", "example.com", 444));
    CHECK(target_is("imaps://mail.example.com", "mail.example.com", 993));
    CHECK(target_is("https://[::1]:9/", "::1", 9));
    static const char *const bad[] = { "", ":443", "host:", "host:x", "host:99999", "[::1",
        "[::1]x",
        "host/path", "gopher://host", "https://", "a b" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!target_parse(bad[i], host, &port));
    }
}

static bool time_is(const char *text, int64_t seconds)
{
    int64_t found;
    return rfc3339_parse(text, &found) && found == seconds;
}

static void reads_times(void)
{
    int64_t ignored;
    CHECK(time_is("1970-01-01T00:00:00Z", 0));
    CHECK(time_is("2026-11-21T00:00:00Z", 1795219200));
    CHECK(time_is("2000-02-29T23:59:59z", 951868799));
    CHECK(time_is("2026-11-21T01:30:00+01:30", 1795219200));
    CHECK(time_is("2026-11-20 19:00:00.25-05:00", 1795219200));
    CHECK(time_is("2038-01-19T03:14:08Z", 2147483648));
    CHECK(time_is("1969-12-31T23:59:59Z", -1));
    static const char *const bad[] = { "2026-11-21", "2026-11-21T00:00:00", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00+0100", "2026-11-21T00:00:00ZZ" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!rfc3339_parse(bad[i], &ignored));
    }
}

static void reads_overrides(void)
{
    struct dial_override override;
    CHECK(override_parse("example.com:443:127.0.0.1", &override));
    CHECK_TEXT(override.host, "example.com");
    CHECK_TEXT(override.address, "127.0.0.1");
    CHECK(override_parse("h:1:[2001:db8::2],127.0.0.1", &override));
    CHECK_TEXT(override.address, "2001:db8::2");
    CHECK(override_parse("h:1:::1", &override));
    CHECK_TEXT(override.address, "::1");
    static const char *const bad[] = { "", "h", "h:1", "h:1:", ":1:a", "h:x:a", "h:123456:a",
        "h:1234567890:a" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!override_parse(bad[i], &override));
    }
}

TEST_MAIN(TEST(reads_connect), TEST(reads_serve), TEST(reads_cert),
    TEST(refuses_what_is_wrong), TEST(reads_what_is_asked_of_certificates),
    TEST(reads_versions_and_sessions), TEST(refuses_by_name_what_is_not_there_yet),
    TEST(reads_targets),
    TEST(reads_times),
    TEST(reads_overrides))
