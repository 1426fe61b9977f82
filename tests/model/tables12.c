/* The tables of TLS 1.2, kept as data until the issue that brings it: RFC 5246, 7.3; RFC 5077; RFC
 * 6066, 8; RFC 7627 (the master secret covers ClientKeyExchange). An acknowledged ticket must
 * arrive; an acknowledged OCSP status may be absent. */
#include "handshake/handlers.h"
#include "model.h"

static const struct edge client12_rows[] = {
    ROW(START,         SEND, CLIENT_HELLO,         NULL,                 0, WAIT_SH),
    ROW(WAIT_SH,       RECV, SERVER_HELLO,         NULL,                 0, GOT_SH),
    ROW(GOT_SH,        AUTO, NONE,                 when_resumed,         0, R_NST),
    ROW(GOT_SH,        AUTO, NONE,                 NULL,                 0, WAIT_CERT),
    ROW(R_NST,         RECV, NEW_SESSION_TICKET,   when_ticket,          0, R_CCS),
    ROW(R_NST,         RECV, CHANGE_CIPHER_SPEC,   when_no_ticket,       READ_12, R_FINISHED),
    ROW(R_CCS,         RECV, CHANGE_CIPHER_SPEC,   NULL,                 READ_12, R_FINISHED),
    ROW(R_FINISHED,    RECV, FINISHED,             NULL,                 0, R_SEND_CCS),
    ROW(R_SEND_CCS,    SEND, CHANGE_CIPHER_SPEC,   NULL,                 WRITE_12, R_SEND_FINISHED),
    ROW(R_SEND_FINISHED, SEND, FINISHED,             NULL,                 0, CONNECTED),
    ROW(WAIT_CERT,     RECV, CERTIFICATE,          when_status,            0, WAIT_STATUS),
    ROW(WAIT_CERT,     RECV, CERTIFICATE,          NULL,                 0, WAIT_SKE),
    ROW(WAIT_STATUS,   RECV, CERTIFICATE_STATUS,   NULL,                 0, WAIT_SKE),
    ROW(WAIT_STATUS,   RECV, SERVER_KEY_EXCHANGE,  NULL,                 0, CHECK_PEER),
    ROW(WAIT_SKE,      RECV, SERVER_KEY_EXCHANGE,  NULL,                 0, CHECK_PEER),
    ROW(CHECK_PEER,    OP,   PEER,                 NULL,                 0, WAIT_CR),
    ROW(WAIT_CR,       RECV, CERTIFICATE_REQUEST,  NULL,                 0, WAIT_SHD),
    ROW(WAIT_CR,       RECV, SERVER_HELLO_DONE,    NULL,                 0, EXCHANGE),
    ROW(WAIT_SHD,      RECV, SERVER_HELLO_DONE,    NULL,                 0, SEND_CERT),
    ROW(SEND_CERT,     SEND, CERTIFICATE,          NULL,                 0, EXCHANGE),
    ROW(EXCHANGE,      OP,   SHARED_SECRET,        NULL,                 0, SEND_CKE),
    ROW(SEND_CKE,      SEND, CLIENT_KEY_EXCHANGE,  when_signs,           DERIVE_MASTER, SIGN),
    ROW(SEND_CKE,      SEND, CLIENT_KEY_EXCHANGE,  NULL,                 DERIVE_MASTER, SEND_CCS),
    ROW(SIGN,          OP,   SIGNATURE,            NULL,                 0, SEND_CV),
    ROW(SEND_CV,       SEND, CERTIFICATE_VERIFY,   NULL,                 0, SEND_CCS),
    ROW(SEND_CCS,      SEND, CHANGE_CIPHER_SPEC,   NULL,                 WRITE_12, SEND_FINISHED),
    ROW(SEND_FINISHED, SEND, FINISHED,             when_ticket,          0, WAIT_NST),
    ROW(SEND_FINISHED, SEND, FINISHED,             NULL,                 0, WAIT_CCS),
    ROW(WAIT_NST,      RECV, NEW_SESSION_TICKET,   NULL,                 0, WAIT_CCS),
    ROW(WAIT_CCS,      RECV, CHANGE_CIPHER_SPEC,   NULL,                 READ_12, WAIT_FINISHED),
    ROW(WAIT_FINISHED, RECV, FINISHED,             NULL,                 0, CONNECTED),
};
const struct table data_client12_table = { client12_rows, sizeof client12_rows / sizeof *client12_rows };

static const struct edge server12_rows[] = {
    ROW(START,         RECV, CLIENT_HELLO,         NULL,                 0, RECVD_CH),
    ROW(RECVD_CH,      SEND, SERVER_HELLO,         when_resumed_ticket,  0, R_NST),
    ROW(RECVD_CH,      SEND, SERVER_HELLO,         when_resumed,         0, R_SEND_CCS),
    ROW(RECVD_CH,      SEND, SERVER_HELLO,         NULL,                 0, SEND_CERT),
    ROW(R_NST,         SEND, NEW_SESSION_TICKET,   NULL,                 0, R_SEND_CCS),
    ROW(R_SEND_CCS,    SEND, CHANGE_CIPHER_SPEC,   NULL,                 WRITE_12, R_SEND_FINISHED),
    ROW(R_SEND_FINISHED, SEND, FINISHED,             NULL,                 0, R_WAIT_CCS),
    ROW(R_WAIT_CCS,    RECV, CHANGE_CIPHER_SPEC,   NULL,                 READ_12, R_WAIT_FINISHED),
    ROW(R_WAIT_FINISHED, RECV, FINISHED,             NULL,                 0, CONNECTED),
    ROW(SEND_CERT,     SEND, CERTIFICATE,          when_staples,         0, SEND_STATUS),
    ROW(SEND_CERT,     SEND, CERTIFICATE,          NULL,                 0, SIGN),
    ROW(SEND_STATUS,   SEND, CERTIFICATE_STATUS,   NULL,                 0, SIGN),
    ROW(SIGN,          OP,   SIGNATURE,            NULL,                 0, SEND_SKE),
    ROW(SEND_SKE,      SEND, SERVER_KEY_EXCHANGE,  when_asked,           0, SEND_CR),
    ROW(SEND_SKE,      SEND, SERVER_KEY_EXCHANGE,  NULL,                 0, SEND_SHD),
    ROW(SEND_CR,       SEND, CERTIFICATE_REQUEST,  NULL,                 0, SEND_SHD),
    ROW(SEND_SHD,      SEND, SERVER_HELLO_DONE,    when_asked,           0, WAIT_CERT),
    ROW(SEND_SHD,      SEND, SERVER_HELLO_DONE,    NULL,                 0, WAIT_CKE),
    ROW(WAIT_CERT,     RECV, CERTIFICATE,          NULL,                 0, WAIT_CKE),
    ROW(WAIT_CKE,      RECV, CLIENT_KEY_EXCHANGE,  NULL,                 0, EXCHANGE),
    ROW(EXCHANGE,      OP,   SHARED_SECRET,        when_signs,           DERIVE_MASTER, WAIT_CV),
    ROW(EXCHANGE,      OP,   SHARED_SECRET,        NULL,                 DERIVE_MASTER, WAIT_CCS),
    ROW(WAIT_CV,       RECV, CERTIFICATE_VERIFY,   NULL,                 0, CHECK_PEER),
    ROW(CHECK_PEER,    OP,   PEER,                 NULL,                 0, WAIT_CCS),
    ROW(WAIT_CCS,      RECV, CHANGE_CIPHER_SPEC,   NULL,                 READ_12, WAIT_FINISHED),
    ROW(WAIT_FINISHED, RECV, FINISHED,             when_ticket,          0, SEND_NST),
    ROW(WAIT_FINISHED, RECV, FINISHED,             NULL,                 0, SEND_CCS),
    ROW(SEND_NST,      SEND, NEW_SESSION_TICKET,   NULL,                 0, SEND_CCS),
    ROW(SEND_CCS,      SEND, CHANGE_CIPHER_SPEC,   NULL,                 WRITE_12, SEND_FINISHED),
    ROW(SEND_FINISHED, SEND, FINISHED,             NULL,                 0, CONNECTED),
};
const struct table data_server12_table = { server12_rows, sizeof server12_rows / sizeof *server12_rows };

/* RFC 5246, 7.4.1.1: renegotiation is never taken up, so HelloRequest is in no row. */
static const struct edge post12_rows[] = {
    ROW(CONNECTED,     RECV, DATA,                 NULL,                 0, CONNECTED),
};
const struct table data_post12_table = { post12_rows, sizeof post12_rows / sizeof *post12_rows };
