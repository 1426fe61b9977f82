/* What the processor has, as X25519's kernels need it: AVX-512 F, DQ, VL and IFMA, and BMI2; and
 * that the system saves the registers they use (XCR0). From the vendors' manuals: Intel SDM, 1,
 * 15.2 to 15.4 (detection of AVX-512), and 2A, CPUID. */
#include "crypto/x25519/kernels.h"

#if X25519_IFMA

#include <cpuid.h>

enum {
    LEAF1_ECX_OSXSAVE = 1 << 27,
    LEAF7_EBX_BMI2 = 1 << 8,
    LEAF7_EBX_AVX512F = 1 << 16,
    LEAF7_EBX_AVX512DQ = 1 << 17,
    LEAF7_EBX_AVX512IFMA = 1 << 21,
    XCR0_SAVED = 0xe6 /* XMM, YMM, opmask, the upper halves of ZMM0-15, ZMM16-31 */
};

#define LEAF7_EBX_AVX512VL (1U << 31)

static unsigned xcr0(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool cpu_has_ifma(void)
{
    const unsigned wanted = LEAF7_EBX_BMI2 | LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512DQ
        | LEAF7_EBX_AVX512IFMA | LEAF7_EBX_AVX512VL;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & LEAF1_ECX_OSXSAVE) == 0
        || (xcr0() & XCR0_SAVED) != XCR0_SAVED) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & wanted) == wanted;
}

#else

bool cpu_has_ifma(void)
{
    return false;
}

#endif
