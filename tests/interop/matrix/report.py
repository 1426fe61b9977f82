"""The matrix as Markdown."""
ORDER = ["OpenSSL", "GnuTLS", "Python", "Node", "Java", "Go", "curl", "wget", "Chromium", "nginx",
         "HAProxy", "Apache", "tshark"]
MARKS = {"passed": "ok", "failed": "**failed**", "lacks": "peer lacks"}
COLUMNS = [("version", "version"), ("suite", "suite"), ("group", "group"),
           ("signature", "signature"), ("alpn", "ALPN"), ("client_certificate", "client cert"),
           ("refusal", "refused with")]

HEAD = """# Interoperability

Written by `make interop`; not edited by hand. handfast is built and run inside Debian 12 and
Debian 13, against the TLS implementations that these systems carry, over loopback.

What a cell asserts, beside its name:

- handfast is the client: `handfast connect --json` succeeds and its facts are the expected ones; a
  second connection sends a line, gets it (or an HTTP answer) back and ends with close_notify, exit
  code 0; the peer reports the same version, suite, group and ALPN where it reports any.
- handfast is the server: the peer's handshake succeeds, its line comes back (or its HTTP answer
  comes), it sees a clean end; `handfast serve --jsonl` logged the expected facts; no complaint was
  logged after the handshake.
- "Resumed": a first handshake is full, and the second goes on with its session, in one round trip;
  both sides say so where the peer tells. By ticket or by session ID: `connect --trace` saw a
  NewSessionTicket, or none. "Stapled": handfast refuses to go on without a good OCSP response, or
  the peer got the one that handfast staples.
- A cell that must fail does so with the named code, and the side that refused is told rightly; both
  sides saw it fail.

"Peer lacks" tells what the peer cannot do from what fails. Where it can be asked for, the cell was
run, and the handshake was refused as it should be; if the peer learns it, the cell fails until this
table is mended. "1.2" and "1.3" in a case are what both sides are to agree on; cells without
are TLS 1.3. "HRR" marks a HelloRetryRequest. The facts are those that handfast reported; of two
that differ, Debian 12's stands first.
"""


def both(values):
    """One text of what the systems saw."""
    known = [str(value) for value in values if value not in (None, False)]
    return " / ".join(dict.fromkeys(known))


def versions_table(systems):
    versions = [system.versions() for system in systems]
    lines = ["## Versions", "", "| | " + " | ".join(v["system"] for v in versions) + " |",
             "| --- |" + " --- |" * len(systems)]
    for name in ["handfast", *ORDER]:
        lines.append(f"| {name} | " + " | ".join(v.get(name, "?") for v in versions) + " |")
    return lines


def summary_table(systems):
    lines = ["", "## Summary", "",
             "Cells that are ok, of all that the peer can do; and how many it lacks.", "",
             "| peer | handfast is | " + " | ".join(s.codename for s in systems) + " |",
             "| --- | --- |" + " --- |" * len(systems)]
    total = dict.fromkeys(MARKS, 0)
    for peer in ORDER:
        for role in ("client", "server"):
            cells = []
            for system in systems:
                found = [r["status"] for r in system.results()
                         if (r["peer"], r["role"]) == (peer, role)]
                for status in found:
                    total[status] += 1
                lacks = found.count("lacks")
                cells.append(f"{found.count('passed')} of {len(found) - lacks}"
                             + (f", lacks {lacks}" if lacks else "") if found else "-")
            if set(cells) != {"-"}:
                lines.append(f"| {peer} | {role} | " + " | ".join(cells) + " |")
    lines += ["", f"In all: {total['passed']} ok, {total['failed']} failed, {total['lacks']} that "
              "the peer lacks."]
    return lines


def peer_tables(systems):
    lines = []
    rows = {}
    for number, system in enumerate(systems):
        for result in system.results():
            key = (result["peer"], result["role"], result["case"])
            rows.setdefault(key, [None] * len(systems))[number] = result
    for peer in ORDER:
        for role in ("client", "server"):
            chosen = sorted((key[2], cells) for key, cells in rows.items()
                            if key[:2] == (peer, role))
            if not chosen:
                continue
            lines += ["", f"## {peer}, handfast is the {role}", "",
                      "| case | " + " | ".join(title for _, title in COLUMNS)
                      + " | HRR | resumed | " + " | ".join(s.codename for s in systems) + " |",
                      "| --- |" + " --- |" * (len(COLUMNS) + 2 + len(systems))]
            for case, cells in chosen:
                seen = [cell for cell in cells if cell]
                facts = [both(cell.get(key) for cell in seen) for key, _ in COLUMNS]
                facts += ["yes" if any(cell.get(key) for cell in seen) else ""
                          for key in ("hello_retry", "resumed")]
                marks = [MARKS[cell["status"]] + (f": {cell['detail']}"
                                                  if cell["status"] == "lacks" else "")
                         if cell else "-" for cell in cells]
                lines.append(f"| {case} | " + " | ".join([*facts, *marks]) + " |")
    return lines


def markdown(systems):
    return HEAD + "\n" + "\n".join(versions_table(systems) + summary_table(systems)
                                   + peer_tables(systems)) + "\n"
