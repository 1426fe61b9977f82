/* A whole connection driven by fuzz input, as client or as server, with real crypto and a chance
 * that repeats itself. Byte 0 has the switches, the rest is bytes for the connection or a script
 * for its peer; see drive.c. */
#ifndef TESTS_DRIVE_H
#define TESTS_DRIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs one input; aborts when a property does not hold. */
void drive(bool server, const uint8_t *data, size_t size);

#endif
