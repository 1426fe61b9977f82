/* The help texts. They name what this version has; what it refuses is not advertised. */
#include "cli/verbs.h"

static const char whole[] =
    "handfast: TLS handshakes, made and explained\n"
    "\n"
    "  handfast connect HOST[:PORT] | URL   make a handshake, explain it, pipe stdin and stdout\n"
    "  handfast serve                       a TLS server: files, echo or a fixed answer\n"
    "  handfast cert FILE… | HOST           show, verify, match and order certificates\n"
    "  handfast suite NAME | 0xHHHH         decode a suite, group, scheme, extension or alert\n"
    "  handfast help VERB                   the flags of a verb\n"
    "\n"
    "  -h, --help    -V, --version (also names the libcrypto in use)\n"
    "\n"
    "exit codes: 0 well, 1 findings, 2 usage, 3 nothing to shake hands with,\n"
    "4 the handshake failed, 5 a certificate was refused by us, 6 it broke what you demand\n";

#define COMMON \
    "  --json, --jsonl            documents on stdout; words never go there\n" \
    "  -v, -q                     more words, fewer words\n" \
    "  --color auto|always|never  (and NO_COLOR)\n" \
    "  --cert FILE, --key FILE    our certificate chain and key, PEM\n" \
    "  --pass-file FILE           its first line is the passphrase of encrypted keys\n" \
    "  --tlsv1.2, --tlsv1.3       the lowest version; --tls-max 1.2|1.3: the highest\n" \
    "  --policy NAME              modern (1.3 alone), intermediate (the default), pci, legacy\n" \
    "                             (adds suites of TLS 1.2 without forward secrecy, or with DHE)\n" \
    "  --ciphers LIST, --groups LIST, --sigalgs LIST\n" \
    "                             IANA or OpenSSL names, colon or comma between\n" \
    "  --alpn LIST                application protocols, such as h2,http/1.1\n" \
    "  --keylog FILE              append secrets for packet analysers (also SSLKEYLOGFILE)\n" \
    "  --trace, --trace=bytes     every event; with each field and its bytes\n"

static const char connect[] =
    "handfast connect HOST[:PORT] | [IPv6]:PORT | URL\n"
    "\n"
    "Makes a handshake and explains it on stderr, then pipes stdin and stdout. With --json it\n"
    "prints one document (handfast.connect/1) and ends; with --jsonl the events come first, a\n"
    "line each.\n"
    "\n"
    "  --name IDENTITY            verify this name, not HOST\n"
    "  --servername NAME          send this name as SNI; --noservername: send none\n"
    "  --cacert FILE, --capath DIR  trust these instead of the system's roots\n"
    "  -k, --insecure             go on when the certificate fails\n"
    "  --ocsp none|stapled|require  ask for a stapled OCSP response, and demand a good one\n"
    "  --crl FILE                 look for revocation in this list (PEM or DER)\n"
    "  --pinnedpubkey sha256//BASE64[;…]  one of these keys must be on the path\n"
    "  --at TIME                  verify as of this time (RFC 3339)\n"
    "  --connect-timeout S, --max-time S\n"
    "  --resolve HOST:PORT:ADDR   instead of the resolver;  -4, -6\n"
    "  --sess-out FILE            keep the session that the server grants; --sess-in FILE: offer\n"
    "                             one; the file is as secret as a private key\n"
    "  --reconnect                connect a second time, with the session of the first; with\n"
    "                             --json the first one's document stands under \"first\"\n"
    "  --key-update               ask for new keys both ways after the handshake\n"
    "  --brief                    the result alone\n"
    COMMON;

static const char serve[] =
    "handfast serve --cert FILE --key FILE | --self-signed NAME\n"
    "\n"
    "Says on stderr \"listening on ADDR:PORT\" once ready, and a line for every handshake.\n"
    "\n"
    "  --listen [ADDR:]PORT       default 127.0.0.1:4433; port 0 picks one\n"
    "  --cert/--key               up to 16 pairs, chosen by SNI and by what the client can verify\n"
    "  --self-signed NAME[,NAME]  a throw-away CA and leaf; --self-signed-ca FILE gets the CA\n"
    "  --client-ca FILE           trusted for client certificates\n"
    "  --client-auth none|request|require;  --crl FILE looks for their revocation\n"
    "  --ocsp-response FILE       staple it (DER); read again when it changes; in --cert's order\n"
    "  --www DIR                  serve the files of a folder\n"
    "  --echo                     send back what comes\n"
    "  --response TEXT            answer every request with a text; by default with the facts\n"
    "  --tickets N                after a handshake, 0 to 8 (TLS 1.2: one); default 2; 0: no\n"
    "                             sessions at all; --ticket-lifetime S: 86400 by default\n"
    "  --count N                  end after N connections\n"
    "  --jsonl                    handfast.handshake/1 lines on stdout\n"
    COMMON;

static const char cert[] =
    "handfast cert FILE… | HOST[:PORT] [FILE…] | URL\n"
    "\n"
    "Shows certificates and private keys, PEM or DER, from files or as a host sends them.\n"
    "All files together are one pile: its first certificate that is no CA's is the leaf.\n"
    "\n"
    "  --json                     handfast.cert/1\n"
    "  --verify                   to a trusted root: --cacert FILE, --capath DIR, or the system's\n"
    "  --name IDENTITY            verify this name (a host is verified as itself)\n"
    "  --purpose server|client    verify for this role\n"
    "  --at TIME                  as of this time (RFC 3339)\n"
    "  --crl FILE                 look for revocation in this list (PEM or DER)\n"
    "  --ocsp-response FILE       and in this response (DER)\n"
    "  --pass-file FILE           its first line is the passphrase of encrypted keys\n"
    "  --match-key FILE           fail unless a certificate belongs to this private key\n"
    "  --chain-out FILE           write leaf and intermediates in order, the root left out\n"
    "  --warn-days N              exit 1 when one expires within N days\n"
    "  --fail-on expiring|never   with or without exit 1 (expiring alone: 30 days)\n"
    "  --connect-timeout S, --max-time S, --resolve HOST:PORT:ADDR, -4, -6, --servername NAME\n"
    "  -q                         failures and findings alone\n";

static const char suite[] =
    "handfast suite NAME | 0xHHHH | NUMBER …\n"
    "\n"
    "Decodes a cipher suite, group, signature scheme, extension, alert, message or version.\n"
    "\n"
    "  --json                     handfast.suite/1\n";

const char *help_text(enum verb verb)
{
    return verb == VERB_CONNECT ? connect : verb == VERB_SERVE ? serve : verb == VERB_SUITE ? suite
        : verb == VERB_CERT ? cert : whole;
}
