/* The tables of TLS 1.3 with what later issues add as rows: 0-RTT (RFC 9846, 2.3) and QUIC (RFC
 * 9001). Kept as data, in the form of src/handshake. Where a row is the same as in src it is
 * repeated: only a whole table can be judged.
 *
 * 0-RTT is nothing but the read and the write key differing: the client writes data while its
 * write key is EARLY, whatever state it reads in; HelloRetryRequest takes that key back to
 * plaintext (no arrow of the RFC shows it). Under QUIC nothing is uninstalled, and no
 * EndOfEarlyData, CCS, KeyUpdate or data passes here (RFC 9001, 8.3, 8.4, 6). */
#include "handshake/handlers.h"
#include "model.h"

static bool when_stream(unsigned facts)
{
    return (facts & FACT_QUIC) == 0;
}

static bool when_early(unsigned facts)
{
    return (facts & FACT_EARLY) != 0 && when_first_hello(facts);
}

static bool when_early_stream(unsigned facts)
{
    return when_early(facts) && when_stream(facts);
}

static bool when_accepted(unsigned facts)
{
    return (facts & FACT_ACCEPTED) != 0;
}

static bool when_accepted_stream(unsigned facts)
{
    return when_accepted(facts) && when_stream(facts);
}

static bool when_refused(unsigned facts)
{
    return when_early_stream(facts) && !when_accepted(facts);
}

static bool when_refused_psk(unsigned facts)
{
    return when_refused(facts) && when_psk(facts);
}

static bool when_retry_early(unsigned facts)
{
    return when_retry(facts) && when_early_stream(facts);
}

/* RFC 9846, Appendix A.1. */
static const struct edge later_client_rows[] = {
    ROW(START,         SEND, CHANGE_CIPHER_SPEC,   when_retried_ccs,     0, START),
    ROW(START,         SEND, CLIENT_HELLO,         when_early,
        DERIVE_EARLY | WRITE_EARLY, SENT_CH),
    ROW(START,         SEND, CLIENT_HELLO,         NULL,                 0, WAIT_SH),
    ROW(SENT_CH,       SEND, CHANGE_CIPHER_SPEC,   when_ccs_due,         0, WAIT_SH),
    ROW(SENT_CH,       AUTO, NONE,                 NULL,                 0, WAIT_SH),
    ROW(WAIT_SH,       RECV, HELLO_RETRY,          when_early_stream,    WRITE_PLAIN, START),
    ROW(WAIT_SH,       RECV, HELLO_RETRY,          when_first_hello,     0, START),
    ROW(WAIT_SH,       RECV, SERVER_HELLO,         NULL,                 0, GOT_SH),
    ROW(GOT_SH,        OP,   SHARED_SECRET,        when_early_stream,
        DERIVE_HS | READ_HS, WAIT_EE),
    ROW(GOT_SH,        OP,   SHARED_SECRET,        NULL,
        DERIVE_HS | READ_HS | WRITE_HS, WAIT_EE),
    ROW(WAIT_EE,       RECV, ENCRYPTED_EXTENSIONS, NULL,                 0, GOT_EE),
    ROW(GOT_EE,        AUTO, NONE,                 when_refused_psk,     WRITE_HS, WAIT_FINISHED),
    ROW(GOT_EE,        AUTO, NONE,                 when_refused,         WRITE_HS, WAIT_CERT_CR),
    ROW(GOT_EE,        AUTO, NONE,                 when_psk,             0, WAIT_FINISHED),
    ROW(GOT_EE,        AUTO, NONE,                 NULL,                 0, WAIT_CERT_CR),
    ROW(WAIT_CERT_CR,  RECV, CERTIFICATE_REQUEST,  NULL,                 0, WAIT_CERT),
    ROW(WAIT_CERT_CR,  RECV, CERTIFICATE,          NULL,                 0, WAIT_CV),
    ROW(WAIT_CERT,     RECV, CERTIFICATE,          NULL,                 0, WAIT_CV),
    ROW(WAIT_CV,       RECV, CERTIFICATE_VERIFY,   NULL,                 0, CHECK_PEER),
    ROW(CHECK_PEER,    OP,   PEER,                 NULL,                 0, WAIT_FINISHED),
    ROW(WAIT_FINISHED, RECV, FINISHED,             NULL,
        DERIVE_APP | READ_APP, FLIGHT2),
    ROW(FLIGHT2,       SEND, CHANGE_CIPHER_SPEC,   when_ccs_due,         0, FLIGHT2),
    ROW(FLIGHT2,       SEND, END_OF_EARLY_DATA,    when_accepted_stream, WRITE_HS, SEND_FINISHED),
    ROW(FLIGHT2,       AUTO, NONE,                 when_asked,           0, SEND_CERT),
    ROW(FLIGHT2,       AUTO, NONE,                 NULL,                 0, SEND_FINISHED),
    ROW(SEND_CERT,     SEND, CERTIFICATE,          when_no_cert,         0, SEND_FINISHED),
    ROW(SEND_CERT,     SEND, CERTIFICATE,          NULL,                 0, SIGN),
    ROW(SIGN,          OP,   SIGNATURE,            NULL,                 0, SEND_CV),
    ROW(SEND_CV,       SEND, CERTIFICATE_VERIFY,   NULL,                 0, SEND_FINISHED),
    ROW(SEND_FINISHED, SEND, FINISHED,             NULL,
        DERIVE_RESUMPTION | WRITE_APP, CONNECTED),
};
const struct table later_client_table = { later_client_rows,
    sizeof later_client_rows / sizeof *later_client_rows };

/* RFC 9846, Appendix A.2. */
static const struct edge later_server_rows[] = {
    ROW(START,         RECV, CLIENT_HELLO,         NULL,                 0, RECVD_CH),
    ROW(RECVD_CH,      SEND, HELLO_RETRY,          when_retry_early,     SKIP_EARLY, SENT_HRR),
    ROW(RECVD_CH,      SEND, HELLO_RETRY,          when_retry,           0, SENT_HRR),
    ROW(RECVD_CH,      OP,   SHARED_SECRET,        when_accepted,
        DERIVE_EARLY | READ_EARLY, NEGOTIATED),
    ROW(RECVD_CH,      OP,   SHARED_SECRET,        NULL,                 0, NEGOTIATED),
    ROW(SENT_HRR,      SEND, CHANGE_CIPHER_SPEC,   when_ccs_due,         0, START),
    ROW(SENT_HRR,      AUTO, NONE,                 NULL,                 0, START),
    ROW(NEGOTIATED,    SEND, SERVER_HELLO,         when_accepted_stream,
        DERIVE_HS | WRITE_HS, SENT_SH),
    ROW(NEGOTIATED,    SEND, SERVER_HELLO,         when_refused,
        DERIVE_HS | WRITE_HS | READ_HS | SKIP_EARLY, SENT_SH),
    ROW(NEGOTIATED,    SEND, SERVER_HELLO,         NULL,
        DERIVE_HS | WRITE_HS | READ_HS, SENT_SH),
    ROW(SENT_SH,       SEND, CHANGE_CIPHER_SPEC,   when_ccs_due,         0, SENT_SH),
    ROW(SENT_SH,       SEND, ENCRYPTED_EXTENSIONS, when_psk,             0, SEND_FINISHED),
    ROW(SENT_SH,       SEND, ENCRYPTED_EXTENSIONS, when_asked,           0, SEND_CR),
    ROW(SENT_SH,       SEND, ENCRYPTED_EXTENSIONS, NULL,                 0, SEND_CERT),
    ROW(SEND_CR,       SEND, CERTIFICATE_REQUEST,  NULL,                 0, SEND_CERT),
    ROW(SEND_CERT,     SEND, CERTIFICATE,          NULL,                 0, SIGN),
    ROW(SIGN,          OP,   SIGNATURE,            NULL,                 0, SEND_CV),
    ROW(SEND_CV,       SEND, CERTIFICATE_VERIFY,   NULL,                 0, SEND_FINISHED),
    ROW(SEND_FINISHED, SEND, FINISHED,             when_accepted_stream,
        DERIVE_APP | WRITE_APP, WAIT_EOED),
    ROW(SEND_FINISHED, SEND, FINISHED,             NULL,
        DERIVE_APP | WRITE_APP, WAIT_FLIGHT2),
    ROW(WAIT_EOED,     RECV, DATA,                 NULL,                 0, WAIT_EOED),
    ROW(WAIT_EOED,     RECV, END_OF_EARLY_DATA,    NULL,                 READ_HS, WAIT_FLIGHT2),
    ROW(WAIT_FLIGHT2,  AUTO, NONE,                 when_asked,           0, WAIT_CERT),
    ROW(WAIT_FLIGHT2,  AUTO, NONE,                 NULL,                 0, WAIT_FINISHED),
    ROW(WAIT_CERT,     RECV, CERTIFICATE,          NULL,                 0, GOT_CERT),
    ROW(GOT_CERT,      AUTO, NONE,                 when_no_cert,         0, WAIT_FINISHED),
    ROW(GOT_CERT,      AUTO, NONE,                 NULL,                 0, WAIT_CV),
    ROW(WAIT_CV,       RECV, CERTIFICATE_VERIFY,   NULL,                 0, CHECK_PEER),
    ROW(CHECK_PEER,    OP,   PEER,                 NULL,                 0, WAIT_FINISHED),
    ROW(WAIT_FINISHED, RECV, FINISHED,             NULL,
        DERIVE_RESUMPTION | READ_APP, CONNECTED),
};
const struct table later_server_table = { later_server_rows,
    sizeof later_server_rows / sizeof *later_server_rows };

static const struct edge later_post_client_rows[] = {
    ROW(CONNECTED,     RECV, DATA,                 when_stream,          0, CONNECTED),
    ROW(CONNECTED,     RECV, NEW_SESSION_TICKET,   NULL,                 0, CONNECTED),
    ROW(CONNECTED,     RECV, KEY_UPDATE,           when_stream,          READ_NEXT, CONNECTED),
    ROW(CONNECTED,     SEND, KEY_UPDATE,           when_stream,          WRITE_NEXT, CONNECTED),
};
const struct table later_post_client_table = { later_post_client_rows,
    sizeof later_post_client_rows / sizeof *later_post_client_rows };

static const struct edge later_post_server_rows[] = {
    ROW(CONNECTED,     RECV, DATA,                 when_stream,          0, CONNECTED),
    ROW(CONNECTED,     RECV, KEY_UPDATE,           when_stream,          READ_NEXT, CONNECTED),
    ROW(CONNECTED,     SEND, KEY_UPDATE,           when_stream,          WRITE_NEXT, CONNECTED),
    ROW(CONNECTED,     SEND, NEW_SESSION_TICKET,   NULL,                 0, CONNECTED),
};
const struct table later_post_server_table = { later_post_server_rows,
    sizeof later_post_server_rows / sizeof *later_post_server_rows };
