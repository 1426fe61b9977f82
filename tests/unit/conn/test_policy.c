/* Policies and a config in words. */
#include "conn/connection.h"
#include "handfast/handfast.h"
#include "unit/test.h"

static void every_policy(void)
{
    static const char *const names[] = { "intermediate", "modern", "pci" };
    for (size_t i = 0; i < 3; i++) {
        hf_config *config = hf_config_new(HF_CLIENT, NULL);
        char text[4096];
        char line[64];
        CHECK(hf_config_set_policy(config, names[i], NULL));
        hf_config_text(config, text, sizeof text);
        (void)snprintf(line, sizeof line, "policy %s\n", names[i]);
        CHECK(strncmp(text, line, strlen(line)) == 0);
        CHECK(strstr(text, "\nsuites TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384") != NULL);
        CHECK((strstr(text, "x25519") != NULL) == (i < 2));
        CHECK((strstr(text, "CHACHA20") != NULL) == (i < 2));
        CHECK(strstr(text, "\ngrease no\n") != NULL);
        CHECK(strstr(text, "sha1") == NULL);
        hf_config_free(config);
    }
}

static void unknown_policy(void)
{
    hf_config *config = hf_config_new(HF_SERVER, NULL);
    hf_error error;
    memset(&error, 0, sizeof error);
    CHECK(!hf_config_set_policy(config, "weak", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(strstr(error.detail, "weak") != NULL);
    hf_config_free(config);
}

static void server_in_words(void)
{
    hf_config *config = hf_config_new(HF_SERVER, NULL);
    static const uint8_t key[32];
    char text[4096];
    hf_config_set_client_auth(config, HF_AUTH_REQUIRE);
    hf_config_set_stateless_retry(config, key);
    CHECK(hf_config_set_alpn(config, "h2,http/1.1", NULL));
    CHECK(hf_config_set_padding(config, 512, NULL));
    CHECK(!hf_config_set_padding(config, 5000, NULL));
    hf_config_text(config, text, sizeof text);
    CHECK(strstr(text, "\nalpn h2 http/1.1\n") != NULL);
    CHECK(strstr(text, "\npadding 512\n") != NULL);
    CHECK(strstr(text, "\nclient_auth require\n") != NULL);
    CHECK(strstr(text, "\nstateless_retry yes\n") != NULL);
    CHECK(strlen(text) < sizeof text - 1);
    hf_config_free(config);
}

TEST_MAIN(TEST(every_policy), TEST(unknown_policy), TEST(server_in_words))
