"""Every cell of the matrix."""
import contextlib

import cases
import cases12
import command
import peers
import program
import special
import web
import web12


@contextlib.contextmanager
def prepared(out):
    """The list of cells; the throw-away certificates live as long."""
    with peers.Lab() as lab:
        for kind in cases.IDENTITIES:
            lab.identity(kind)
        bench = cases.Bench(lab, out / "probe")
        cells = []
        for peer in (command.OpensslPeer(), command.GnutlsPeer(), program.python_peer(),
                     program.node_peer(), program.java_peer(out), program.go_peer(out / "peer_go")):
            for module in (cases, cases12):
                cells += module.as_client(bench, peer) + module.as_server(bench, peer)
        yield cells + special.all_cells(bench) + web.all_cells(bench) + web12.all_cells(bench)
