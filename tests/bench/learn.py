"""learn.py: the clock of the benchmark of learned routes.  tests/bench/learn says
what it measures, and starts it."""
import json
import os
import socket
import statistics
import subprocess
import sys
import time

N_CHANGES = 20      # Single changes that are measured.
LIMIT = 120         # Seconds without progress are a failure.

COLUMNS = ["shape", "routes", "fill-sb-s", "fill-nb-s",
           "ctl-s", "northd-s", "stock-s", "ctl-MB", "northd-MB", "stock-MB",
           "sb-ms", "nb-ms", "ctl-ms", "northd-ms", "stock-ms",
           "less-sb-ms", "less-nb-ms", "ctl-ms", "northd-ms", "stock-ms"]


class Table:
    """What a server tells of a table: the prefixes in it."""

    def __init__(self, path, database, table):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.decoder = json.JSONDecoder()
        self.text = ""
        self.rows = {}
        self.prefixes = set()
        self.table = table
        self.send({"method": "monitor", "id": 0, "params": [
            database, None, {table: [{"columns": ["ip_prefix"]}]}]})

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode())

    def take(self, updates):
        for uuid, update in updates.get(self.table, {}).items():
            if "new" in update:
                prefix = update["new"]["ip_prefix"]
                self.rows[uuid] = prefix
                self.prefixes.add(prefix)
            else:
                self.prefixes.discard(self.rows.pop(uuid))

    def run(self, timeout):
        """Waits for a message, and takes in what there is."""
        self.socket.settimeout(timeout)
        data = self.socket.recv(1 << 20).decode()
        if not data:
            sys.exit("the server of %s has closed the connection" % self.table)
        self.text += data
        while self.text:
            try:
                message, end = self.decoder.raw_decode(self.text)
            except ValueError:
                return
            self.text = self.text[end:].lstrip()
            if message.get("method") == "echo":
                self.send({"id": message["id"], "result": [], "error": None})
            elif message.get("method") == "update":
                self.take(message["params"][1])
            elif "result" in message:
                self.take(message["result"])

    def wait(self, condition, what):
        while not condition(self.prefixes):
            try:
                self.run(LIMIT)
            except socket.timeout:
                sys.exit("nothing more from %s: %s" % (self.table, what))
        return time.monotonic()


class Process:
    """A daemon that is measured, or none."""

    def __init__(self, pid):
        self.pid = pid if pid != "-" else None
        self.mark()

    def used(self):
        if not self.pid:
            return 0.0
        with open("/proc/%s/schedstat" % self.pid, encoding="ascii") as f:
            return int(f.read().split()[0]) / 1e9

    def mark(self):
        self.start = self.used()

    def since(self):
        return self.used() - self.start

    def peak(self):
        if not self.pid:
            return 0
        with open("/proc/%s/status" % self.pid, encoding="ascii") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 1024
        return 0


def prefix(i):
    return "%d.%d.%d.0/24" % (20 + i // 65536, i // 256 % 256, i % 256)


def main():
    shape, size, n_routers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    nb_path, sb_path = sys.argv[4:6]
    daemons = [Process(pid) for pid in sys.argv[6:9]]
    user = [] if os.getuid() == 0 else ["-U", "--preserve-credentials"]
    ip = subprocess.Popen(["nsenter", "-t", sys.argv[9], "-n"] + user
                          + ["ip", "-batch", "-"], stdin=subprocess.PIPE)
    sb = Table(sb_path, "OVN_Southbound", "Learned_Route")
    nb = Table(nb_path, "OVN_Northbound", "Logical_Router_Static_Route")

    def routes(verb, numbers):
        """Puts the routes into the kernel; returns when it began."""
        for daemon in daemons:
            daemon.mark()
        start = time.monotonic()
        for i in numbers:
            ip.stdin.write(("route %s %s via 10.0.0.2 dev x0 proto bgp metric 20 "
                            "table %d\n" % (verb, prefix(i), 1000 + i % n_routers)).encode())
        ip.stdin.flush()
        return start

    def settle():
        """Until none of them has anything to do."""
        while True:
            before = [daemon.used() for daemon in daemons]
            time.sleep(0.3)
            if all(daemon.used() - b < 0.003 for daemon, b in zip(daemons, before)):
                return

    def change(verb, numbers, condition):
        sb_ms, nb_ms, cpu = [], [], [0.0] * len(daemons)
        for i in numbers:
            start = routes(verb, [i])
            sb_ms.append((sb.wait(lambda p: condition(prefix(i), p), "one") - start) * 1000)
            nb_ms.append((nb.wait(lambda p: condition(prefix(i), p), "one") - start) * 1000)
            settle()
            cpu = [c + daemon.since() for c, daemon in zip(cpu, daemons)]
        return ([statistics.median(sb_ms), statistics.median(nb_ms)]
                + [c * 1000 / len(numbers) for c in cpu])

    settle()
    start = routes("add", range(size))
    fill_sb = sb.wait(lambda p: len(p) == size, "%d rows" % size) - start
    fill_nb = nb.wait(lambda p: len(p) == size, "%d rows" % size) - start
    settle()
    line = [shape, str(size), "%.1f" % fill_sb, "%.1f" % fill_nb]
    line += ["%.2f" % daemon.since() for daemon in daemons]
    line += ["%d" % daemon.peak() for daemon in daemons]
    more = range(size, size + N_CHANGES)
    line += ["%.1f" % x for x in change("add", more, lambda i, p: i in p)]
    line += ["%.1f" % x for x in change("del", more, lambda i, p: i not in p)]
    print(" ".join("%10s" % x for x in line), flush=True)
    ip.stdin.close()
    ip.wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["--header"]:
        print(" ".join("%10s" % x for x in COLUMNS), flush=True)
    else:
        main()
