/* A server: any bytes from its client, and any edits of what an honest one sends
 * (support/drive.c). */
#include "support/drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive(true, data, size);
    return 0;
}
