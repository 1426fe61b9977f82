/* A client: any bytes from its server, and any edits of what an honest one sends
 * (support/drive.c). */
#include "support/drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive(false, data, size);
    return 0;
}
