/* The tables' common parts: see edge.h. */
#include "handshake/edge.h"

#include "handshake/handlers.h"

const char *state_name(enum state state)
{
    static const char *const names[STATES] = {
#define X(name) #name,
        STATES_OF_A_HANDSHAKE(X)
#undef X
    };
    return (unsigned)state < STATES ? names[state] : "?";
}

const char *message_name(enum message message)
{
    static const char *const names[WORKS] = { "nothing", "ClientHello", "HelloRetryRequest",
        "ServerHello", "EncryptedExtensions", "CertificateRequest", "Certificate",
        "CertificateStatus", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange",
        "CertificateVerify", "Finished", "NewSessionTicket", "KeyUpdate", "HelloRequest",
        "ChangeCipherSpec", "application data", "a message of no known type", "SHARED_SECRET",
        "SIGNATURE", "PEER" };
    return (unsigned)message < WORKS ? names[message] : "?";
}

static bool leaves(const struct edge *row, enum state state, enum message incoming, unsigned facts)
{
    if (row->from != state || (row->act == RECV) != (incoming != NONE)) {
        return false;
    }
    if (incoming != NONE && row->message != incoming) {
        return false;
    }
    return row->when == NULL || row->when(facts);
}

const struct edge *edge_find(const struct table *const tables[2], enum state state,
    enum message incoming, unsigned facts)
{
    for (size_t t = 0; t < 2 && tables[t] != NULL; t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            if (leaves(&tables[t]->rows[i], state, incoming, facts)) {
                return &tables[t]->rows[i];
            }
        }
    }
    return NULL;
}

bool is_hashed(enum message message)
{
    return message != CHANGE_CIPHER_SPEC && message != DATA && message != HELLO_REQUEST;
}

/* Guards: facts known before the message. */

bool when_first_hello(unsigned facts)
{
    return (facts & FACT_RETRIED) == 0;
}

bool when_retry(unsigned facts)
{
    return (facts & FACT_RETRY) != 0 && when_first_hello(facts);
}

bool when_ccs_due(unsigned facts)
{
    return (facts & FACT_COMPAT) != 0 && (facts & FACT_CCS_SENT) == 0;
}

bool when_retried_ccs(unsigned facts)
{
    return (facts & FACT_RETRIED) != 0 && when_ccs_due(facts);
}

bool when_asked(unsigned facts)
{
    return (facts & FACT_ASKED) != 0;
}

bool when_no_cert(unsigned facts)
{
    return (facts & FACT_NO_CERT) != 0;
}

bool when_psk(unsigned facts)
{
    return (facts & FACT_PSK) != 0;
}

bool when_resumed(unsigned facts)
{
    return (facts & FACT_RESUMED) != 0;
}

bool when_ticket(unsigned facts)
{
    return (facts & FACT_NST) != 0;
}

bool when_no_ticket(unsigned facts)
{
    return !when_ticket(facts);
}

bool when_resumed_ticket(unsigned facts)
{
    return when_resumed(facts) && when_ticket(facts);
}

bool when_rsa(unsigned facts)
{
    return (facts & FACT_RSA) != 0;
}

bool when_not_rsa(unsigned facts)
{
    return !when_rsa(facts);
}

bool when_status(unsigned facts)
{
    return (facts & FACT_OCSP) != 0;
}

bool when_staples(unsigned facts)
{
    return when_status(facts) && (facts & FACT_STATUS_OMITTED) == 0;
}

bool when_signs(unsigned facts)
{
    return when_asked(facts) && !when_no_cert(facts);
}
