"""What only one peer can be driven to: KeyUpdate by s_client and s_server (`K`, `k`) and by
gnutls-cli, authentication after the handshake, a stateless server, small records, and tshark, which
decrypts by our key log."""
import json
import re
import subprocess
import time

import command
import peers
from cases import EXPORTER, LINE, talk
from cell import Cell, ends_cleanly, ensure, expect

UPDATES = 3


def key_updates(text, arrow):
    """How many KeyUpdates -msg tells of: ">>>" sent, "<<<" received, by the peer."""
    return len(re.findall(re.escape(arrow) + r" .*KeyUpdate", text))


def update_by_client(cell, bench, letter):
    with peers.serve(*peers.pair_flags(bench.lab.identity("p256")), "--jsonl",
                     "--echo") as server:
        with command.OpensslPeer.start(server.port, bench.lab.root, extra=["-msg"]) as client:
            client.wait_for("Verify return code")
            for i in range(UPDATES):
                client.say(f"{letter}\n")
                client.wait_count("KEYUPDATE\n", i + 1)
                client.say(LINE)
                client.wait_count(LINE, i + 1)
            client.say("Q\n")
            expect("s_client's exit", client.join(), 0)
            expect("KeyUpdates sent", key_updates(client.text(), ">>>"), UPDATES)
            expect("KeyUpdates received", key_updates(client.text(), "<<<"),
                   UPDATES if letter == "K" else 0)
        cell.show(json.loads(server.lines(1)[0])["tls"])
        ends_cleanly(server)


def update_by_server(cell, bench, letter):
    with command.OpensslPeer.server(bench.lab.identity("p256"), extra=["-msg"]) as server:
        words = [peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", bench.lab.root,
                 "--brief"]
        with command.Spoken(words, "TLS 1.3", server.port) as client:
            for i in range(UPDATES):
                server.say(f"{letter}\n")
                for _ in range(500):
                    if key_updates(server.text(), ">>>") == i + 1:
                        break
                    time.sleep(0.01)
                client.say(LINE)
                client.wait_count(LINE, i + 1)
            client.process.stdin.close()
            expect("our exit", client.join(), 0)
        server.facts(1)
        expect("KeyUpdates sent", key_updates(server.text(), ">>>"), UPDATES)
        expect("KeyUpdates received", key_updates(server.text(), "<<<"),
               UPDATES if letter == "K" else 0)


def rekey_by_gnutls(cell, bench):
    with peers.serve(*peers.pair_flags(bench.lab.identity("p256")), "--jsonl",
                     "--echo") as server:
        with command.Spoken(["gnutls-cli", "--port", server.port, "--x509cafile", bench.lab.root,
                             "--verify-hostname", "localhost", "--sni-hostname", "localhost",
                             "--inline-commands", "127.0.0.1"], "Connecting", server.port) as peer:
            peer.wait_for("- Handshake was completed")
            for i in range(UPDATES):
                peer.say("^rekey^\n")
                time.sleep(0.2)
                peer.say(LINE)
                peer.wait_count(LINE, i + 1)
            peer.process.stdin.close()
            expect("gnutls-cli's exit", peer.join(), 0)
            ensure("it rekeyed", "rekey" in peer.text().lower(), peer.text())
        cell.show(json.loads(server.lines(1)[0])["tls"])
        ends_cleanly(server)


def channel_binding(cell, bench):
    """tls-exporter (RFC 9266), which gnutls-serv prints."""
    with command.GnutlsPeer.server(bench.lab.identity("p256")) as server:
        facts = bench.probe_client(server.port, "export", "EXPORTER-Channel-Binding")
        cell.show(facts)
        server.facts(1)
        expect("tls-exporter", command.found(r"'tls-exporter': (\w+)", server.text()),
               facts["export"])


def later_authentication(cell, bench, sent):
    """s_server's `c` asks for our certificate after the handshake; the probe allows it."""
    lab = bench.lab
    identity = lab.identity("p256")
    with command.OpensslPeer.server(identity, extra=["-CAfile", lab.root]) as server:
        options = ["cert", identity.chain, "key", identity.key] if sent else []
        words = [bench.probe, "connect", server.port, "ca", lab.root, "later", "1", "wait", "1",
                 *options]
        with subprocess.Popen([str(w) for w in words], text=True, stdout=subprocess.PIPE) as probe:
            server.wait_for("CIPHER is")
            server.say("c\n")
            server.wait_for("SSL_do_handshake ->")
            server.say("bonjour\n")
            facts = json.loads(probe.stdout.readline())
            cell.show(facts)
            probe.wait(peers.LIMIT_S)
        expect("the probe is well", (facts["ok"], facts.get("line")), (True, LINE))
        ensure("s_server verified the leaf", ("depth=0" in server.text()) == sent, server.text())


def server_variant(cell, bench, extra, wanted=None):
    with command.OpensslPeer.server(bench.lab.identity("p256"), extra=extra) as server:
        words = ["--cacert", bench.lab.root]
        result = peers.connect(f"localhost:{server.port}", *words)
        ensure("connect succeeds", result.code == 0, result.out + result.err)
        cell.show(result.json["tls"])
        for key, value in (wanted or {}).items():
            expect(key, result.json["tls"][key], value)
        talk(server.port, *words)


def client_variant(cell, bench, extra, wanted=None, **options):
    with peers.serve(*peers.pair_flags(bench.lab.identity("p256")), "--jsonl",
                     "--echo") as server:
        facts = command.OpensslPeer().client(server.port, bench.lab.root, extra=extra, **options)
        tls = json.loads(server.lines(1)[0])["tls"]
        cell.show(tls)
        expect("s_client is well", (facts["ok"], facts.get("line"), facts.get("closed")),
               (True, LINE, True))
        for key, value in (wanted or {}).items():
            expect(key, tls[key], value)


def small_records_from_server(cell, bench):
    """100 kB in records of 512 bytes."""
    with command.OpensslPeer.server(bench.lab.identity("p256"),
                                    extra=["-max_send_frag", "512"]) as server:
        words = [peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", bench.lab.root,
                 "--brief"]
        with command.Spoken(words, "TLS 1.3", server.port) as client:
            text = "".join(f"line {i} of many\n" for i in range(6000))
            for at in range(0, len(text), 2000):
                server.say(text[at:at + 2000])
            server_end = text.splitlines(True)[-1]
            client.wait_for(server_end)
            client.process.stdin.close()
            expect("our exit", client.join(), 0)
            expect("all of it came", client.log, text)


def record_size_as_client(cell, bench):
    """GnuTLS asks for records of 512 bytes (RFC 8449): it refuses longer ones."""
    with command.GnutlsPeer.server(bench.lab.identity("p256"),
                                   extra=["--recordsize", "512"]) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", bench.lab.root, "--trace")
        ensure("connect succeeds", result.code == 0, result.out + result.err)
        cell.show(result.json["tls"])
        answered = [e for e in result.json["events"] if e["type"] == "extension"
                    and e["name"] == "record_size_limit" and e["direction"] == "received"]
        expect("record_size_limit came", len(answered), 1)
        long_line = "x" * 5000 + "\n"
        words = [peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", bench.lab.root,
                 "--brief"]
        with command.Spoken(words, "TLS 1.3", server.port) as client:
            client.say(long_line)
            for _ in range(200):
                if len(client.log) >= len(long_line):
                    break
                time.sleep(0.02)
            client.process.stdin.close()
            expect("our exit", client.join(), 0)
            expect("it came back", client.log, long_line)


def record_size_as_server(cell, bench):
    long_answer = "x" * 5000
    with peers.serve(*peers.pair_flags(bench.lab.identity("p256")), "--jsonl",
                     "--response", long_answer) as server:
        with command.Spoken(["gnutls-cli", "--port", server.port, "--x509cafile", bench.lab.root,
                             "--verify-hostname", "localhost", "--sni-hostname", "localhost",
                             "--recordsize", "512", "127.0.0.1"], "Connecting",
                            server.port) as peer:
            peer.wait_for("- Handshake was completed")
            peer.say("GET / HTTP/1.0\r\n\r\n")
            expect("gnutls-cli's exit", peer.join(), 0)
            ensure("the answer came", long_answer in peer.log, peer.text()[-500:])
        cell.show(json.loads(server.lines(1)[0])["tls"])
        ends_cleanly(server)


def renegotiation_by_server(cell, bench):
    """s_server's `r` asks for a new handshake in TLS 1.2: we refuse, with no_renegotiation."""
    with command.OpensslPeer.server(bench.lab.identity("p256"), version="1.2") as server:
        words = [peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", bench.lab.root,
                 "--brief"]
        with command.Spoken(words, "TLS 1.2", server.port) as client:
            server.say("r\n")
            expect("our exit", client.join(), 4)
            ensure("we say why", "got HelloRequest in CONNECTED" in client.text(), client.text())
        server.wait_for("alert no renegotiation")


def renegotiation_by_client(cell, bench):
    with peers.serve(*peers.pair_flags(bench.lab.identity("p256")), "--jsonl",
                     "--echo") as server:
        with command.OpensslPeer.start(server.port, bench.lab.root, version="1.2") as client:
            client.wait_for("Verify return code")
            client.say("R\n")
            expect("s_client's exit", client.join(), 1)
            ensure("it is told", "alert no renegotiation" in client.text(), client.text())
        cell.show(json.loads(server.lines(1)[0])["tls"])


def decrypts(cell, bench, who, suite, version="1.3"):
    """tshark reads an HTTP answer out of a capture by our key log."""
    lab = bench.lab
    log = lab.folder / f"{who}-{suite}.keys"
    capture = lab.folder / f"{who}-{suite}.pcapng"
    keys = {"client": ([], ["--keylog", log]), "server": (["--keylog", log], [])}[who]
    port = peers.free_port()
    with subprocess.Popen(["tshark", "-q", "-i", "lo", "-f", f"tcp port {port}", "-w", capture],
                          stderr=subprocess.PIPE, text=True) as sniffer:
        try:
            while "Capturing on" not in sniffer.stderr.readline():
                ensure("tshark captures", sniffer.poll() is None)
            time.sleep(0.7)
            with peers.Server([peers.HANDFAST, "serve", "--listen", f"127.0.0.1:{port}", "-q",
                               *peers.pair_flags(lab.identity("p256")), "--response",
                               "hidden in plain sight", *keys[0]], "listening on ") as server:
                result = peers.run_open(
                    peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", lab.root,
                    "-q", "--ciphers", suite, "--tls-max", version, *keys[1],
                    given=b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                expect("our exit", result.code, 0)
            time.sleep(0.5)
        finally:
            sniffer.terminate()
            sniffer.wait(10)
    done = subprocess.run(["tshark", "-r", capture, "-o", f"tls.keylog_file:{log}", "-d",
                           f"tcp.port=={port},tls", "-d", f"tls.port=={port},http", "-V"],
                          capture_output=True, text=True, check=True)
    readable = ["hidden in plain sight", "Handshake Protocol: Finished"]
    if version == "1.3":
        readable.append("Handshake Protocol: Certificate Verify")
    for words in readable:
        ensure(f"tshark reads {words!r}", words in done.stdout, done.stderr[-1000:])


def all_cells(bench):
    cells = []

    def add(peer, role, case, function, *arguments, **options):
        cells.append(Cell(peer, role, case,
                          lambda cell: function(cell, bench, *arguments, **options)))

    for letter, words in (("K", "answered"), ("k", "not answered")):
        add("OpenSSL", "server", f"KeyUpdate by s_client ({letter}), {words}", update_by_client,
            letter)
        add("OpenSSL", "client", f"KeyUpdate by s_server ({letter}), {words}", update_by_server,
            letter)
    add("GnuTLS", "client", "channel binding tls-exporter", channel_binding)
    add("GnuTLS", "server", "KeyUpdate by gnutls-cli (rekey)", rekey_by_gnutls)
    add("OpenSSL", "client", "asked for a certificate after the handshake, sent",
        later_authentication, True)
    add("OpenSSL", "client", "asked for a certificate after the handshake, none",
        later_authentication, False)
    cells.append(Cell("OpenSSL", "client", "stateless server: HelloRetryRequest with a cookie",
                      None, lacks="s_server -stateless loses s_client's second hello too"))
    for name, extra in (("no middlebox compatibility", ["-no_middlebox"]),
                        ("padded records", ["-record_padding", "512"]),
                        ("no tickets", ["-num_tickets", "0"]),
                        ("ten tickets", ["-num_tickets", "10"]),
                        ("OCSP response absent", ["-status"])):
        add("OpenSSL", "client", name, server_variant, extra)
    add("OpenSSL", "client", "records of 512 bytes from s_server", small_records_from_server)
    for name, extra in (("no middlebox compatibility", ["-no_middlebox"]),
                        ("padded records", ["-record_padding", "512"]),
                        ("records of 512 bytes", ["-max_send_frag", "512"]),
                        ("OCSP response asked for", ["-status"])):
        add("OpenSSL", "server", name, client_variant, extra)
    add("OpenSSL", "server", "without SNI", client_variant, [], {"servername": None}, sni=False)
    add("GnuTLS", "client", "record_size_limit 512", record_size_as_client)
    add("GnuTLS", "server", "record_size_limit 512", record_size_as_server)
    add("tshark", "client", "key log decrypts, AES-GCM", decrypts, "client",
        "TLS_AES_128_GCM_SHA256")
    add("tshark", "server", "key log decrypts, ChaCha20", decrypts, "server",
        "TLS_CHACHA20_POLY1305_SHA256")
    for who in ("client", "server"):
        add("tshark", who, "1.2: key log decrypts", decrypts, who,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", version="1.2")
    add("OpenSSL", "client", "1.2: renegotiation asked for by s_server, refused",
        renegotiation_by_server)
    add("OpenSSL", "server", "1.2: renegotiation begun by s_client, refused",
        renegotiation_by_client)
    return cells
