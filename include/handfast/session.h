/* Sessions: what makes the next handshake with the same peer short. RFC 9846, 2.2; RFC 5077;
 * RFC 5246, 7.3. */
#ifndef HANDFAST_SESSION_H
#define HANDFAST_SESSION_H

#include "handfast/connection.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A client's sessions ---- */

/* What hf_session_facts tells; strings live as long as the session. */
typedef struct hf_session_info {
    const char *version;             /* "TLS 1.3" */
    const char *suite;
    const char *identity;            /* that was verified */
    const char *server_name;         /* NULL: none */
    const char *alpn;                /* NULL: none */
    uint64_t created_ms;             /* since 1970 */
    uint64_t expires_ms;
    bool used;                       /* of TLS 1.3, and offered once: it will not be again */
} hf_session_info;
HF_API void hf_session_facts(const hf_session *session, hf_session_info *info);
HF_API void hf_session_free(hf_session *session); /* wipes; NULL is fine */

/* As bytes, to be kept; they hold secrets: whoever has them can impersonate and decrypt. Returns
 * the size; writes when `capacity` suffices. 0: it was used (see hf_session_info), and is worth
 * nothing. */
HF_API size_t hf_session_save(const hf_session *session, uint8_t *out, size_t capacity);
/* NULL: bad_session (another format, or broken) or out_of_memory. */
HF_API hf_session *hf_session_load(const uint8_t *bytes, size_t length, hf_error *error);

/* Gets each session that a server grants, and owns it: called inside hf_receive, in TLS 1.3 some
 * time after the handshake. Without a callback a client asks for none. */
typedef void (*hf_session_callback)(void *user, hf_connection *connection, hf_session *session);
HF_API void hf_config_set_session_callback(hf_config *config, hf_session_callback callback,
    void *user);

/* ---- A server's tickets ---- */

/* Keys that seal sessions into tickets: shared by configs and threads, counted. A fresh key every
 * `rotate_s` seconds (0: 12 hours), kept for opening for `keep_s` more (0: as long as a ticket may
 * live, 24 hours). NULL: out of memory. */
HF_API hf_tickets *hf_tickets_new(uint32_t rotate_s, uint32_t keep_s);
HF_API void hf_tickets_free(hf_tickets *tickets); /* configs keep their own hold; NULL is fine */

/* A key from outside, the same on several hosts: 16 bytes of id, 32 of AES-256. `seals`: new
 * tickets are sealed with it, from now on and until another such key comes; then it opens only.
 * From the first key from outside on none is made by itself, and own ones open only. At most 16
 * keys: the oldest that does not seal goes. docs/sessions.md tells how hosts change keys. */
enum { HF_TICKET_KEY = 48 };
HF_API void hf_tickets_set_key(hf_tickets *tickets, const uint8_t key[HF_TICKET_KEY], bool seals);
/* Takes a key away at once, by its id (16 bytes): its tickets lead to full handshakes. */
HF_API void hf_tickets_retire_key(hf_tickets *tickets, const uint8_t id[16]);

/* Tickets for a server: `count` after each handshake of TLS 1.3 (0 to 8; one in TLS 1.2), good
 * for `lifetime_s` (at most 7 days; 0: a day). Kept by count. Without it no ticket is sent or
 * taken. */
HF_API void hf_config_set_tickets(hf_config *config, hf_tickets *tickets, unsigned count,
    uint32_t lifetime_s);

/* ---- A server's cache of TLS 1.2 sessions ---- */

/* At most `capacity` sessions of up to 16 KiB each. NULL: out of memory. */
HF_API hf_session_cache *hf_session_cache_new(size_t capacity);
HF_API void hf_session_cache_free(hf_session_cache *cache); /* configs keep their own hold */
HF_API void hf_config_set_session_cache(hf_config *config, hf_session_cache *cache);

#ifdef __cplusplus
}
#endif
#endif
