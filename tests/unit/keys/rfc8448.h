/* The handshakes of RFC 8448, sections 3 (simple 1-RTT) and 5 (HelloRetryRequest): values in hex as
 * that RFC prints them. NULL: the section has no such value. Both use TLS_AES_128_GCM_SHA256. */
#ifndef TESTS_RFC8448_H
#define TESTS_RFC8448_H

#include <stddef.h>

struct rfc8448 {
    const char *section;
    const char *client_hello1;
    const char *retry;
    const char *client_hello;
    const char *server_hello;
    const char *shared;
    const char *early_secret;
    const char *early_derived;
    const char *handshake_secret;
    const char *hello_digest;
    const char *client_handshake;
    const char *server_handshake;
    const char *handshake_derived;
    const char *main_secret;
    const char *server_handshake_key;
    const char *server_handshake_iv;
    const char *client_handshake_key;
    const char *client_handshake_iv;
    const char *server_finished_key;
    const char *server_finished;
    const char *server_flight;
    const char *server_flight_record;
    const char *server_finished_digest;
    const char *client_application;
    const char *server_application;
    const char *exporter;
    const char *server_application_key;
    const char *server_application_iv;
    const char *client_application_key;
    const char *client_application_iv;
    const char *client_finished_key;
    const char *client_finished;
    const char *client_flight;
    const char *client_flight_record;
    const char *client_finished_digest;
    const char *resumption;
    const char *ticket_nonce;
    const char *ticket_psk;
    const char *ticket;
    const char *ticket_record;
    const char *client_data;
    const char *client_data_record;
    const char *server_data;
    const char *server_data_record;
    const char *client_alert;
    const char *client_alert_record;
    const char *server_alert;
    const char *server_alert_record;
};

static const struct rfc8448 rfc8448[] = {
    {
        .section = "3",
        .client_hello1 = NULL,
        .retry = NULL,
        .client_hello =
            "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece700000613"
            "0113031302010000910000000b0009000006736572766572ff01000100000a00140012001d0017001800"
            "190100010101020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3"
            "c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e0403050306030203080408050806"
            "04010501060102010402050206020202002d00020101001c00024001",
        .server_hello =
            "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100"
            "002e00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f"
            "002b00020304",
        .shared = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d",
        .early_secret = "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a",
        .early_derived = "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba",
        .handshake_secret = "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac",
        .hello_digest = "860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8",
        .client_handshake = "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
        .server_handshake = "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
        .handshake_derived = "43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4",
        .main_secret = "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919",
        .server_handshake_key = "3fce516009c21727d0f2e4e86ee403bc",
        .server_handshake_iv = "5d313eb2671276ee13000b30",
        .client_handshake_key = "dbfaa693d1762c5b666af5d950258d01",
        .client_handshake_iv = "5bd3c71b836e0b76bb73265f",
        .server_finished_key = "008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8",
        .server_finished = "9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718",
        .server_flight =
            "080000240022000a00140012001d00170018001901000101010201030104001c00024001000000000b00"
            "01b9000001b50001b0308201ac30820115a003020102020102300d06092a864886f70d01010b0500300e"
            "310c300a06035504031303727361301e170d3136303733303031323335395a170d323630373330303132"
            "3335395a300e310c300a0603550403130372736130819f300d06092a864886f70d010101050003818d00"
            "30818902818100b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd2de49a"
            "91d015abbc9a95137ace6c1af19eaa6af98c7ced43120998e187a80ee0ccb0524b1b018c3e0b63264d44"
            "9a6d38e22a5fda430846748030530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a8002c47428a6"
            "d35a8d88d79f7f1e3f0203010001a31a301830090603551d1304023000300b0603551d0f0404030205a0"
            "300d06092a864886f70d01010b05000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f8a7b"
            "337d2df7a594365417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67"
            "f2dbf102702e608ccae6bec1fc63a42a99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409b"
            "a3eac9d91d402dcc0cc8f8961229ac9187b42b4de100000f000084080400805a747c5d88fa9bd2e55ab0"
            "85a61015b7211f824cd484145ab3ff52f1fda8477b0b7abc90db78e2d33a5c141a078653fa6bef780c5e"
            "a248eeaaa785c4f394cab6d30bbe8d4859ee511f602957b15411ac027671459e46445c9ea58c181e818e"
            "95b8c3fb0bf3278409d3be152a3da5043e063dda65cdf5aea20d53dfacd42f74f3140000209b9b141d90"
            "6337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718",
        .server_flight_record =
            "17030302a2d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35edf7869fcf40aa40aa2b8"
            "ea73f848a7ca07612ef9f945cb960b4068905123ea78b111b429ba9191cd05d2a389280f526134aadc7f"
            "c78c4b729df828b5ecf7b13bd9aefb0e57f271585b8ea9bb355c7c79020716cfb9b1183ef3ab20e37d57"
            "a6b9d7477609aee6e122a4cf51427325250c7d0e509289444c9b3a648f1d71035d2ed65b0e3cdd0cbae8"
            "bf2d0b227812cbb360987255cc744110c453baa4fcd610928d809810e4b7ed1a8fd991f06aa624820479"
            "7e36a6a73b70a2559c09ead686945ba246ab66e5edd8044b4c6de3fcf2a89441ac66272fd8fb330ef819"
            "0579b3684596c960bd596eea520a56a8d650f563aad27409960dca63d3e688611ea5e22f4415cf9538d5"
            "1a200c27034272968a264ed6540c84838d89f72c24461aad6d26f59ecaba9acbbb317b66d902f4f292a3"
            "6ac1b639c637ce343117b659622245317b49eeda0c6258f100d7d961ffb138647e92ea330faeea6dfa31"
            "c7a84dc3bd7e1b7a6c7178af36879018e3f252107f243d243dc7339d5684c8b0378bf30244da8c87c843"
            "f5e56eb4c5e8280a2b48052cf93b16499a66db7cca71e4599426f7d461e66f99882bd89fc50800becca6"
            "2d6c74116dbd2972fda1fa80f85df881edbe5a37668936b335583b599186dc5c6918a396fa48a181d6b6"
            "fa4f9d62d513afbb992f2b992f67f8afe67f76913fa388cb5630c8ca01e0c65d11c66a1e2ac4c85977b7"
            "c7a6999bbf10dc35ae69f5515614636c0b9b68c19ed2e31c0b3b66763038ebba42f3b38edc0399f3a9f2"
            "3faa63978c317fc9fa66a73f60f0504de93b5b845e275592c12335ee340bbc4fddd502784016e4b3be7e"
            "f04dda49f4b440a30cb5d2af939828fd4ae3794e44f94df5a631ede42c1719bfdabf0253fe5175be898e"
            "750edc53370d2b",
        .server_finished_digest =
            "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13",
        .client_application = "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
        .server_application = "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
        .exporter = "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50",
        .server_application_key = "9f02283b6c9c07efc26bb9f2ac92e356",
        .server_application_iv = "cf782b88dd83549aadf1e984",
        .client_application_key = "17422dda596ed5d9acd890e3c63f5051",
        .client_application_iv = "5b78923dee08579033e523d9",
        .client_finished_key = "b80ad01015fb2f0bd65ff7d4da5d6bf83f84821d1f87fdc7d3c75b5a7b42d9c4",
        .client_finished = "a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61",
        .client_flight = "14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61",
        .client_flight_record =
            "170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc"
            "46deb384bd1caeacab6867d726c40546",
        .client_finished_digest =
            "209145a96ee8e2a122ff810047cc952684658d6049e86429426db87c54ad143d",
        .resumption = "7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c",
        .ticket_nonce = "0000",
        .ticket_psk = "4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3",
        .ticket =
            "040000c90000001efad6aac502000000b22c035d829359ee5ff7af4ec900000000262a6494dc486d2c8a"
            "34cb33fa90bf1b0070ad3c498883c9367c09a2be785abc55cd226097a3a982117283f82a03a143efd3ff"
            "5dd36d64e861be7fd61d2827db279cce145077d454a3664d4e6da4d29ee03725a6a4dafcd0fc67d2aea7"
            "0529513e3da2677fa5906c5b3f7d8f92f228bda40dda721470f9fbf297b5aea617646fac5c03272e9707"
            "27c621a79141ef5f7de6505e5bfbc388e93343694093934ae4d3570008002a000400000400",
        .ticket_record =
            "17030300de3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3d11d"
            "63c758db289a015940252f55713e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9da773b9ca"
            "7f2b9fa1b6c0d4a3d03f75e09c30ba1e62972ac46f75f7b981be63439b2999ce13064615139891d5e4c5"
            "b406f16e3fc181a77ca475840025db2f0a77f81b5ab05b94c01346755f69232c86519d86cbeeac87aac3"
            "47d143f9605d64f650db4d023e70e952ca49fe5137121c74bc2697687e248746d6df353005f3bce18696"
            "129c8153556b3b6c6779b37bf15985684f",
        .client_data =
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829"
            "2a2b2c2d2e2f3031",
        .client_data_record =
            "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd5"
            "4a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4",
        .server_data =
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829"
            "2a2b2c2d2e2f3031",
        .server_data_record =
            "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc60"
            "2dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d",
        .client_alert = "0100",
        .client_alert_record = "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3",
        .server_alert = "0100",
        .server_alert_record = "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9",
    },
    {
        .section = "5",
        .client_hello1 =
            "010000b00303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f00000613"
            "0113031302010000810000000b0009000006736572766572ff01000100000a00080006001d0017001800"
            "3300260024001d0020e8e8e3f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f00"
            "2b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202"
            "002d00020101001c00024001",
        .retry =
            "020000ac0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100"
            "0084003300020017002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aa"
            "cad365dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7d"
            "fa5d6e50781b5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f9"
            "34b0002b00020304",
        .client_hello =
            "010001fc0303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f00000613"
            "0113031302010001cd0000000b0009000006736572766572ff01000100000a00080006001d0017001800"
            "33004700450017004104a6da7392ec591e17abfd535964b99894d13befb221b3def2ebe3830eac8f0151"
            "812677c4d6d2237e85cf01d6910cfb83954e76ba7352830534159897e8065780002b0003020304000d00"
            "20001e040305030603020308040805080604010501060102010402050206020202002c0074007271dcd0"
            "4bb88bc3189119398a00000000eefafc76c146b823b096f8aacad365dd0030953f4edf625636e5f21bb2"
            "e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c8be778257d"
            "16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0002d00020101001c00024001001500"
            "af0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000",
        .server_hello =
            "020000770303bb341d847fd789c47c387172dc0c9bf147fccacb5043d86ca4c598d3ff571b9800130100"
            "004f003300450017004104583e054b7a66672ae020ad9d2686fcc85b5ad41a134a0f03ee72b893052bd8"
            "5b4c8de6776f5b04ac07d83540eab3e3d9c547bc6528c4317d294686093a6cad7d002b00020304",
        .shared = "c142ce13ca11b5c2233652e63ad3d97844f1621fbfb9de69d547dc8fedeabeb4",
        .early_secret = "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a",
        .early_derived = "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba",
        .handshake_secret = "ce022e5e6e81e50736d773f2d3adfce8220d049bf510f0dbfac927ef4243b148",
        .hello_digest = "8aa8e828ec2f8a884fec95a3139de01c15a3daa7ff5bfc3f4bfcc21b438d7bf8",
        .client_handshake = "158aa7ab8855073582b41d674b4055cabcc534728f659314861b4e08e2011566",
        .server_handshake = "3403e781e2af7b6508da28574f6e95a1abf162de83a97927c37672a4a0cef8a1",
        .handshake_derived = "ad1cbcd3a0dc7053eeb3ed3a47901d16a9fc63a73c64beb567481a7dfb3a2cb3",
        .main_secret = "1131545d0baf79ddce9b87f06945781a57dd18ef378dcd2060f8f9a569027ed8",
        .server_handshake_key = "4646bfac1712c426cd78d8a24a8a6f6b",
        .server_handshake_iv = "c7d395c08d62f297d13768ea",
        .client_handshake_key = "2f1f918663d590e7421149a29d94b0b6",
        .client_handshake_iv = "414d5485235e1a688793bd74",
        .server_finished_key = "e7f8bb3ea4b6c30c4710b3d09c3313658117e70b097e850368e2510ca5631f74",
        .server_finished = "8863e6bfb0420a927fa27f34336a70ae426e968e3eb884945b96856dba3976d1",
        .server_flight =
            "080000180016000a0008000600170018001d001c00024001000000000b0001b9000001b50001b0308201"
            "ac30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a0603550403130372"
            "7361301e170d3136303733303031323335395a170d3236303733303031323335395a300e310c300a0603"
            "550403130372736130819f300d06092a864886f70d010101050003818d0030818902818100b4bb498f82"
            "79303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137ace6c1a"
            "f19eaa6af98c7ced43120998e187a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda4308467480"
            "30530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a8002c47428a6d35a8d88d79f7f1e3f020301"
            "0001a31a301830090603551d1304023000300b0603551d0f0404030205a0300d06092a864886f70d0101"
            "0b05000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f8a7b337d2df7a594365417f2eae8"
            "f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf102702e608ccae6bec1"
            "fc63a42a99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc0cc8f896"
            "1229ac9187b42b4de100000f0000840804008033ab13d4462707231b5dcae6c8190b63d1dabc74f28c39"
            "5370da0b07e5b83066d0246a31acd95df475bfd799a4a70d33ad93d3a317a9b2c0d237a5685b219e7741"
            "12e391a247607d1aeff1bbd0a39f382ee1a5fe88ae99ec59228e6497e45d48ce275a6d5ef40d169fb6f9"
            "d33b052ed3dcdd6b5a48baafffbcb290128415bd38140000208863e6bfb0420a927fa27f34336a70ae42"
            "6e968e3eb884945b96856dba3976d1",
        .server_flight_record =
            "170303029699bee20baf5b7fc727bfab6223928a381e6d0cf9c4da653f9d2a7b23f7de11cce842d5cf75"
            "631763450ffb8b0cc1d238e658af7a12adc86243114ab14a1da2fae42621ce483fb6242eabfaad52566b"
            "02b31d2eddedefeb80e66a9900d5f973b40c4fdf74719ecf1b68d7f9c3b6ceb903ca13dd1bb8f8187ae3"
            "3417e1d152522c5822a1a03ad52c838c55953d610222874cce8e1790b229a2aa0b53c8d377ee72018295"
            "1dc6181dc5d90bd1f0105ed1e84aa5f75957c6661897079e5ea5007449e3197bdc7c9beeedddeafdd844"
            "afa5c315ecfe65e576afe909812880620ec7048b42d7f5c78d76f299d6d82534bdd8f512febc0ed3814a"
            "ca470cd8000d3e1cb9962b052fbb950df683a52c2ba77ed3713b122937a6e5170964e2ab7969dcd980b3"
            "db9b458da7603124d6dc005e4d6e04b4d0c4baf3275db827dbba0a6db09672171fc057b3851d7e026841"
            "e2978fbd2346bbefdd0376bb1108fe9acc92189f5650aa5e85d8e8c7b67ac510dba003d3d7e16350bb66"
            "d45013efd44c9b607c0d318c4c7d1a1f5cbc57e20611804e3787d7b4a4b5f08ed8fd70bdaeade02260b1"
            "2ab842ef690b4a3ee7911e841b374ecd5ebbbc2a54d047b600336dd7d0c88b4bc10e58ee6cb656de7247"
            "fa20d8e91deb84628608cf80615b62e96c1491c7ac3755eb6901405d3474fe1ac79d106a0cee56c2577f"
            "c88480f96cb6b8c681b7b68b53c146093908f350888175bdfb0b1e31ad61e30ba0adfe6d223aa03c0783"
            "b5001a57587c328a9afcfcfb978d1cd4328f7d9d60530e630befd96c0c816ee20b0100768ae2a6df51fc"
            "68f172740a79af11398ee3be1252491fa9c693479e877f94ab7c5f8cad480203e6ab7b87dd71e8a07291"
            "13df17f5eee86ce108d1d72007ec1cd13c85a6c149621e77b7d78d805a30f0be030c315e54",
        .server_finished_digest =
            "50f63cbf36b0dd049e7a0ba27d6455745ea2aaac54bb167f9950b2b7ce9509da",
        .client_application = "75ecf4b972525aa0dcd057c9944d4cd5d82671d8843141d7dc2a4ff15a21dc51",
        .server_application = "5c74f87df04225db0f8209c9de6429e49435fdefa7cad61864874d12f31cfc8d",
        .exporter = "7c06d3ae106a3a374ace4837b3985cac67780a6e2c5c04b58319d584df09d223",
        .server_application_key = "f27a5d97bd25550c4823b0f3e5d29388",
        .server_application_iv = "0dd631f7b71cbbc797c35fe7",
        .client_application_key = "a7eb2a0525eb4331d58fcbf9f7ca2e9c",
        .client_application_iv = "86e8be227c1bd2b3e39cb444",
        .client_finished_key = "81be4131fbb9b6f4471450846f74fd1e68c5224ba7c2a8677f5c53ad226fdc13",
        .client_finished = "23f52fdb0709a55bd7f79b991f25484087bcfd4d4380b12326a52a28b2e368e1",
        .client_flight = "1400002023f52fdb0709a55bd7f79b991f25484087bcfd4d4380b12326a52a28b2e368e1",
        .client_flight_record =
            "1703030035d74f1923c662fd34137c6f502f3dd2b93d951d1b3bc97e42afe23c31abea92fe91b474999e"
            "85e3b791ce252fe8c3e9f939a4120cb2",
        .client_finished_digest =
            "0e8b349158b855fdcd0c11dbbc4e83e43caa6e483c6c65df53151888e50165f4",
        .resumption = "09170c6d472721566f9cf99b08699daff561ec8fb22d5a32c3f94ce009b69975",
        .ticket_nonce = NULL,
        .ticket_psk = NULL,
        .ticket = NULL,
        .ticket_record = NULL,
        .client_data = NULL,
        .client_data_record = NULL,
        .server_data = NULL,
        .server_data_record = NULL,
        .client_alert = "0100",
        .client_alert_record = "17030300132ea6cdf749196023e2b3a49491695536426047",
        .server_alert = "0100",
        .server_alert_record = "1703030013519fc5075cb0884349759ff9ef6f011bb4c6f2",
    },
};

#endif
