/* The tables that the model judges, and the facts that tell one of their handshakes apart. */
#include "model.h"

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
        .name = "TLS 1.2, to come",
        .tables = {
            [CLIENT] = { &data_client12_table, NULL, &data_post12_table },
            [SERVER] = { &data_server12_table, NULL, &data_post12_table },
        },
        .choices = { FACT_ASKED, FACT_NO_CERT, FACT_OCSP, FACT_STATUS_OMITTED, FACT_NST,
            FACT_RESUMED },
        .choice_count = 6,
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
