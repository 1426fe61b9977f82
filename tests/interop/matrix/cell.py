"""A cell of the matrix: one peer, one role of handfast, one case. Running it gives "passed",
"failed" or "lacks": the peer cannot do what the case asks, and refuses it as it should or has no
way to be asked. A cell that is said to be lacking and is not has failed: so the table stays
true."""
import concurrent.futures
import json
import threading
import time
import traceback

# What a row of the table shows of the handshake as handfast saw it.
SHOWN = ("version", "suite", "group", "signature", "alpn", "client_certificate", "hello_retry",
         "resumed")


class Mismatch(Exception):
    """What was seen is not what was expected."""


class Lacks(Exception):
    """The peer cannot do it: why."""


def expect(name, actual, wanted):
    if actual != wanted:
        raise Mismatch(f"{name}: {actual!r}, not {wanted!r}")


def expect_in(name, actual, wanted):
    if actual not in wanted:
        raise Mismatch(f"{name}: {actual!r}, none of {sorted(wanted)}")


def ensure(words, condition, detail=""):
    if not condition:
        raise Mismatch(f"{words}; {detail}")


def ends_cleanly(server):
    """Our server (without -q) ends well, and told of nothing that failed after a handshake."""
    status = server.stop()
    late = [line for line in server.errors.splitlines() if " after the handshake: " in line]
    expect("a clean end", (status, late), (0, []))


class Cell:
    """`function(cell, *arguments)` runs it; `lacks`: why the peer cannot, known beforehand without
    running anything."""

    def __init__(self, peer, role, case, function, *arguments, lacks=None):
        self.peer = peer
        self.role = role
        self.case = case
        self.function = function
        self.arguments = arguments
        self.lacks = lacks
        self.status = None
        self.detail = ""
        self.seconds = 0.0
        self.shown = {}

    def name(self):
        return f"{self.peer}: handfast {self.role}: {self.case}"

    def show(self, tls, failure=None):
        """The facts for the table; with what we call the failure, if there is one."""
        self.shown = {key: tls[key] for key in SHOWN if tls.get(key) is not None}
        if failure:
            self.shown["refusal"] = f"{failure['code']}, by {failure['who']}"

    def run(self):
        begun = time.monotonic()
        try:
            if self.lacks:
                raise Lacks(self.lacks)
            self.function(self, *self.arguments)
            self.status = "passed"
        except Lacks as why:
            self.status, self.detail = "lacks", str(why)
        except Mismatch as why:
            self.status, self.detail = "failed", str(why)
        except Exception:  # a cell that breaks has failed, and the others go on
            self.status, self.detail = "failed", traceback.format_exc()
        self.seconds = round(time.monotonic() - begun, 2)

    def line(self):
        return json.dumps({"peer": self.peer, "role": self.role, "case": self.case,
                           "status": self.status, "detail": self.detail, "seconds": self.seconds,
                           **self.shown})


def run_all(cells, workers, out):
    """Runs them side by side; a line of JSON each to `out`, failures to stdout too."""
    lock = threading.Lock()

    def one(cell):
        cell.run()
        with lock:
            out.write(cell.line() + "\n")
            out.flush()
            if cell.status == "failed":
                print(f"FAIL {cell.name()}: {cell.detail}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(one, cell) for cell in cells]:
            future.result()
