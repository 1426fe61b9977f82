/* What the first bytes of a connection look like when they are not TLS: see guess.h. A table of how
 * protocols begin (RFC 9110, 5321, 959, 9051, 1939, 4253, 6120, 4511; SSLv2's hello: RFC 5246, E.2;
 * PostgreSQL, MySQL, Redis, RDP, VNC and SOCKS by their makers' documents), first match wins. */
#include "record/guess.h"

#include <string.h>

enum { PATTERN_MAX = 16 };

/* In `pattern`, '#' stands for a digit and '?' for any byte, unless `exact`. */
struct pattern {
    uint8_t length;
    bool exact;
    char pattern[PATTERN_MAX];
    const char *words;
};

#define TEXT(pattern, words) { sizeof(pattern) - 1, true, pattern, words },
#define MASK(pattern, words) { sizeof(pattern) - 1, false, pattern, words },

static const struct pattern patterns[] = {
    TEXT("GET ", "an HTTP request (GET)")
    TEXT("HEAD ", "an HTTP request (HEAD)")
    TEXT("POST ", "an HTTP request (POST)")
    TEXT("PUT ", "an HTTP request (PUT)")
    TEXT("DELETE ", "an HTTP request (DELETE)")
    TEXT("OPTIONS ", "an HTTP request (OPTIONS)")
    TEXT("TRACE ", "an HTTP request (TRACE)")
    TEXT("PATCH ", "an HTTP request (PATCH)")
    TEXT("CONNECT ", "an HTTP proxy request (CONNECT)")
    TEXT("PRI * HTTP/2.0", "an HTTP/2 connection preface without TLS")
    TEXT("HTTP/", "an HTTP answer without TLS")
    TEXT("RTSP/", "an RTSP answer")
    TEXT("<stream", "an XMPP stream without TLS")
    TEXT("<?xml", "XML, perhaps an XMPP stream without TLS")
    TEXT("<!DOCTYPE", "an HTML page")
    TEXT("<html", "an HTML page")
    TEXT("SSH-", "an SSH banner")
    TEXT("* OK", "an IMAP greeting (* OK)")
    TEXT("* BYE", "an IMAP refusal (* BYE)")
    TEXT("* PREAUTH", "an IMAP greeting (* PREAUTH)")
    TEXT("* BAD", "an IMAP error (* BAD)")
    TEXT("+OK", "a POP3 greeting (+OK)")
    TEXT("-ERR", "a POP3 or Redis error (-ERR)")
    TEXT("-NOAUTH", "a Redis error (-NOAUTH)")
    TEXT("220 ", "an SMTP or FTP greeting (220)")
    TEXT("220-", "an SMTP or FTP greeting (220)")
    TEXT("421 ", "an SMTP or FTP refusal (421)")
    TEXT("554 ", "an SMTP refusal (554)")
    MASK("### ", "an SMTP, FTP or NNTP answer")
    MASK("###-", "an SMTP, FTP or NNTP answer")
    TEXT("EHLO ", "an SMTP command (EHLO)")
    TEXT("HELO ", "an SMTP command (HELO)")
    TEXT("STARTTLS", "a STARTTLS command")
    TEXT("PROXY ", "a PROXY protocol header")
    TEXT("\r\n\r\n\0\r\nQUIT\n", "a PROXY protocol header (version 2)")
    TEXT("RFB 00", "a VNC greeting (RFB)")
    TEXT("@RSYNCD:", "an rsync greeting")
    TEXT("AMQP", "an AMQP header")
    TEXT("\0\0\0\x08\x04\xd2\x16\x2f", "a PostgreSQL SSLRequest")
    MASK("??\0\0\x0a#", "a MySQL or MariaDB greeting")
    MASK("??\0\0\xff", "a MySQL or MariaDB error")
    MASK("E\0\0??", "a PostgreSQL error")
    MASK("\0\0?\x04\0\0\0\0\0", "an HTTP/2 SETTINGS frame without TLS")
    TEXT("\x03\0\0", "a Remote Desktop (TPKT) packet")
    TEXT("\x05\0", "a SOCKS5 answer")
    TEXT("\x05\x01\0", "a SOCKS5 greeting")
    TEXT("0\x0c\x02\x01", "an LDAP message")
    TEXT("0\x84", "an LDAP message")
    MASK("\x14\xfe?", "a DTLS record")
    MASK("\x15\xfe?", "a DTLS alert")
    MASK("\x16\xfe?", "a DTLS handshake record")
    MASK("\x17\xfe?", "a DTLS record")
};

static bool byte_fits(const struct pattern *p, size_t i, uint8_t byte)
{
    char wanted = p->pattern[i];
    if (!p->exact && wanted == '?') {
        return true;
    }
    if (!p->exact && wanted == '#') {
        return byte >= '0' && byte <= '9';
    }
    return byte == (uint8_t)wanted;
}

/* The number of pattern bytes that fit, or 0 when one of those at hand does not. */
static size_t fitting(const struct pattern *p, const uint8_t *data, size_t length)
{
    size_t n = length < p->length ? length : p->length;
    for (size_t i = 0; i < n; i++) {
        if (!byte_fits(p, i, data[i])) {
            return 0;
        }
    }
    return n;
}

/* RFC 5246, E.2: a two-byte length with its high bit set, type 1, then the version. */
static const char *guess_sslv2(const uint8_t *data, size_t length)
{
    if (length < 5 || (data[0] & 0x80) == 0 || data[2] != 1) {
        return NULL;
    }
    if (data[3] == 0 && data[4] == 2) {
        return "an SSL 2.0 ClientHello";
    }
    return data[3] == 3 ? "a ClientHello in SSL 2.0 form, for a later version" : NULL;
}

static bool is_text(const uint8_t *data, size_t length)
{
    size_t n = length < 16 ? length : 16;
    for (size_t i = 0; i < n; i++) {
        bool printable = data[i] >= 0x20 && data[i] < 0x7f;
        if (!printable && data[i] != '\r' && data[i] != '\n' && data[i] != '\t') {
            return false;
        }
    }
    return n > 0;
}

const char *guess_protocol(const uint8_t *data, size_t length)
{
    const char *sslv2 = guess_sslv2(data, length);
    if (sslv2 != NULL) {
        return sslv2;
    }
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        if (fitting(&patterns[i], data, length) == patterns[i].length) {
            return patterns[i].words;
        }
    }
    return is_text(data, length) ? "lines of text" : "an unknown protocol";
}

bool guess_may_follow(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        size_t fits = fitting(&patterns[i], data, length);
        if (fits == length && fits < patterns[i].length) {
            return true;
        }
    }
    return length < 5 && length > 0 && (data[0] & 0x80) != 0;
}
