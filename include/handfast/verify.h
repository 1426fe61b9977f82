/* What a config asks of the peer's certificates beside trust and name, and what an identity brings
 * along to answer it. None of it may be set once the config is sealed (asserted). */
#ifndef HANDFAST_VERIFY_H
#define HANDFAST_VERIFY_H

#include "handfast/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Asked of the peer ---- */

/* Signatures that any config with this memo has verified are not computed again. Kept by count;
 * none by default, or with NULL. */
HF_API void hf_config_set_memo(hf_config *config, hf_memo *memo);
/* Default: HF_PROFILE_DEPLOYED. */
HF_API void hf_config_set_profile(hf_config *config, hf_profile profile);
/* The most intermediates that a path may have, self-issued ones not counted (RFC 5280, 6.1). By
 * default as many as a chain holds (16). */
HF_API void hf_config_set_verify_depth(hf_config *config, unsigned intermediates);

/* Default: HF_REVOCATION_NONE. With every other policy a client asks its server for a stapled OCSP
 * response, and refuses one that is broken or wrongly signed (staple_invalid). */
HF_API void hf_config_set_revocation(hf_config *config, hf_revocation policy);
/* A client whose server must staple a fresh response that says good (else staple_missing,
 * staple_invalid). Off by default, but certificates with must-staple (RFC 7633) ask the same. */
HF_API void hf_config_require_staple(hf_config *config, bool require);
/* Certificate revocation lists, in PEM or one in DER, at most 32. Copied; a file is read once.
 * False: bad_crl, or bad_configuration when there is none, or one too many. */
HF_API HF_MUST_CHECK bool hf_config_add_crl(hf_config *config, const void *crls, size_t length,
    hf_error *error);
HF_API HF_MUST_CHECK bool hf_config_add_crl_file(hf_config *config, const char *path,
    hf_error *error);

/* Keys of which one must be on the verified path: "sha256//BASE64;sha256//BASE64", at most 16, in
 * the manner of RFC 7469. Name a backup key too, so that the first can be replaced. With
 * `report_only` a mismatch shows in the checks and is borne. Without trust, a pinned key of the
 * leaf stands for it. NULL: none. False: bad_configuration. */
HF_API HF_MUST_CHECK bool hf_config_set_pins(hf_config *config, const char *pins, bool report_only,
    hf_error *error);

/* A client asks for signed certificate timestamps (RFC 6962, 3.3.1): hf_peer_sct. They are handed
 * on, not judged. Off by default. */
HF_API void hf_config_want_sct(hf_config *config, bool want);

/* ---- Brought along by a server's identity ---- */

/* The OCSP response (DER, at most 32 KiB, copied) that is stapled for clients that ask, as long as
 * it is not out of date; NULL: none any more. May be set at any time, by any thread. False:
 * staple_invalid: malformed, a refusal, or of other certificates; the old one stays. */
HF_API HF_MUST_CHECK bool hf_identity_set_staple(hf_identity *identity, const void *ocsp,
    size_t length, hf_error *error);
/* The same from a file, read again when it changes (looked at once a second at most, when a client
 * asks). Later, a missing or broken file leaves the last good response in place. Replace it by
 * rename, in one step. */
HF_API HF_MUST_CHECK bool hf_identity_set_staple_file(hf_identity *identity, const char *path,
    hf_error *error);
/* The SignedCertificateTimestampList (RFC 6962, 3.3; with its length, at most 16 KiB, copied) for
 * clients that ask; NULL: none. Before the identity is added to a config. False:
 * bad_configuration. */
HF_API HF_MUST_CHECK bool hf_identity_set_sct(hf_identity *identity, const void *list,
    size_t length, hf_error *error);
HF_API HF_MUST_CHECK bool hf_identity_set_sct_file(hf_identity *identity, const char *path,
    hf_error *error);

#ifdef __cplusplus
}
#endif
#endif
