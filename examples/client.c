#include <handfast/handfast.h>
#include <netdb.h>
#include <stdio.h>

int main(int argc, char **argv) /* client HOST PORT CA.pem */
{
    struct addrinfo *to;
    hf_error why = { .detail = "no connection" };
    hf_trust *trust = hf_trust_new();
    hf_config *config = hf_config_new(HF_CLIENT, NULL);
    hf_config_set_trust(config, trust);
    if (argc == 4 && hf_trust_add_file(trust, argv[3], &why) && hf_config_seal(config, &why) &&
        getaddrinfo(argv[1], argv[2], NULL, &to) == 0) {
        int fd = socket(to->ai_family, SOCK_STREAM, 0);
        hf_stream *tls = connect(fd, to->ai_addr, to->ai_addrlen) != 0 ? NULL :
            hf_stream_connect(config, argv[1], fd, &why);
        if (tls && hf_stream_write(tls, "hello\n", 6) && hf_stream_close(tls)) { return 0; }
    }
    return fprintf(stderr, "%s\n", why.detail), 1;
}
