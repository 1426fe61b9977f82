/* Revocation (RFC 5280, 6.3; RFC 6960) over a whole path, and pins: see revocation.h. Every
 * certificate below the trusted one is asked about; what is revoked fails whatever the policy says,
 * what nobody speaks of fails only where the policy is hard. */
#include "x509/revocation.h"

#include <string.h>

#include "x509/ocsp.h"
#include "x509/pin.h"
#include "x509/search.h"

#define SAY(result, ...) \
    do { \
        (result)->detail[0] = '\0'; \
        text_append((result)->detail, sizeof (result)->detail, __VA_ARGS__); \
    } while (0)

const char *revocation_status_name(enum revocation_status status)
{
    static const char *const names[] = { [REVOCATION_NOT_ASKED] = "not asked",
        [REVOCATION_GOOD] = "good", [REVOCATION_REVOKED] = "revoked",
        [REVOCATION_UNKNOWN] = "unknown", [REVOCATION_STALE] = "stale",
        [REVOCATION_UNVERIFIABLE] = "unverifiable" };
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "";
}

static int index_of(const struct verify_input *input, const struct certificate *certificate)
{
    for (size_t i = 0; i < input->count; i++) {
        if (&input->chain[i] == certificate) {
            return (int)i;
        }
    }
    return -1;
}

/* `staple`: by OCSP alone. */
static void ask(const struct verify_input *input, const struct certificate *certificate,
    const struct certificate *issuer, struct finding *best, enum revocation_status *staple)
{
    struct finding one;
    *best = (struct finding){ .status = REVOCATION_UNKNOWN };
    text_append(best->detail, sizeof best->detail, "no CRL or OCSP response speaks of it");
    *staple = REVOCATION_NOT_ASKED;
    bool told = false;
    for (size_t i = 0; i < input->ocsp_count + input->crl_count; i++) {
        if (i < input->ocsp_count) {
            ocsp_look(input, input->ocsp[i], certificate, issuer, &one);
        } else {
            crl_look(input, &input->crls[i - input->ocsp_count], certificate, issuer, &one);
        }
        if (!told && one.status != REVOCATION_NOT_ASKED) {
            *best = one;
            told = true;
        } else {
            finding_keep(best, &one);
        }
        if (i + 1 == input->ocsp_count) {
            *staple = best->status;
        }
    }
}

static void refuse(struct check_result *result, enum reason reason, int certificate)
{
    result->ok = false;
    result->reason = reason;
    result->certificate = certificate;
}

static bool is_required(const struct verify_input *input, size_t n)
{
    return input->revocation == REVOCATION_HARD_CHAIN ||
        (input->revocation == REVOCATION_HARD && n == 0);
}

/* Of a server's staple, good and fresh: asked for by the user, or promised by the leaf (RFC 7633,
 * 4.2.3.1); and one that cannot be trusted is refused (RFC 6066, 8). True: it was refused. */
static bool refuses_staple(const struct verify_input *input, const struct verification *out,
    const char *found, struct check_result *result)
{
    bool serves = (input->purpose & PURPOSE_SERVER) != 0;
    bool promised = input->chain[0].must_staple && input->revocation != REVOCATION_NONE;
    bool demanded = serves && (input->require_staple || promised);
    if (demanded && input->ocsp_count == 0) {
        refuse(result, ERR_staple_missing, 0);
        SAY(result, "%s, and none came", promised
            ? "the leaf promises a stapled OCSP response (must-staple)"
            : "a stapled OCSP response is required");
        return true;
    }
    bool broken = input->is_stapled && out->staple == REVOCATION_UNVERIFIABLE;
    if (broken || (demanded && out->staple != REVOCATION_GOOD)) {
        refuse(result, ERR_staple_invalid, 0);
        SAY(result, "the staple is %s: %s", revocation_status_name(out->staple), found);
        return true;
    }
    return false;
}

/* Without a path there is no issuer whose word could be asked for. */
static void without_issuer(const struct verify_input *input, const struct verification *out,
    struct check_result *result)
{
    static const char why[] = "no issuer is known, only a pin";
    result->ok = false;
    if (!input->pins_suffice) {
        return;
    }
    result->done = input->require_staple || is_required(input, 0);
    if (result->done && !refuses_staple(input, out, why, result)) {
        refuse(result, ERR_revocation_unknown, 0);
        SAY(result, "leaf unknown: %s", why);
    }
}

void check_revocation(const struct verify_input *input, struct verification *out,
    struct check_result *result)
{
    bool asked = input->revocation != REVOCATION_NONE || input->require_staple ||
        input->crl_count + input->ocsp_count > 0;
    *result = (struct check_result){ .done = asked && out->path_length > 0, .ok = true,
        .certificate = -1 };
    out->status = out->staple = REVOCATION_NOT_ASKED;
    if (!result->done) {
        without_issuer(input, out, result);
        return;
    }
    if (out->path_length == 1) {
        SAY(result, "a certificate that is itself trusted has nobody to revoke it");
        return;
    }
    for (size_t n = 0; n + 1 < out->path_length; n++) {
        struct finding finding;
        char title[80];
        enum revocation_status staple;
        int index = index_of(input, out->path[n]);
        ask(input, out->path[n], out->path[n + 1], &finding, &staple);
        certificate_title(out->path[n], index, title);
        if (n == 0) {
            out->status = finding.status;
            out->staple = staple;
            SAY(result, "leaf %s: %s", revocation_status_name(finding.status), finding.detail);
        }
        bool revoked = finding.status == REVOCATION_REVOKED;
        if (!revoked && n == 0 && refuses_staple(input, out, finding.detail, result)) {
            return;
        }
        if (revoked || (is_required(input, n) && finding.status != REVOCATION_GOOD)) {
            refuse(result, revoked ? ERR_revoked : ERR_revocation_unknown, index);
            SAY(result, "%s %s: %s", title, revocation_status_name(finding.status),
                finding.detail);
            return;
        }
    }
}

void check_pins(const struct verify_input *input, const struct verification *out,
    struct check_result *result)
{
    char title[80];
    char pin[64] = "";
    size_t count = out->path_length > 0 ? out->path_length : 1;
    *result = (struct check_result){ .certificate = -1 };
    if (input->pins == NULL || input->pins->count == 0) {
        return;
    }
    result->done = true;
    for (size_t i = 0; i < count; i++) {
        const struct certificate *c = i < out->path_length ? out->path[i] : &input->chain[0];
        if (pins_hold(input->pins, input->provider, c)) {
            result->ok = true;
            certificate_title(c, index_of(input, c), title);
            SAY(result, "the key of %s is pinned", title);
            return;
        }
    }
    (void)pin_text(input->provider, &input->chain[0], pin);
    result->ok = input->pins->report_only;
    result->reason = ERR_pin_mismatch;
    result->certificate = 0;
    SAY(result, "none of the %zu pins is of a key of this path%s; the leaf's is %s",
        input->pins->count, input->pins->report_only ? " (only reported)" : "", pin);
}
