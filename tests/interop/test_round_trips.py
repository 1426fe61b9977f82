#!/usr/bin/env python3
"""Round trips, counted and timed: `connect` to servers of OpenSSL, GnuTLS and our own through a TCP
relay that holds every byte back for 50 ms each way. TLS 1.2 full: 2, resumed: 1; TLS 1.3 full: 1,
after HelloRetryRequest: 2, resumed: 1."""
import asyncio
import re
import socket
import threading
import time

import peers

ONE_WAY_S = 0.05
TRIP_MS = 2000 * ONE_WAY_S
TRIES = 5  # on a busy machine a run may be slow; too fast it can never be


class Relay:
    """Between clients and the server at `port`, on a thread of its own."""

    def __init__(self, port):
        self.target = port
        self.loop = asyncio.new_event_loop()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._accept, sock=listener))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    async def _accept(self, from_client, to_client):
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await asyncio.gather(self._carry(from_client, to_server),
                                 self._carry(from_server, to_client))
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            to_client.close()
            to_server.close()

    async def _carry(self, reader, writer):
        """What is read is written ONE_WAY_S later, however much came in between."""
        pieces = asyncio.Queue()
        sender = asyncio.ensure_future(self._send(pieces, writer))
        try:
            while piece := await reader.read(65536):
                pieces.put_nowait((self.loop.time() + ONE_WAY_S, piece))
        except ConnectionError:
            pass
        pieces.put_nowait((self.loop.time() + ONE_WAY_S, b""))
        await sender

    async def _send(self, pieces, writer):
        try:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(due - self.loop.time())
                if not piece:
                    writer.write_eof()
                    return
                writer.write(piece)
        except (ConnectionError, OSError):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _end(self):
        self.server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def relay_holds_back(suite):
    """The measure itself: an echo without TLS."""
    def echo(listener):
        with listener.accept()[0] as s:
            while piece := s.recv(100):
                s.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=echo, args=(listener,), daemon=True).start()
        with Relay(listener.getsockname()[1]) as relay, \
                socket.create_connection(("127.0.0.1", relay.port)) as s:
            took = []
            for _ in range(TRIES):
                begin = time.monotonic()
                s.sendall(b"x")
                suite.check("the relay carries", s.recv(100), b"x")
                took.append(1000 * (time.monotonic() - begin))
            suite.ok("the relay holds back", min(took) >= TRIP_MS, took)
            suite.ok("the relay adds little", min(took) < 1.2 * TRIP_MS, took)


# ---- Servers; `retry`: one that takes P-256 alone ----

def openssl_server(lab, version, retry):
    identity = lab.identity("p256")
    groups = ["-groups", "P-256"] if retry else []
    return peers.Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.cert,
                         "-cert_chain", identity.issuers, "-key", identity.key, "-www",
                         f"-tls{version.replace('.', '_')}", *groups], "ACCEPT ")


def gnutls_server(lab, version, retry):
    identity = lab.identity("p256")
    port = peers.free_port()
    groups = ":-GROUP-ALL:+GROUP-SECP256R1" if retry else ""
    return peers.Server(["gnutls-serv", "--port", str(port), "--x509certfile", identity.chain,
                         "--x509keyfile", identity.key, "--http", "--priority",
                         f"NORMAL:-VERS-ALL:+VERS-TLS{version}{groups}"], port=port)


def our_server(lab, version, retry):
    groups = ["--groups", "secp256r1"] if retry else []
    return peers.serve(*peers.pair_flags(lab.identity("p256")), f"--tlsv{version}", "--tls-max",
                       version, *groups)


# ---- What is measured ----

def trips(document):
    """What a document of `connect` says of its handshake."""
    tls = document["tls"]
    return {"version": tls["version"], "resumed": tls["resumed"], "retry": tls["hello_retry"],
            "round_trips": tls["round_trips"]}


def handshakes(suite, name, port, lab, expected, *flags):
    """`expected`: what `trips` gives for each handshake of one run. The time lies from that many
    trips to one more; the quickest of a few runs decides on the latter."""
    quickest = [float("inf")] * len(expected)
    for _ in range(TRIES):
        result = peers.connect(f"localhost:{port}", "--cacert", lab.root, *flags)
        document = result.json
        if not suite.ok(f"{name}: well", result.code == 0 and document, result.out + result.err):
            return
        documents = [document["first"], document] if document["first"] else [document]
        suite.check(f"{name}: told", [trips(d) for d in documents], expected)
        for i, d in enumerate(documents):
            took = d["timing_us"]["handshake"] / 1000
            least = TRIP_MS * expected[i]["round_trips"]
            suite.ok(f"{name}: handshake {i} takes its round trips", took >= least,
                     f"{took} ms, not {least}")
            quickest[i] = min(quickest[i], took)
        if all(quick < TRIP_MS * (e["round_trips"] + 1)
               for quick, e in zip(quickest, expected)):
            return
    suite.ok(f"{name}: no more than its round trips", False, quickest)


def told(version, resumed, round_trips, retry=False):
    return {"version": f"TLS {version}", "resumed": resumed, "retry": retry,
            "round_trips": round_trips}


def full_and_resumed(suite, lab, make, version, full):
    name = f"{make.__name__}, TLS {version}"
    with make(lab, version, False) as server, Relay(server.port) as relay:
        handshakes(suite, name, relay.port, lab,
                   [told(version, False, full), told(version, True, 1)], "--reconnect")


def hello_retry(suite, lab, make):
    with make(lab, "1.3", True) as server, Relay(server.port) as relay:
        handshakes(suite, f"{make.__name__}, HelloRetryRequest", relay.port, lab,
                   [told("1.3", False, 2, retry=True)], "--groups", "x25519:secp256r1")


def in_words(suite, lab, version, expected):
    """People are told the same."""
    with our_server(lab, version, False) as server, Relay(server.port) as relay:
        result = peers.connect_piped(f"localhost:{relay.port}", "--cacert", lab.root,
                                     "--reconnect", "--brief")
        suite.check(f"TLS {version}, in words", re.findall(r"^  (\d round trips?), ", result.err,
                                                           re.M), expected)


def main():
    suite = peers.Suite()
    with peers.Lab() as lab:
        suite.run(relay_holds_back)
        jobs = [(full_and_resumed, lab, make, version, full)
                for make in (our_server, openssl_server, gnutls_server)
                for version, full in (("1.2", 2), ("1.3", 1))]
        jobs += [(hello_retry, lab, make) for make in (our_server, openssl_server, gnutls_server)]
        jobs += [(in_words, lab, "1.2", ["2 round trips", "1 round trip"]),
                 (in_words, lab, "1.3", ["1 round trip", "1 round trip"])]
        suite.run_all(jobs, workers=3)
    suite.close()


if __name__ == "__main__":
    main()
