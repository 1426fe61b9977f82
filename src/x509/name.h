/* Distinguished names (RFC 5280, 4.1.2.4) and general names (4.2.1.6): reading, comparing,
 * wording. */
#ifndef X509_NAME_H
#define X509_NAME_H

#include "x509/der.h"

/* One AttributeTypeAndValue. */
struct attribute {
    hf_bytes type;   /* the OID's contents */
    uint8_t tag;     /* of the value */
    hf_bytes value;
    bool starts_set; /* the first of its RelativeDistinguishedName */
};

struct name_walk {
    hf_reader sets;
    hf_reader set;
};

/* Reads a Name and checks its form; `name` is the whole of it, with tag and length. */
bool name_read(hf_reader *r, const char *field, hf_bytes *name, struct hf_error *error);

/* Walks a Name that name_read has checked; an empty view has no attributes. */
void name_begin(struct name_walk *walk, hf_bytes name);
bool name_next(struct name_walk *walk, struct attribute *attribute);

bool name_is_empty(hf_bytes name);

/* RFC 5280, 7.1: strings without regard to case of ASCII letters, nor to spaces at the ends or how
 * many in a row; everything else byte by byte. */
bool name_equal(hf_bytes a, hf_bytes b);

/* Equal names have equal hashes. */
uint32_t name_hash(hf_bytes name);

/* Whether `name` begins with the RDNs of `base` (a directoryName constraint; 4.2.1.10). */
bool name_within(hf_bytes name, hf_bytes base);

/* The last attribute of a type, the most specific; false: none. */
bool name_attribute(hf_bytes name, hf_bytes type, hf_bytes *value);

/* How people call it: the common name, else the organisation, else all of it; cut, terminated. */
void name_short(hf_bytes name, char *text, size_t capacity);

/* The common name's type. */
#define OID_COMMON_NAME OID("\x55\x04\x03")
#define OID_EMAIL_ADDRESS OID("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")

enum general_type { GENERAL_OTHER, GENERAL_EMAIL, GENERAL_DNS, GENERAL_X400, GENERAL_DIRECTORY,
    GENERAL_EDI, GENERAL_URI, GENERAL_IP, GENERAL_REGISTERED };

struct general_name {
    enum general_type type;
    hf_bytes value; /* a directory name: the whole Name; else the contents */
};

/* Reads one; `constraint`: it stands in a name constraint, where an IP address brings its mask. */
bool general_name_read(hf_reader *r, const char *field, bool constraint, struct general_name *name,
    struct hf_error *error);

/* "192.0.2.1", or RFC 5952's text of 16 bytes. */
void ip_text(hf_bytes ip, char text[48]);

/* In words: "example.com", "192.0.2.1", "mail:…". */
void general_name_text(const struct general_name *name, char *text, size_t capacity);

/* Appends bytes as UTF-8 for a terminal: control characters, direction marks and bad UTF-8 become
 * \xHH; never cuts a character in two. */
void text_append_safe(char *text, size_t capacity, hf_bytes bytes);

#endif
