/* What people and machines are told of a connection's session: a new one, one that goes on, one
 * that was not taken and why; in both versions. */
#include "test.h"

#include "observe/emit.h"
#include "observe/explain.h"
#include "support/resumed.h"

/* The three forms of the report of one end: a document, the lines for a person, a server's line. */
struct forms {
    struct text json;
    struct text words;
    struct text line;
};

static void make_forms(struct forms *forms, const struct end *end)
{
    hf_error none;
    struct report report;
    error_clear(&none);
    memset(&report, 0, sizeof report);
    report.host = "a.example";
    report.connection = end->connection;
    report.error = &none;
    memset(forms, 0, sizeof *forms);
    report_connect_json(&forms->json, &report, false);
    explain_report(&forms->words, &report, EXPLAIN_BRIEF, false);
    explain_line(&forms->line, &report);
}

static void free_forms(struct forms *forms)
{
    text_free(&forms->json);
    text_free(&forms->words);
    text_free(&forms->line);
}

static void check_new(const struct end *end)
{
    struct forms forms;
    make_forms(&forms, end);
    CHECK(has(&forms.json, "\"resumed\": false, \"resumption\": null"));
    CHECK(strstr(text_string(&forms.words), "resumed") == NULL);
    CHECK(strstr(text_string(&forms.line), "resumed") == NULL);
    free_forms(&forms);
}

static void check_resumed(const struct end *end)
{
    struct forms forms;
    make_forms(&forms, end);
    CHECK(has(&forms.json, "\"resumed\": true, \"resumption\": null"));
    CHECK(has(&forms.words, "  resumed: no certificate was sent; what was found when "
        "the session began holds\n"));
    CHECK(has(&forms.line, ", resumed, "));
    free_forms(&forms);
}

static void check_refused(const struct end *end, enum session_verdict verdict)
{
    struct forms forms;
    char words[256];
    make_forms(&forms, end);
    (void)snprintf(words, sizeof words, "\"resumed\": false, \"resumption\": \"%s\"",
        session_verdict_text(verdict));
    CHECK(has(&forms.json, words));
    (void)snprintf(words, sizeof words, "  not resumed: %s\n", session_verdict_text(verdict));
    CHECK(has(&forms.words, words));
    (void)snprintf(words, sizeof words, ", not resumed: %s, ", session_verdict_text(verdict));
    CHECK(has(&forms.line, words));
    free_forms(&forms);
}

static void tells_of_tls13(void)
{
    struct met met;
    const struct met_setup setup = { 0 };
    struct forms forms;
    CHECK(met_new(&met, &setup));
    CHECK(met_shake(&met, NULL) && met.count == 2);
    check_new(&met.pair.client);
    check_new(&met.pair.server);
    make_forms(&forms, &met.pair.client);
    CHECK(has(&forms.json, "\"extended_master_secret\": null, \"stapled\": \"none\""));
    free_forms(&forms);
    CHECK(met_shake(&met, met.sessions[0]));
    check_resumed(&met.pair.client);
    check_resumed(&met.pair.server);
    /* A session of TLS 1.3 is offered once. */
    CHECK(met_shake(&met, met.sessions[0]));
    check_refused(&met.pair.client, SESSION_ALREADY_USED);
    check_new(&met.pair.server);
    met_free(&met);
}

static void tells_of_tls12(void)
{
    struct met met;
    const struct met_setup setup = { 0 };
    struct forms forms;
    CHECK(met_new(&met, &setup));
    CHECK(hf_config_set_versions(met.pair.client_config, HF_TLS12, HF_TLS12, NULL));
    CHECK(met_shake(&met, NULL) && met.count == 1);
    check_new(&met.pair.client);
    make_forms(&forms, &met.pair.client);
    CHECK(has(&forms.json, "\"version\": \"TLS 1.2\""));
    CHECK(has(&forms.json, "\"extended_master_secret\": true"));
    free_forms(&forms);
    CHECK(met_shake(&met, met.sessions[0]));
    check_resumed(&met.pair.client);
    check_resumed(&met.pair.server);
    met_free(&met);
}

TEST_MAIN(TEST(tells_of_tls13), TEST(tells_of_tls12))
