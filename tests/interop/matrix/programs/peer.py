"""A peer made of Python's ssl: see program.py for what such a peer takes and prints."""
import json
import socket
import ssl
import sys
import threading

CURVES = {"x25519": "X25519", "x448": "X448", "secp256r1": "prime256v1", "secp384r1": "secp384r1",
          "secp521r1": "secp521r1"}
AUTHS = {"none": ssl.CERT_NONE, "request": ssl.CERT_OPTIONAL, "require": ssl.CERT_REQUIRED}
OPTIONS = dict(zip(sys.argv[2::2], sys.argv[3::2]))


def report(**facts):
    print(json.dumps(facts), flush=True)


def context(purpose):
    made = ssl.SSLContext(purpose)
    version = ssl.TLSVersion.TLSv1_2 if OPTIONS.get("version") == "1.2" else ssl.TLSVersion.TLSv1_3
    made.minimum_version = made.maximum_version = version
    if "ca" in OPTIONS:
        made.load_verify_locations(OPTIONS["ca"])
    if "cert" in OPTIONS:
        made.load_cert_chain(OPTIONS["cert"], OPTIONS["key"])
    if "suites" in OPTIONS and version == ssl.TLSVersion.TLSv1_2:
        # The level 0 allows CCM_8, whose tag has 64 bits only.
        made.set_ciphers(OPTIONS["suites"] + ":@SECLEVEL=0")
    if "dh" in OPTIONS:
        made.load_dh_params(OPTIONS["dh"])
    if OPTIONS.get("tickets") == "no":
        made.options |= ssl.OP_NO_TICKET
    if "alpn" in OPTIONS:
        made.set_alpn_protocols(OPTIONS["alpn"].split(","))
    if "groups" in OPTIONS:
        made.set_ecdh_curve(CURVES[OPTIONS["groups"]])
    return made


def facts(s):
    return {"ok": True, "version": s.version().replace("v", " "), "suite": s.cipher()[0],
            "alpn": s.selected_alpn_protocol() or "",
            "peer_certificates": 1 if s.getpeercert(True) else 0, "resumed": s.session_reused}


def exchange(made, session):
    """A connection with a line there and back: its facts and its session."""
    with socket.create_connection(("127.0.0.1", int(OPTIONS["port"])), 20) as plain:
        with made.wrap_socket(plain, server_hostname=OPTIONS["name"], session=session) as s:
            s.sendall(b"hello\n")
            line = b""
            while not line.endswith(b"\n"):
                piece = s.recv(4096)
                if not piece:
                    raise OSError("closed before the answer")
                line += piece
            known = facts(s)
            session = s.session
            s.unwrap()  # raises unless close_notify is answered with one
            return {**known, "line": line.decode(), "closed": True}, session


def client():
    try:
        made = context(ssl.PROTOCOL_TLS_CLIENT)
        known, session = exchange(made, None)
        if "resume" in OPTIONS:
            known, _ = exchange(made, session)
        report(**known)
    except OSError as error:
        report(ok=False, error=str(error))
        sys.exit(1)


def serve(plain, made):
    plain.settimeout(20)
    try:
        with made.wrap_socket(plain, server_side=True) as s:
            known = facts(s)
            while piece := s.recv(4096):
                s.sendall(piece)
            s.unwrap()
            report(**known, closed=True)
    except OSError as error:
        if not isinstance(error, ssl.SSLEOFError):
            report(ok=False, error=str(error))


def server():
    made = context(ssl.PROTOCOL_TLS_SERVER)
    made.verify_mode = AUTHS[OPTIONS.get("client-auth", "none")]
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(plain, made), daemon=True).start()


client() if sys.argv[1] == "client" else server()
