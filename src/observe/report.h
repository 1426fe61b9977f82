/* The documents for machines: handfast.connect/1, handfast.handshake/1 and handfast.event/1.
 * Every key is always there, null when unknown; keys are only ever added. */
#ifndef OBSERVE_REPORT_H
#define OBSERVE_REPORT_H

#include "handfast/connection.h"
#include "observe/collector.h"
#include "observe/json.h"

struct report_timing {
    uint64_t dns_us;
    uint64_t tcp_us;
    uint64_t handshake_us;
    uint64_t our_crypto_us;
    uint64_t waiting_us;
};

/* All that is known of one connection. Everything is borrowed. */
struct report {
    const char *host;          /* as the user gave it; the peer's address on a server */
    unsigned port;
    const char *address;       /* numeric; NULL: never resolved */
    const char *identity;      /* that was to be verified; NULL: none */
    const char *server_name;   /* SNI that a client was told to send; NULL: none */
    bool is_server;
    hf_connection *connection; /* NULL: there never was one */
    const struct collector *collector;
    struct report_timing timing;
    uint64_t sent;
    uint64_t received;
    const hf_error *error;     /* code none: all well */
    const char *time;          /* RFC 3339, for handfast.handshake/1 */
    enum collect events;       /* COLLECT_SUMMARY: not reported */
    const char *first;         /* the document of the connection before this one; NULL: none */
};

/* "not asked", "asked, none sent" or "sent". */
const char *client_certificate_words(const hf_facts *facts);

/* The array `checks`; NULL: none was made. */
void checks_json(struct json *json, const hf_check *checks);

/* One document with a newline at its end; on one line unless `pretty`. */
void report_connect_json(struct text *out, const struct report *report, bool pretty);
/* One line. */
void report_handshake_json(struct text *out, const struct report *report);

/* An object handfast.event/1; its bytes and fields only at COLLECT_BYTES. */
void event_json(struct json *json, const struct observed *observed, enum collect level);

#endif
