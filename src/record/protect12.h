/* The protection of TLS 1.2's records: RFC 5246, 6.2.3.3. */
#ifndef RECORD_PROTECT12_H
#define RECORD_PROTECT12_H

#include "record/record.h"

/* Opens a fragment in place: its content, behind the explicit nonce. False: not authentic, or too
 * short for nonce and tag; what was to be the content is zeroed. */
bool protect12_open(struct record_half *half, const struct record_header *header, uint8_t *record,
    hf_bytes *plain);

/* Seals `data` into `record`, whose header is written; data may stand there already. */
bool protect12_seal(struct record_half *half, hf_bytes data, uint8_t *record);

#endif
