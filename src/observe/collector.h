/* What a trace told about one connection: the events with copies of what they borrowed, and a
 * summary. Reports are made from it. Its memory is bounded: what comes later is counted, not
 * kept. */
#ifndef OBSERVE_COLLECTOR_H
#define OBSERVE_COLLECTOR_H

#include "crypto/suite.h"
#include "handfast/trace.h"
#include "observe/ja.h"
#include "wire/hello.h"

enum { COLLECTOR_EVENTS_MAX = 4096, COLLECTOR_BYTES_MAX = 1 << 20 };

enum collect { COLLECT_SUMMARY, COLLECT_MESSAGES, COLLECT_BYTES };

/* What the last ServerHello agreed on; messages have other forms in TLS 1.2 and for each of its key
 * exchanges. */
struct agreed {
    const struct suite *suite; /* NULL: no ServerHello yet, or a suite that we do not speak */
    bool resumed;
};

/* An event that was kept. What it points to lives as long as the collector. */
struct observed {
    uint64_t at_us;        /* since the collector began */
    hf_event event;
    struct agreed agreed;  /* up to this event, a ServerHello itself included */
    void *copy;            /* of the bytes or words that the event borrowed */
    size_t copied;
};

struct collector {
    enum collect level;
    uint64_t (*now_us)(void);
    uint64_t begin_us;

    struct observed *events;
    size_t count;
    size_t capacity;
    size_t bytes;
    size_t lost;           /* events that were not kept */

    struct agreed agreed;
    uint8_t session_id[SESSION_ID_MAX]; /* of the last ClientHello */
    size_t session_id_length;

    /* The summary. */
    char ja3[JA3_TEXT];    /* "" until the hello was seen */
    char ja3s[JA3_TEXT];
    char ja4[JA4_TEXT];
    uint64_t connected_us; /* since the beginning; 0: not yet */
    uint64_t crypto_us;    /* in slow operations */
    uint64_t operation_us; /* when the one under way began */
    bool finished_sent;
    bool finished_received;
    unsigned records_after; /* received after both Finished */
    unsigned read_updates;  /* KeyUpdates of the peer */
    bool failed;
    hf_error error;        /* when failed */
};

/* `now_us`: any clock that only goes forward. */
void collector_begin(struct collector *collector, enum collect level, uint64_t (*now_us)(void));

/* An hf_trace_callback whose `user` is a struct collector. */
void collector_trace(void *user, hf_connection *connection, const hf_event *event);

/* Forgets the events from `from` on, so that later ones find room. */
void collector_forget(struct collector *collector, size_t from);

void collector_free(struct collector *collector);

#endif
