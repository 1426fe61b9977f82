/* A connection on a blocking file descriptor, for simple programs. The descriptor stays the
 * caller's. */
#ifndef HANDFAST_STREAM_H
#define HANDFAST_STREAM_H

#include <sys/types.h>

#include "handfast/connection.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_stream hf_stream;

/* Makes a connection on `fd` (connected) and completes the handshake. NULL: `error` says why. */
HF_API hf_stream *hf_stream_connect(hf_config *config, const char *identity, int fd,
    hf_error *error);
HF_API hf_stream *hf_stream_accept(hf_config *config, int fd, hf_error *error);
/* Bytes read; 0: the peer closed (close_notify); -1: failed (hf_stream_error). */
HF_API ssize_t hf_stream_read(hf_stream *stream, void *data, size_t length);
/* Writes all of it. False: failed. */
HF_API HF_MUST_CHECK bool hf_stream_write(hf_stream *stream, const void *data, size_t length);
/* Sends close_notify. */
HF_API HF_MUST_CHECK bool hf_stream_close(hf_stream *stream);
HF_API const hf_error *hf_stream_error(const hf_stream *stream);
HF_API hf_connection *hf_stream_connection(hf_stream *stream);
HF_API void hf_stream_free(hf_stream *stream); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
