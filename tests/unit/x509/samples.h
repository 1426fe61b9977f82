/* Certificates made with the openssl command, version 3.0, valid from 2026-11-21 for a hundred
 * years: the algorithms that issue.c does not make, written by somebody else. The recipe:
 *
 *     openssl genpkey ALGORITHM -out NAME.key
 *     openssl req -new -key NAME.key -subj "/O=handfast test/CN=WHO" -out NAME.csr
 *     openssl x509 -req -in NAME.csr -CA BY.pem -CAkey BY.key -days 36500 -extfile EXT DIGEST
 *
 * EXT of CAs: basicConstraints=critical,CA:TRUE, keyUsage=critical,keyCertSign,cRLSign and both key
 * identifiers; of leaves: CA:FALSE, digitalSignature, serverAuth and clientAuth, both identifiers,
 * subjectAltName=DNS:X.example.com,IP:192.0.2.7,IP:2001:db8::7. DIGEST as the comments say; PSS is
 * -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest. */
#ifndef TESTS_X509_SAMPLES_H
#define TESTS_X509_SAMPLES_H

/* RSA 2048, self-signed with SHA-256 */
static const char sample_rsa_root[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDKDCCAhCgAwIBAgIUZ9iSjAqMs744rYNGprhb9ESwDpQwDQYJKoZIhvcNAQEL\n"
    "BQAwKzEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDERMA8GA1UEAwwIUlNBIHJvb3Qw\n"
    "IBcNMjYxMTIxMDE0ODUzWhgPMjEyNjEwMjgwMTQ4NTNaMCsxFjAUBgNVBAoMDWhh\n"
    "bmRmYXN0IHRlc3QxETAPBgNVBAMMCFJTQSByb290MIIBIjANBgkqhkiG9w0BAQEF\n"
    "AAOCAQ8AMIIBCgKCAQEAk97pu0TC5u6FezxSUY3IMKgvKvmhTc8KoEaVRDVvKhrt\n"
    "MMTsTm5xDXqIYLYlIhjjA6CaCdxZX/UZFiaSqtaKLUiEmDMrFR8MFopiK7g6aI8X\n"
    "D0NGucyuf/iQQoNr75i5QFqueRzrM/7FtSp1X4b4Sq8N40PFoYHkk6uMh6HdurNG\n"
    "O4ksYj6kk+2EkHKYddXWvR5/yxjYsj/fnJC0zLUMgVna8F0RvGNpGz8JjiBYeZ/s\n"
    "ouLO/tutOoLeoj0whCrfNMybDitiqJCuSP8/PfyOzlYd+Nq58SFNh9827MRHScav\n"
    "LWQ1Mx+ewVgGTZJ3wpte0PeCtfjSDnonSnTvvYY0xwIDAQABo0IwQDAPBgNVHRMB\n"
    "Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUtlZQuGKO5zWNM3zX\n"
    "MG/epnEr2hwwDQYJKoZIhvcNAQELBQADggEBAJDs+E7GZBrCKDBosTNmNU6Dflte\n"
    "iargLlvR2X69I082l/vjRl4cIXzQZI3Ww90Nlqg9LWmF+szwAfngFrLvmal6pZ0H\n"
    "qhtRbJ2tGDHNFbP5fHMdgFD51WHVCS63CxsNcyJGI7ppmu273sHEJqGDjEhb9qm/\n"
    "pst6IP58FXZ3IZDyWvCK2ZdJjf44euS2PPOC0CRhkBXq+eD5EU1a765cJ3VXF/lf\n"
    "6wFde5jGmkuu0K/FOF8iWK4cBC+oc+VDJ9mwzfE4E+t+Ckuy2UfDRLlM00/ODUym\n"
    "mhYTcPT41Mwdijrvmg9GpOxfOu8X4wbo/IFtxdRebLrPuyEFA9RG1nugLDk=\n"
    "-----END CERTIFICATE-----\n";

/* RSA-PSS 2048, by rsa_root with SHA-384 */
static const char sample_pss_int[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDTzCCAjegAwIBAgIUbSeJt96HyaTv0k3zwPC7DKndeDowDQYJKoZIhvcNAQEM\n"
    "BQAwKzEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDERMA8GA1UEAwwIUlNBIHJvb3Qw\n"
    "IBcNMjYxMTIxMDE0ODUzWhgPMjEyNjEwMjgwMTQ4NTNaMDMxFjAUBgNVBAoMDWhh\n"
    "bmRmYXN0IHRlc3QxGTAXBgNVBAMMEFBTUyBpbnRlcm1lZGlhdGUwggEgMAsGCSqG\n"
    "SIb3DQEBCgOCAQ8AMIIBCgKCAQEArwaX4HgJQv3jfYQgxQG40RBS2kj37NDfoOGR\n"
    "1L1RYVMEed5qXvYgkcoTxf9/cq8JG2dmhvicm5V+BuwNsHyqHAyJQufF4IIK+++Q\n"
    "lvTPU1tDoMN9Tg76H6lp29Q5nSVS3UnhVCjOUuvnGobUlNYXomO5RhQ6dchpMxLK\n"
    "Uh/BQr7VSvJvyu90ardPgOzylYL5WcGCKJLjQaP29qerZs0DesVyBUfqJlKGOzW6\n"
    "Bwcr1jwFi9o96mjx7xqrhgBTImX7HYKpidfkm4peBA2FaPU2MMJuFqPPiD/hwVlN\n"
    "wmZrERUm16SmQBnSfN/qzGXzT1RdovbZ0ZqYD3fVbAD6tQo5OwIDAQABo2MwYTAP\n"
    "BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUAgsB3c/W\n"
    "TD0mw8iCVkcnD6M3hFIwHwYDVR0jBBgwFoAUtlZQuGKO5zWNM3zXMG/epnEr2hww\n"
    "DQYJKoZIhvcNAQEMBQADggEBABSyp1VZpnBxmf9IeBRwzA4RP8bHrnsGrW9UUOtt\n"
    "AElZYOH6zWV5IiI9MD/PxpKlO8ETWpwNjqU5UTpj+LdZW9dMuSuw5kRTaAwtdw+a\n"
    "JowYJoM7RyuQrNSBOACPwNkiHdeJsAZA2UxwNTrBJQz0K+1DkHrFnJy3WEPtWMMX\n"
    "l+dIS8hXygtWyJyCg1i1rlabRJ7fdp9ee/7Sn6zDfv6qGjr4jY7U7W4zvu8aEyrN\n"
    "8YpAX42s+AxiCUQpPKv4cZFVseHCuCBe2guNXay1aqCpcWvkU0eNu+kGa3sHZ7kt\n"
    "vC7j2dPmn5CZTUk+eSeTYRc2QhTa6B/SZrpTkmPGx1m3xu8=\n"
    "-----END CERTIFICATE-----\n";

/* P-256, by pss_int, PSS with SHA-256 */
static const char sample_pss_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDQDCCAfSgAwIBAgIUQx93QQxlg6Y+0OtkZd+GDorPLSIwQQYJKoZIhvcNAQEK\n"
    "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEF\n"
    "AKIDAgEgMDMxFjAUBgNVBAoMDWhhbmRmYXN0IHRlc3QxGTAXBgNVBAMMEFBTUyBp\n"
    "bnRlcm1lZGlhdGUwIBcNMjYxMTIxMDE0ODUzWhgPMjEyNjEwMjgwMTQ4NTNaMCsx\n"
    "FjAUBgNVBAoMDWhhbmRmYXN0IHRlc3QxETAPBgNVBAMMCHBzcyBsZWFmMFkwEwYH\n"
    "KoZIzj0CAQYIKoZIzj0DAQcDQgAE69TENrMoubXkvJHxbDeHC3mEgemPULKNvuDQ\n"
    "UnsIQ0stjIzLmgkH79V3aobk7EdYfOE7c1zuPnCANMLIofo/oqOBtDCBsTAMBgNV\n"
    "HRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAdBgNVHSUEFjAUBggrBgEFBQcDAQYI\n"
    "KwYBBQUHAwIwHQYDVR0OBBYEFIFFVjaWJXGHP4FGME+5Lm4rxMYGMB8GA1UdIwQY\n"
    "MBaAFAILAd3P1kw9JsPIglZHJw+jN4RSMDIGA1UdEQQrMCmCD3Bzcy5leGFtcGxl\n"
    "LmNvbYcEwAACB4cQIAENuAAAAAAAAAAAAAAABzBBBgkqhkiG9w0BAQowNKAPMA0G\n"
    "CWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogMCASAD\n"
    "ggEBAB6ZU7axKeeOzmFEQdBm3hs3/t5tJk+lFvg2L7okCLje19hh/JT/c1iNFTHK\n"
    "3rTmlkdCrq/hkZY6MNfmRqpbsyqsfgroWlu3FvVeUdJY2v/9MSD91nxHTcBJbzIH\n"
    "azOLaFzPBDcQrLPxiLYQ0rDRqYtsX9i+/KsxPGQE13Rweo/51/beMmt3HFLdvlyP\n"
    "LbLjLdqHclOE5VDeuTYZ+i3rPsagb3Sihss8uhhCyJXknD0ngtiCLwBGvaOvWZO2\n"
    "MCIM9Xlnak0kuCiLLysxNIu9RWwWuTjX7CuQh5s4oicyZHgN6b7aaoBE8evPVAMR\n"
    "5ED5FAeqLxUYEjmUNlKSeyNtSQo=\n"
    "-----END CERTIFICATE-----\n";

/* P-256, by rsa_root, PSS with SHA-512 */
static const char sample_rsae_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDOjCCAe6gAwIBAgIUe7bhlcljgfuCI76HmPW/uVlzFnMwQQYJKoZIhvcNAQEK\n"
    "MDSgDzANBglghkgBZQMEAgMFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgMF\n"
    "AKIDAgFAMCsxFjAUBgNVBAoMDWhhbmRmYXN0IHRlc3QxETAPBgNVBAMMCFJTQSBy\n"
    "b290MCAXDTI2MTEyMTAxNDg1NFoYDzIxMjYxMDI4MDE0ODU0WjAsMRYwFAYDVQQK\n"
    "DA1oYW5kZmFzdCB0ZXN0MRIwEAYDVQQDDAlyc2FlIGxlYWYwWTATBgcqhkjOPQIB\n"
    "BggqhkjOPQMBBwNCAASSRbEYr5zM8dfp0pQQ5XqxkXtOAjvi/Gr6yuABAvjodItP\n"
    "iUO4gb+fzWwTR/b/81NhE6ly0qSocIxOdaF5CKzxo4G1MIGyMAwGA1UdEwEB/wQC\n"
    "MAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcD\n"
    "AjAdBgNVHQ4EFgQUbbEOcNAdmSk+GnKEWKxfR8SyrukwHwYDVR0jBBgwFoAUtlZQ\n"
    "uGKO5zWNM3zXMG/epnEr2hwwMwYDVR0RBCwwKoIQcnNhZS5leGFtcGxlLmNvbYcE\n"
    "wAACB4cQIAENuAAAAAAAAAAAAAAABzBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFl\n"
    "AwQCAwUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAwUAogMCAUADggEBAEQu\n"
    "SFuIfiUeSscfd8HeTiwNJFple8RKndJnDaFFEmvwjO3cUIE/hkvaKOUEQWG13md1\n"
    "SaW+T3fmeT47PwytulJR5X7TONbxt6MTcSqnwlR737wRZT/Vk/lVnB8oIxpPXafy\n"
    "6dlJ+S16jVnM2EXFMYNcvxLdyRrLU+js3ZDBkRwBYco+xJWEVqg7nt/VfXwIdlpe\n"
    "fc1uZpY+A19zqHla+JH/G/UJp6wnP0r5NUrZjfGcbUCLiNlsofcnGV6bCtWN5bSR\n"
    "q7MHdjetAnpXTWAjkdd/C5LbLckKj3b6UC3v6hpuacwyN1dN07KD5hOKEWFGy6Wd\n"
    "uE0t7DEf9oqPcWFVcZc=\n"
    "-----END CERTIFICATE-----\n";

/* P-256, by rsa_root with SHA-1 */
static const char sample_sha1_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIC0jCCAbqgAwIBAgIUf8DXAwKbBO0ltwq/6YPqwJYVXH4wDQYJKoZIhvcNAQEF\n"
    "BQAwKzEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDERMA8GA1UEAwwIUlNBIHJvb3Qw\n"
    "IBcNMjYxMTIxMDE0ODU0WhgPMjEyNjEwMjgwMTQ4NTRaMCwxFjAUBgNVBAoMDWhh\n"
    "bmRmYXN0IHRlc3QxEjAQBgNVBAMMCXNoYTEgbGVhZjBZMBMGByqGSM49AgEGCCqG\n"
    "SM49AwEHA0IABNIb7QGERxPBzNLoBRsum0wFbJEC+MDamx8PkZk5ZJPhWMVxF8T0\n"
    "PpBU8A5TdYHKHcuyTNVqK46zSDs2hhXhDiOjgbUwgbIwDAYDVR0TAQH/BAIwADAO\n"
    "BgNVHQ8BAf8EBAMCB4AwHQYDVR0lBBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0G\n"
    "A1UdDgQWBBQMXRzLxsWDOQLbYUWGumcZNJWDtTAfBgNVHSMEGDAWgBS2VlC4Yo7n\n"
    "NY0zfNcwb96mcSvaHDAzBgNVHREELDAqghBzaGExLmV4YW1wbGUuY29thwTAAAIH\n"
    "hxAgAQ24AAAAAAAAAAAAAAAHMA0GCSqGSIb3DQEBBQUAA4IBAQA5Fvf2lsC4YAt+\n"
    "+BC4YlU3YBtilqkeOcr+y0mMah6EBjzpirhUisipNbUogSFOiqx88OznpITzDWXi\n"
    "JvTIVzN3oFMIQsyS44lCCMPuPUf7bH6iDK7EW6wkvb0qoDZBn9KeOPqpmnCiFGDZ\n"
    "OWDLgzCug7zcwZvRGn8C4Jz6dsfaxX6ppk+9nzLilWK4iRsNNIPpmTJTsrOGo0yY\n"
    "YZI9Du4UlHZdtwFJx2nykPkVeajJ9E5Ettt8bvDpvXu/GePaXnGQLKnDlskBRyFO\n"
    "4jevToK80qLTpd7GfKnsE7K5uLlR87eLfHMb2f137VKNNAVjBWW1xGxJ7dACX7j6\n"
    "PVc3dSzR\n"
    "-----END CERTIFICATE-----\n";

/* P-384, self-signed with SHA-384 */
static const char sample_ec_root[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB1jCCAV2gAwIBAgIUVN9hILpVGzBKVgUKV4RBvFCaYVwwCgYIKoZIzj0EAwMw\n"
    "KjEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDEQMA4GA1UEAwwHRUMgcm9vdDAgFw0y\n"
    "NjExMjEwMTQ4NTRaGA8yMTI2MTAyODAxNDg1NFowKjEWMBQGA1UECgwNaGFuZGZh\n"
    "c3QgdGVzdDEQMA4GA1UEAwwHRUMgcm9vdDB2MBAGByqGSM49AgEGBSuBBAAiA2IA\n"
    "BI6RyOfneFz+usoaFBKkhhHvM5YjIjofokWMhTTwjw27UjNHh3gPkGZ/+ieZDYgr\n"
    "qbIvzaIzowL7QGqs+sxseFRsiI/iKY2BNQxi2O9AoQkKRM0wgJNfGTJRG9WSisIu\n"
    "EaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYE\n"
    "FBhSSSudtV3lcNXHOY/fwoAQB1XTMAoGCCqGSM49BAMDA2cAMGQCMA16xYLR4clc\n"
    "+RJWwbhrBglXqTgBVLyGYxgI9kE+6b4b7BGoHnTYP0YSgd2Wl3sj2AIwX80dnRzh\n"
    "zm7Dz/xsHAgPebvdVuLHkYPT5A8S3TO2sdiKH3oY0YFai88/jokZNslS\n"
    "-----END CERTIFICATE-----\n";

/* P-256, by ec_root with SHA-384 */
static const char sample_ec_int[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB4zCCAWmgAwIBAgIUHDB4zsgJYn2J05YbEzBACES5q48wCgYIKoZIzj0EAwMw\n"
    "KjEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDEQMA4GA1UEAwwHRUMgcm9vdDAgFw0y\n"
    "NjExMjEwMTQ4NTRaGA8yMTI2MTAyODAxNDg1NFowMjEWMBQGA1UECgwNaGFuZGZh\n"
    "c3QgdGVzdDEYMBYGA1UEAwwPRUMgaW50ZXJtZWRpYXRlMFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAE5RIfBP2elvkpHCtNzPdNA1fu7AHBHEJ+2TcnZzzkbO8gNeyy\n"
    "qCGqKtxB0YDV4AYNP04vshPJno5/4KJQ4EuF4KNjMGEwDwYDVR0TAQH/BAUwAwEB\n"
    "/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFCmRdzF4Erg7h86gV8CuvOnrx/li\n"
    "MB8GA1UdIwQYMBaAFBhSSSudtV3lcNXHOY/fwoAQB1XTMAoGCCqGSM49BAMDA2gA\n"
    "MGUCMQDM9wBY/uCFhYtFxOjT7S/Mk8gCV8Iyxj9TBB/gMyjWZm8LPdqGqannqyHV\n"
    "yws6JhECMG7Qzj4nnbAX0U7h5oJ4YZik4/lwvOoKC9jkVK7fP2NtPmqhutvQp4gO\n"
    "ohLs97vtnA==\n"
    "-----END CERTIFICATE-----\n";

/* P-521, by ec_int with SHA-256 */
static const char sample_ec_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICVzCCAf2gAwIBAgIUOce39mizzQAUR9jYLQN030QZn6QwCgYIKoZIzj0EAwIw\n"
    "MjEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDEYMBYGA1UEAwwPRUMgaW50ZXJtZWRp\n"
    "YXRlMCAXDTI2MTEyMTAxNDg1NFoYDzIxMjYxMDI4MDE0ODU0WjAqMRYwFAYDVQQK\n"
    "DA1oYW5kZmFzdCB0ZXN0MRAwDgYDVQQDDAdlYyBsZWFmMIGbMBAGByqGSM49AgEG\n"
    "BSuBBAAjA4GGAAQBkNK3z+SCxBAwUrQjWb0X01xumjbDtzMCZ3RzNj8kGb4w0Y/X\n"
    "EUvZkim6lJDTWZmUjDuV4ET0hGQajz1tTWddgaUBR6dJq+8ooLwOYRHZDWtueTZM\n"
    "uJQdIEm0G6PGwXNEQxlZN+Abx/U3kfnxV4MJo3shUlPROkTHfd64zGcFv373VvWj\n"
    "gbMwgbAwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0lBBYwFAYI\n"
    "KwYBBQUHAwEGCCsGAQUFBwMCMB0GA1UdDgQWBBTWZCMphAW3qlxlwCEm/pxghPZg\n"
    "cTAfBgNVHSMEGDAWgBQpkXcxeBK4O4fOoFfArrzp68f5YjAxBgNVHREEKjAogg5l\n"
    "Yy5leGFtcGxlLmNvbYcEwAACB4cQIAENuAAAAAAAAAAAAAAABzAKBggqhkjOPQQD\n"
    "AgNIADBFAiEAnCBJZ9QMDi5zXur4Y5w/yMhlMt1BrPwYU18JJRfFjVkCIEuxXDMK\n"
    "lkTCxA3w/zE3ARqBqhZQdM/UjUREw7xlhFO3\n"
    "-----END CERTIFICATE-----\n";

/* RSA 1024, by ec_int */
static const char sample_weak_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICXzCCAgWgAwIBAgIUKcdpAQfzw5dPQDZh5rI67FL66LcwCgYIKoZIzj0EAwIw\n"
    "MjEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDEYMBYGA1UEAwwPRUMgaW50ZXJtZWRp\n"
    "YXRlMCAXDTI2MTEyMTAxNDg1NFoYDzIxMjYxMDI4MDE0ODU0WjAsMRYwFAYDVQQK\n"
    "DA1oYW5kZmFzdCB0ZXN0MRIwEAYDVQQDDAl3ZWFrIGxlYWYwgZ8wDQYJKoZIhvcN\n"
    "AQEBBQADgY0AMIGJAoGBAM6PQIUth3MzHmRbYD3ihOmzCSaNMwXSAcYzYwzcvQJ1\n"
    "DAX022+f+aeKk4IEjWR1TGbVAx/iLtbHWteArIsgQxuFcSO/y3uhVC+/3q7xZpSV\n"
    "+6pAnXNOBqQ6s8IjmV0XulVFG0wQFcOGtF2FSI5bfuqdQDmtlpvfSsfhjnZEU4gf\n"
    "AgMBAAGjgbUwgbIwDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0l\n"
    "BBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMB0GA1UdDgQWBBQ7ppuVB8Z6tBsnKPB6\n"
    "cppOIh8d5TAfBgNVHSMEGDAWgBQpkXcxeBK4O4fOoFfArrzp68f5YjAzBgNVHREE\n"
    "LDAqghB3ZWFrLmV4YW1wbGUuY29thwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAHMAoG\n"
    "CCqGSM49BAMCA0gAMEUCIQDHVI9S+Tvy7pr68YUDYBoRdCvmWbYR15Be9M4/Y82W\n"
    "dAIgEYRUKFDkunR6BT1wGG4nl/oz7NfOr+VDsSi2mQ9vMNI=\n"
    "-----END CERTIFICATE-----\n";

/* secp256k1, by ec_int with SHA-512 */
static const char sample_koblitz_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICGjCCAcGgAwIBAgIURUEzji30WRnJ1QL8sGQkgakmjDwwCgYIKoZIzj0EAwQw\n"
    "MjEWMBQGA1UECgwNaGFuZGZhc3QgdGVzdDEYMBYGA1UEAwwPRUMgaW50ZXJtZWRp\n"
    "YXRlMCAXDTI2MTEyMTAxNDg1NFoYDzIxMjYxMDI4MDE0ODU0WjAvMRYwFAYDVQQK\n"
    "DA1oYW5kZmFzdCB0ZXN0MRUwEwYDVQQDDAxrb2JsaXR6IGxlYWYwVjAQBgcqhkjO\n"
    "PQIBBgUrgQQACgNCAAToAkzd6QzxNT40hwSU1oHnFcezyTzzjXm6WcbAaxtmPm03\n"
    "oNi+zL+N4E0EkkYuAE3zwcfrzGtCqAFxRd5azvnvo4G4MIG1MAwGA1UdEwEB/wQC\n"
    "MAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcD\n"
    "AjAdBgNVHQ4EFgQUGwvLxDsnIZ4H8A4eFuGQXJYor5kwHwYDVR0jBBgwFoAUKZF3\n"
    "MXgSuDuHzqBXwK686evH+WIwNgYDVR0RBC8wLYITa29ibGl0ei5leGFtcGxlLmNv\n"
    "bYcEwAACB4cQIAENuAAAAAAAAAAAAAAABzAKBggqhkjOPQQDBANHADBEAiBCpNgg\n"
    "4XGdTtKnB6zzwR4tij82DjegVG6cay/JKzBQgwIgB6dQFwO9CzuinFeC6Pyjp36/\n"
    "N2sOarQDuGFT6AHF7xI=\n"
    "-----END CERTIFICATE-----\n";

/* Ed25519, self-signed */
static const char sample_ed_root[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBWjCCAQygAwIBAgIUVblCy9ADNXOwRLS5WGQb/viRqbQwBQYDK2VwMCoxFjAU\n"
    "BgNVBAoMDWhhbmRmYXN0IHRlc3QxEDAOBgNVBAMMB0VkIHJvb3QwIBcNMjYxMTIx\n"
    "MDE0ODU0WhgPMjEyNjEwMjgwMTQ4NTRaMCoxFjAUBgNVBAoMDWhhbmRmYXN0IHRl\n"
    "c3QxEDAOBgNVBAMMB0VkIHJvb3QwKjAFBgMrZXADIQBETnyW/Uq7+BNtqpjVdJA/\n"
    "ut71k6JXi9B1lyrXhioo3aNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8E\n"
    "BAMCAQYwHQYDVR0OBBYEFJa2HSdt7hC9fg4fUk9eb4YScUs0MAUGAytlcANBAFjO\n"
    "yVBvWjca3D+ljfTqXZbXb6FxHRVDu6bopUshR3BE1StovVSGSvlhtzYwR5JOnUEg\n"
    "IGE8ycpppnX4ywoMqQc=\n"
    "-----END CERTIFICATE-----\n";

/* Ed448, by ed_root */
static const char sample_ed_int[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBnDCCAU6gAwIBAgIUGEXFGjcvcSg9/boYDSEYlxY3Qz8wBQYDK2VwMCoxFjAU\n"
    "BgNVBAoMDWhhbmRmYXN0IHRlc3QxEDAOBgNVBAMMB0VkIHJvb3QwIBcNMjYxMTIx\n"
    "MDE0ODU0WhgPMjEyNjEwMjgwMTQ4NTRaMDIxFjAUBgNVBAoMDWhhbmRmYXN0IHRl\n"
    "c3QxGDAWBgNVBAMMD0VkIGludGVybWVkaWF0ZTBDMAUGAytlcQM6AAR17oIREzSR\n"
    "HM7ynoGZ30EX+5ziTe8P9nwhxYz6wr4c+JVq0ftwaijz4yBjujbRfKoerho74z75\n"
    "AKNjMGEwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYE\n"
    "FMxtaONZRolxcNEReGdVtj4UT53EMB8GA1UdIwQYMBaAFJa2HSdt7hC9fg4fUk9e\n"
    "b4YScUs0MAUGAytlcANBAM1kI0iwlF74lbLQQg7/s1oSwJ72zWvcaVOo8PwTczFg\n"
    "VQ0+VuOPtIYfMGDm8xEf9NqMLbmxK4k7G8oZs4m6NAo=\n"
    "-----END CERTIFICATE-----\n";

/* Ed25519, by ed_int */
static const char sample_ed_leaf[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICBjCCAYagAwIBAgIUSbLyt5UgVVpqnmNkslbnZ2qGhhAwBQYDK2VxMDIxFjAU\n"
    "BgNVBAoMDWhhbmRmYXN0IHRlc3QxGDAWBgNVBAMMD0VkIGludGVybWVkaWF0ZTAg\n"
    "Fw0yNjExMjEwMTQ4NTRaGA8yMTI2MTAyODAxNDg1NFowKjEWMBQGA1UECgwNaGFu\n"
    "ZGZhc3QgdGVzdDEQMA4GA1UEAwwHZWQgbGVhZjAqMAUGAytlcAMhAL4uavMEUm74\n"
    "jq6szWd8vxNUkS3XUXFDN/BjlUJQjYXoo4GzMIGwMAwGA1UdEwEB/wQCMAAwDgYD\n"
    "VR0PAQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAdBgNV\n"
    "HQ4EFgQUVnX/rjWRR12lAuLLc8p6qgP2NFIwHwYDVR0jBBgwFoAUzG1o41lGiXFw\n"
    "0RF4Z1W2PhRPncQwMQYDVR0RBCowKIIOZWQuZXhhbXBsZS5jb22HBMAAAgeHECAB\n"
    "DbgAAAAAAAAAAAAAAAcwBQYDK2VxA3MA+UkfrX5hL1SJSjo5ddNLAt7r48oUFC0T\n"
    "P/1sa+QOgMvdPbLUcEEEDdntlydG9t/B4C3yYBF/9aAAV92HRV/Ism1GxEn4GBK+\n"
    "fvddph9CRswq9+FQ4uMNIso250fD3m7aKMbFbpXgcnjsoZZNegwiVxwA\n"
    "-----END CERTIFICATE-----\n";

#endif
