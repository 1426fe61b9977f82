/* Configs and identities that make no sense, said in words; and calls on the wrong objects. */
#include "handshake/engine.h"
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

static void lists(void)
{
    hf_error error;
    hf_config *config = hf_config_new(HF_CLIENT, NULL);
    CHECK(config != NULL);
    CHECK(!hf_config_set_suites(config, "TLS_AES_128_GCM_SHA256:NO_SUCH", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(strstr(error.detail, "NO_SUCH") != NULL);
    CHECK(!hf_config_set_suites(config, "", &error));
    CHECK(!hf_config_set_suites(config, "TLS_RSA_WITH_RC4_128_SHA", NULL));
    CHECK(!hf_config_set_groups(config, "x25519,brainpoolP256r1", &error));
    CHECK(strstr(error.detail, "brainpoolP256r1") != NULL);
    CHECK(!hf_config_set_signatures(config, ":,", NULL));
    CHECK(!hf_config_set_signatures(config, "ed25519:dsa_sha1", NULL));
    /* A list that failed left the old one. */
    CHECK(config->settings.suite_count == 9 && config->settings.group_count == 3);
    CHECK(hf_config_set_groups(config, "P-256:prime256v1, X25519", NULL));
    CHECK(config->settings.group_count == 2);
    char protocol[300];
    memset(protocol, 'p', sizeof protocol);
    protocol[256] = '\0';
    CHECK(!hf_config_set_alpn(config, protocol, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    protocol[255] = '\0';
    CHECK(hf_config_set_alpn(config, protocol, NULL));
    CHECK(!hf_config_set_alpn(config, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", NULL));
    CHECK(!hf_config_set_padding(config, 4097, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_config_free(config);
}

static void seals(void)
{
    hf_error error;
    hf_trust *empty = hf_trust_new();
    hf_config *client = hf_config_new(HF_CLIENT, NULL);
    hf_config *server = hf_config_new(HF_SERVER, NULL);
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    CHECK(empty != NULL && client != NULL && server != NULL && identity != NULL);
    CHECK(!hf_config_seal(client, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(strstr(error.detail, "trust") != NULL);
    hf_config_set_trust(client, empty);
    CHECK(!hf_config_seal(client, &error) && strstr(error.detail, "empty") != NULL);
    CHECK(hf_connect_new(client, "example.com", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_config_insecure_no_verification(client);
    CHECK(hf_config_seal(client, NULL));
    CHECK(!hf_config_seal(server, &error) && strstr(error.detail, "identity") != NULL);
    for (int i = 0; i < 16; i++) {
        CHECK(hf_config_add_identity(server, identity, NULL));
    }
    CHECK(!hf_config_add_identity(server, identity, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_config_set_client_auth(server, HF_AUTH_REQUEST);
    CHECK(!hf_config_seal(server, &error) && strstr(error.detail, "trust") != NULL);
    hf_config_set_client_auth(server, HF_AUTH_NONE);
    CHECK(hf_config_seal(server, NULL));
    /* The wrong role. */
    CHECK(hf_accept_new(client, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(hf_connect_new(server, "example.com", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_config_free(client);
    hf_config_free(server);
    hf_config_free(NULL);
    hf_identity_free(identity);
    hf_identity_free(NULL);
    hf_trust_free(empty);
    hf_connection_free(NULL);
}

static void refuses_identity(const char *chain, const char *key, const char *reason)
{
    hf_error error;
    CHECK(hf_identity_from_pem(chain, strlen(chain), key, strlen(key), &error) == NULL);
    CHECK_TEXT(error.reason, reason);
    CHECK(error.detail[0] != '\0');
    CHECK(hf_identity_from_pem(chain, strlen(chain), key, strlen(key), NULL) == NULL);
}

static void identities(void)
{
    static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    char chain[IDENTITY_PEM];
    char broken[IDENTITY_PEM];
    const char *key = identity_key(KIND_P256);
    hf_error error;
    CHECK(identity_chain(KIND_P256, "example.com", chain));
    refuses_identity(chain, identity_key(KIND_P384), "key_mismatch");
    refuses_identity(chain, identity_key(KIND_RSA), "key_mismatch");
    refuses_identity(chain, "no key at all", "bad_private_key");
    refuses_identity(chain, "", "bad_private_key");
    refuses_identity(chain, encrypted, "passphrase_missing");
    refuses_identity(chain, chain, "bad_private_key");
    refuses_identity("", key, "bad_configuration");
    refuses_identity(key, key, "bad_configuration");
    refuses_identity("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", key,
        "malformed_certificate");
    (void)snprintf(broken, sizeof broken, "%s", chain);
    broken[strlen("-----BEGIN CERTIFICATE-----\n") + 10] = '!';
    refuses_identity(broken, key, "malformed_certificate");
    CHECK(hf_identity_from_files("/nonexistent/chain.pem", "/nonexistent/key.pem", &error) == NULL);
    CHECK(error.code != HF_CODE_none && error.detail[0] != '\0');
    CHECK(hf_identity_external("", 0, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(hf_identity_self_signed("", NULL, 0, &error) == NULL || error.code == HF_CODE_none);
    char small[16];
    CHECK(hf_identity_self_signed("example.com", small, sizeof small, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(hf_identity_self_signed("not a name", NULL, 0, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
}

/* A message that no row sends here. */
static void misuse(void)
{
    struct pair pair = { 0 };
    CHECK(pair_configs(&pair, "example.com") && pair_seal(&pair));
    CHECK(pair_open(&pair, "example.com"));
    CHECK(!engine_request(pair.client.connection, KEY_UPDATE));
    CHECK_TEXT(end_reason(&pair.client), "misuse");
    CHECK(hf_connection_error(pair.client.connection)->alert == HF_NO_ALERT);
    pair_free(&pair);
}

static void versions(void)
{
    CHECK(hf_version()[0] >= '0' && hf_version()[0] <= '9');
    CHECK(strstr(hf_crypto_version(), "OpenSSL") != NULL);
    CHECK_TEXT(hf_code_name(HF_CODE_not_tls), "not_tls");
}

TEST_MAIN(TEST(lists), TEST(seals), TEST(identities), TEST(misuse), TEST(versions))
