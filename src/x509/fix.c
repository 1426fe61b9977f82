/* Fixes: see fix.h. One row for each way in which verify_chain fails; each names the certificate,
 * and what of it has to change. */
#include "x509/fix.h"

#include <string.h>

#include "x509/identity.h"
#include "x509/name.h"
#include "x509/pin.h"

/* What the sentences speak of. */
struct facts {
    const struct verify_input *input;
    const struct certificate *certificate;
    bool in_store; /* it is a trusted one, and was not sent */
    char subject[64];
    char issuer[64];
    char from[32];
    char to[32];
};

static void missing_issuer(const struct facts *f, char *text, size_t capacity)
{
    char url[256];
    bool told = information_access_text(f->certificate, false, url, sizeof url);
    text_append(text, capacity, "Append the certificate of \"%s\", which issued \"%s\", to the "
        "server's certificate file", f->issuer, f->subject);
    text_append(text, capacity, told ? "; it is at %s." : ".%s", told ? url : "");
}

static void other_name(const struct facts *f, char *text, size_t capacity)
{
    char asked[256] = "";
    char names[160];
    if (f->input->identity != NULL) {
        identity_text(f->input->identity, asked);
    }
    certificate_names_text(f->certificate, names, sizeof names);
    text_append(text, capacity, "Connect by a name that the certificate holds (%s), or have it "
        "reissued with %s in subjectAltName.", names[0] != '\0' ? names : "it holds none", asked);
}

static void weak_key(const struct facts *f, char *text, size_t capacity)
{
    char key[64];
    key_text(f->certificate, key, sizeof key);
    text_append(text, capacity, "Have \"%s\" reissued with a key of RSA 2048 or P-256 at least; "
        "it has %s.", f->subject, key);
}

static void weak_signature(const struct facts *f, char *text, size_t capacity)
{
    const char *algorithm = f->certificate->algorithm;
    text_append(text, capacity, "Have \"%s\" sign \"%s\" again with SHA-256 or better, not with "
        "%s.", f->issuer, f->subject, algorithm[0] != '\0' ? algorithm : "what it used");
}

static void revoked(const struct facts *f, char *text, size_t capacity)
{
    hf_bytes serial = f->certificate->serial;
    text_append(text, capacity, "Replace \"%s\", serial number ", f->subject);
    for (size_t i = 0; i < serial.length; i++) {
        text_append(text, capacity, "%02x", serial.data[i]);
    }
    text_append(text, capacity, ", by a new certificate, with a new key if the old one leaked.");
}

static void status_unknown(const struct facts *f, char *text, size_t capacity)
{
    char url[256];
    text_append(text, capacity, "Fetch a fresh CRL or OCSP response of \"%s\"", f->issuer);
    if (information_access_text(f->certificate, true, url, sizeof url)) {
        text_append(text, capacity, " (its responder is %s)", url);
    }
    text_append(text, capacity, ", or let revocation fail softly.");
}

static void no_staple(const struct facts *f, char *text, size_t capacity)
{
    char url[256];
    bool told = information_access_text(f->certificate, true, url, sizeof url);
    text_append(text, capacity, "Turn OCSP stapling on for \"%s\" at the server%s%s.", f->subject,
        told ? ", which must reach " : "", told ? url : "");
}

static void broken_staple(const struct facts *f, char *text, size_t capacity)
{
    char url[256];
    bool told = information_access_text(f->certificate, true, url, sizeof url);
    text_append(text, capacity, "Make the server fetch its OCSP response for \"%s\" anew%s%s.",
        f->subject, told ? ", from " : "", told ? url : "");
}

static void other_pin(const struct facts *f, char *text, size_t capacity)
{
    char pin[64] = "";
    (void)pin_text(f->input->provider, f->certificate, pin);
    text_append(text, capacity, "If the key of \"%s\" was changed on purpose, add %s to the pins; "
        "else somebody stands between.", f->subject, pin);
}

/* Sentences with the subject, the issuer or a date alone. */
static void simple(const struct facts *f, const char *reason, char *text, size_t capacity)
{
    if (strcmp(reason, "certificate_expired") == 0 && f->in_store) {
        text_append(text, capacity, "Add the successor of \"%s\", which ended on %s, to the "
            "trusted ones.", f->subject, f->to);
    } else if (strcmp(reason, "certificate_expired") == 0) {
        text_append(text, capacity, "Renew \"%s\", which ended on %s; if it was renewed, make the "
            "server load it.", f->subject, f->to);
    } else if (strcmp(reason, "certificate_not_yet_valid") == 0) {
        text_append(text, capacity, "Correct this machine's clock, or wait until %s, when \"%s\" "
            "begins.", f->from, f->subject);
    } else if (strcmp(reason, "untrusted_root") == 0) {
        text_append(text, capacity, "If you trust the root \"%s\", add its certificate to the "
            "trusted ones.", f->subject);
    } else if (strcmp(reason, "self_signed") == 0) {
        text_append(text, capacity, "Add this very certificate of \"%s\" to the trusted ones if it "
            "is yours, or have a CA sign it.", f->subject);
    } else if (strcmp(reason, "wrong_usage") == 0) {
        text_append(text, capacity, "Have \"%s\" reissued with the basicConstraints, keyUsage and "
            "extKeyUsage that its place needs.", f->subject);
    } else if (strcmp(reason, "bad_signature") == 0) {
        text_append(text, capacity, "Fetch \"%s\" again from \"%s\": the file is corrupt, or was "
            "issued under another key.", f->subject, f->issuer);
    } else if (strcmp(reason, "constraint_violated") == 0) {
        text_append(text, capacity, "Have \"%s\" issued anew within what its CAs allow; \"%s\" "
            "issued it.", f->subject, f->issuer);
    } else if (strcmp(reason, "chain_too_costly") == 0) {
        text_append(text, capacity, "Send only the certificates of one path from \"%s\".",
            f->subject);
    }
}

void verification_fix(const struct verify_input *input, const struct certificate *about,
    struct hf_error *error)
{
    static const struct {
        const char *reason;
        void (*say)(const struct facts *facts, char *text, size_t capacity);
    } rows[] = { { "incomplete_chain", missing_issuer }, { "name_mismatch", other_name },
        { "weak_key", weak_key }, { "weak_signature", weak_signature }, { "revoked", revoked },
        { "revocation_unknown", status_unknown }, { "staple_missing", no_staple },
        { "staple_invalid", broken_staple },
        { "pin_mismatch", other_pin } };
    struct facts f = { .input = input, .certificate = about, .in_store = error->certificate < 0 };
    error->remedy[0] = '\0';
    name_short(about->subject, f.subject, sizeof f.subject);
    name_short(about->issuer, f.issuer, sizeof f.issuer);
    time_text(about->not_before, f.from);
    time_text(about->not_after, f.to);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].reason, error->reason) == 0) {
            rows[i].say(&f, error->remedy, sizeof error->remedy);
            return;
        }
    }
    simple(&f, error->reason, error->remedy, sizeof error->remedy);
}
