/* International domain names: see idn.h. IDNA2008: RFC 5890 (terms), RFC 5891, 5 (looking up), RFC
 * 5892 (which characters), RFC 5893 (right to left). Not UTS 46: its mappings make another name
 * of the one that was written. The names are the user's, never a peer's; libidn2's memory is
 * malloc's. */
#include "x509/idn.h"

#include <idn2.h>
#include <string.h>

#include "x509/name.h"

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

/* `ascii` gets memory of libidn2's. */
static bool convert(const char *text, uint8_t **ascii, const char *shown, struct hf_error *error)
{
    uint8_t lower[4 * IDN_SIZE];
    size_t length = strlen(text);
    if (length >= sizeof lower) {
        return fail(error, ERR_bad_configuration, "\"%s…\" is too long for a DNS name", shown);
    }
    for (size_t i = 0; i <= length; i++) {
        bool capital = text[i] >= 'A' && text[i] <= 'Z';
        lower[i] = (uint8_t)(capital ? text[i] + ('a' - 'A') : text[i]);
    }
    int status = idn2_lookup_u8(lower, ascii, IDN2_NFC_INPUT | IDN2_NO_TR46);
    if (status == IDN2_MALLOC) {
        return fail(error, ERR_out_of_memory, "the A-labels of \"%s\"", shown);
    }
    return status == IDN2_OK || fail(error, ERR_bad_configuration, "\"%s\" is no DNS name of "
        "IDNA2008 (%s: %s); letters beyond ASCII are given in lower case", shown,
        idn2_strerror_name(status), idn2_strerror(status));
}

bool idn_to_ascii(const char *text, char out[IDN_SIZE], struct hf_error *error)
{
    char shown[96] = "";
    uint8_t *converted = NULL;
    const char *ascii = text;
    text_append_safe(shown, sizeof shown, bytes_of(text, strlen(text)));
    if (!is_ascii(text)) {
        TRY(convert(text, &converted, shown, error));
        ascii = (const char *)converted;
    }
    size_t size = strlen(ascii) + 1;
    bool fits = size <= IDN_SIZE;
    if (fits) {
        memcpy(out, ascii, size);
    }
    idn2_free(converted);
    return fits || fail(error, ERR_bad_configuration, "\"%s…\" is too long for a DNS name",
        shown);
}
