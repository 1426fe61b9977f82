/* The tables that the model judges, and the facts that tell one of their handshakes apart. */
#include "handshake/handlers.h"
#include "model.h"

/* Of the hellos' rows those that lead to TLS 1.2: what else there is, is TLS 1.3's and judged
 * there. No handler is run here; it must only be there. */
static const struct edge client_hello_rows[] = {
    { START,   SEND, CLIENT_HELLO, write_certificate, NULL, 0, WAIT_SH },
    { WAIT_SH, RECV, SERVER_HELLO, on_certificate,    NULL, 0, GOT_SH },
};
static const struct table hello_client12 = { client_hello_rows, 2 };

const struct subject subjects[SUBJECTS] = {
    {
        .name = "TLS 1.3",
        .tls13 = true,
        .handlers = true,
        .tickets = true,
        .tables = {
            [CLIENT] = { &hello_client_table, &client13_table, &post_client13_table },
            [SERVER] = { &hello_server_table, &server13_table, &post_server13_table },
        },
        .choices = { FACT_RETRY, FACT_COMPAT, FACT_ASKED, FACT_NO_CERT, FACT_PSK },
        .choice_count = 5,
    },
    {
        .name = "TLS 1.2",
        .handlers = true,
        .tables = {
            [CLIENT] = { &hello_client12, &client12_table, &post_client12_table },
            [SERVER] = { &hello_server_table, &server12_table, &post_server12_table },
        },
        .choices = { FACT_ASKED, FACT_NO_CERT, FACT_OCSP, FACT_STATUS_OMITTED, FACT_NST,
            FACT_RESUMED, FACT_RSA },
        .choice_count = 7,
    },
    {
        .name = "TLS 1.3 with 0-RTT and QUIC, to come",
        .tls13 = true,
        .tickets = true,
        .tables = {
            [CLIENT] = { &later_client_table, NULL, &later_post_client_table },
            [SERVER] = { &later_server_table, NULL, &later_post_server_table },
        },
        .choices = { FACT_RETRY, FACT_COMPAT, FACT_ASKED, FACT_NO_CERT, FACT_PSK, FACT_EARLY,
            FACT_ACCEPTED, FACT_QUIC },
        .choice_count = 8,
    },
};

const char *any_state_name(unsigned state)
{
    static const char *const more[ALL_STATES - STATES] = {
#define X(name) #name,
        MORE_STATES_OF_A_HANDSHAKE(X)
#undef X
    };
    if (state < STATES) {
        return state_name((enum state)state);
    }
    return state < ALL_STATES ? more[state - STATES] : "?";
}

const char *any_message_name(unsigned message)
{
    static const char *const more[ALL_MESSAGES - WORKS] = { "EndOfEarlyData" };
    if (message < WORKS) {
        return message_name((enum message)message);
    }
    return message < ALL_MESSAGES ? more[message - WORKS] : "?";
}

const char *role_name(int role)
{
    return role == CLIENT ? "client" : "server";
}
