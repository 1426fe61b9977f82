/* Marks memory as secret to the tool that runs the program: valgrind's memcheck, or clang's
 * MemorySanitizer, which report every branch and every address that depends on undefined bytes.
 * WITH_TOOL is defined if there is one. */
#ifndef TESTS_CT_SECRET_H
#define TESTS_CT_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define WITH_MSAN
#endif
#endif

#if defined(WITH_MSAN)
#include <sanitizer/msan_interface.h>
#define WITH_TOOL
#define SECRET(memory, size) __msan_poison(memory, size)
#define PUBLIC(memory, size) __msan_unpoison(memory, size)
#define IS_SECRET(memory, size) (__msan_test_shadow(memory, size) >= 0)
#elif defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define SECRET(memory, size) (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, size)
#define PUBLIC(memory, size) (void)VALGRIND_MAKE_MEM_DEFINED(memory, size)
#define IS_SECRET(memory, size) (VALGRIND_GET_VBITS(memory, shadow, size) == 1 && any(shadow, size))
#define WITH_MEMCHECK
#define WITH_TOOL
#endif
#endif

#ifdef WITH_MEMCHECK
static uint8_t shadow[256];

static bool any(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return true;
        }
    }
    return false;
}
#endif

#endif
