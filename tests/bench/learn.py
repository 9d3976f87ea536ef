"""learn.py: the clock of the benchmark of learned routes.  tests/bench/learn says
what it measures, and starts it."""
import glob
import json
import os
import socket
import statistics
import subprocess
import sys
import time

N_CHANGES = 40      # Single changes that are measured...
N_SLOW = 5          # ...or so many, where each is the work of stock ovn-northd.
LIMIT = 600         # Seconds without progress are a failure.
CHUNK = 1000        # Routes of one transaction, without us.


class Peer:
    """A JSON-RPC connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.decoder = json.JSONDecoder()
        self.text = ""
        self.last_id = 0
        self.replies = {}

    def send(self, method, params):
        self.last_id += 1
        self.socket.sendall(json.dumps({"method": method, "params": params,
                                        "id": self.last_id}).encode())
        return self.last_id

    def update(self, params):
        """Takes in what a monitor tells."""

    def run(self, timeout=LIMIT):
        """Waits for a message, and takes in what there is."""
        self.socket.settimeout(timeout)
        data = self.socket.recv(1 << 20).decode()
        if not data:
            sys.exit("a server has closed the connection")
        self.text += data
        while self.text:
            try:
                message, end = self.decoder.raw_decode(self.text)
            except ValueError:
                return
            self.text = self.text[end:].lstrip()
            if message.get("method") == "echo":
                self.socket.sendall(json.dumps({"id": message["id"], "result": [],
                                                "error": None}).encode())
            elif message.get("method") == "update":
                self.update(message["params"][1])
            else:
                self.replies[message["id"]] = message

    def call(self, method, params):
        call = self.send(method, params)
        while call not in self.replies:
            self.run()
        message = self.replies.pop(call)
        if message.get("error"):
            sys.exit("%s failed: %s" % (method, message["error"]))
        return message["result"]


class Database(Peer):
    """What a server tells of a table with prefixes, and of a global one."""

    def __init__(self, path, name, table, glob_table):
        super().__init__(path)
        self.name, self.table, self.glob_table = name, table, glob_table
        self.rows = {}
        self.prefixes = set()
        self.sb_cfg = 0
        columns = {table: [{"columns": ["ip_prefix"]}]}
        if glob_table == "NB_Global":
            columns[glob_table] = [{"columns": ["sb_cfg"]}]
        self.update(self.call("monitor", [name, None, columns]))

    def update(self, params):
        for row in params.get("NB_Global", {}).values():
            self.sb_cfg = row["new"]["sb_cfg"]
        for uuid, row in params.get(self.table, {}).items():
            if "new" in row:
                self.rows[uuid] = row["new"]["ip_prefix"]
                self.prefixes.add(self.rows[uuid])
            else:
                self.prefixes.discard(self.rows.pop(uuid))

    def wait(self, condition, what):
        """Returns when 'condition' came true."""
        while not condition(self):
            try:
                self.run()
            except socket.timeout:
                sys.exit("nothing more from %s: %s" % (self.table, what))
        return time.monotonic()

    def transact(self, operations):
        for result in self.call("transact", [self.name] + operations):
            if result and "error" in result:
                sys.exit("transaction failed: %s" % result)

    def bare(self):
        """The time of a transaction as such, in milliseconds: the measure of this machine."""
        times = []
        for i in range(N_CHANGES):
            start = time.monotonic()
            self.transact([{"op": "mutate", "table": self.glob_table, "where": [],
                            "mutations": [["external_ids", "delete", ["set", ["bench"]]],
                                          ["external_ids", "insert",
                                           ["map", [["bench", str(i)]]]]]}])
            times.append((time.monotonic() - start) * 1000)
        return statistics.median(times)


class Process:
    """A daemon that is measured."""

    def __init__(self, name, directory, daemon, counters):
        self.name = name
        with open("%s/%s.pid" % (directory, daemon), encoding="ascii") as f:
            self.pid = f.read().strip()
        self.control = "%s/%s.%s.ctl" % (directory, daemon, self.pid)
        self.counters = counters
        self.mark()

    def used(self):
        """Processor time of all threads, in seconds."""
        total = 0
        for path in glob.glob("/proc/%s/task/*/schedstat" % self.pid):
            with open(path, encoding="ascii") as f:
                total += int(f.read().split()[0])
        return total / 1e9

    def count(self):
        """What it did so far.  A connection that stayed open would cost it time."""
        control = Peer(self.control)
        counts = [int(control.call("coverage/read-counter", [c])) for c in self.counters]
        control.socket.close()
        return counts

    def mark(self):
        self.start = self.used()

    def since(self):
        return self.used() - self.start

    def peak(self):
        with open("/proc/%s/status" % self.pid, encoding="ascii") as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 1024
        return 0


def prefix(i):
    return "%d.%d.%d.0/24" % (20 + i // 65536, i // 256 % 256, i % 256)


class Kernel:
    """Routes as a routing daemon makes them, in the controller's namespace."""

    def __init__(self, pid, n_routers):
        user = [] if os.getuid() == 0 else ["-U", "--preserve-credentials"]
        self.n_routers = n_routers
        self.ip = subprocess.Popen(["nsenter", "-t", pid, "-n"] + user
                                   + ["ip", "-batch", "-"], stdin=subprocess.PIPE)

    def change(self, verb, numbers):
        for i in numbers:
            self.ip.stdin.write(
                ("route %s %s via 10.0.0.2 dev x0 proto bgp metric 20 table %d\n"
                 % (verb, prefix(i), 1000 + i % self.n_routers)).encode())
        self.ip.stdin.flush()


class Cms:
    """The same routes, written to the Northbound database by somebody else."""

    def __init__(self, nb, n_routers):
        self.nb, self.n_routers = nb, n_routers
        self.nb_cfg = 0

    def operations(self, verb, i):
        router = [["name", "==", "lr%d" % (i % self.n_routers)]]
        if verb == "add":
            return [{"op": "insert", "table": "Logical_Router_Static_Route",
                     "uuid-name": "r%d" % i,
                     "row": {"ip_prefix": prefix(i), "nexthop": "10.0.0.2",
                             "output_port": "lr%d-up" % (i % self.n_routers)}},
                    {"op": "mutate", "table": "Logical_Router", "where": router,
                     "mutations": [["static_routes", "insert", ["named-uuid", "r%d" % i]]]}]
        uuid = next(u for u, p in self.nb.rows.items() if p == prefix(i))
        return [{"op": "mutate", "table": "Logical_Router", "where": router,
                 "mutations": [["static_routes", "delete", ["uuid", uuid]]]}]

    def change(self, verb, numbers):
        numbers = list(numbers)
        for i in range(0, len(numbers), CHUNK):
            operations = [o for n in numbers[i:i + CHUNK] for o in self.operations(verb, n)]
            if i + CHUNK >= len(numbers):
                self.nb_cfg += 1
                operations += [{"op": "update", "table": "NB_Global", "where": [],
                                "row": {"nb_cfg": self.nb_cfg}}]
            self.nb.transact(operations)

    def wait(self):
        """Until stock ovn-northd has made flows of all."""
        return self.nb.wait(lambda nb: nb.sb_cfg >= self.nb_cfg, "nb_cfg %d" % self.nb_cfg)


class Bench:
    def __init__(self, shape, size, n_routers, mode, directory):
        self.shape, self.size, self.mode = shape, size, mode
        self.sb = Database(os.environ["OVN_SB_DB"][len("unix:"):], "OVN_Southbound", "Learned_Route",
                           "SB_Global")
        self.nb = Database(os.environ["OVN_NB_DB"][len("unix:"):], "OVN_Northbound",
                           "Logical_Router_Static_Route", "NB_Global")
        self.daemons = []
        if mode != "alone":
            with open(directory + "/ns.pid", encoding="ascii") as f:
                self.source = Kernel(f.read().strip(), n_routers)
            self.daemons += [
                Process("controller", directory, "ovn-route-controller",
                        ["learn_prefix", "learned_route_insert", "learned_route_delete",
                         "learned_route_txn"]),
                Process("ovn-route-northd", directory, "ovn-route-northd",
                        ["northd_compute", "northd_nb_transaction"])]
        else:
            self.source = Cms(self.nb, n_routers)
        if mode != "none":
            self.daemons += [Process("stock ovn-northd", directory, "ovn-northd", [])]

    def begin(self):
        for daemon in self.daemons:
            daemon.mark()
        return time.monotonic()

    def arrived(self, condition, what):
        """When it was in the Southbound and in the Northbound database; or when stock
        ovn-northd was done."""
        if self.mode == "alone":
            return [self.source.wait()]
        return [db.wait(lambda db: condition(db.prefixes), what) for db in (self.sb, self.nb)]

    def settle(self, pause=0.05):
        """Until none has anything to do, but for what comes once a second.  Returns what each
        had used, in ms, when it had no more to do: what others do takes longer."""
        used = [None] * len(self.daemons)
        while None in used:
            before = [daemon.used() for daemon in self.daemons]
            time.sleep(pause)
            for i, daemon in enumerate(self.daemons):
                if used[i] is None and daemon.used() - before[i] < 0.0002:
                    used[i] = daemon.since() * 1000
        return used

    def say(self, what, *words):
        print("  %-5s %s" % (what, "; ".join(w for w in words if w)), flush=True)

    def fill(self):
        start = self.begin()
        self.source.change("add", range(self.size))
        times = [t - start for t in self.arrived(lambda p: len(p) == self.size,
                                                 "%d rows" % self.size)]
        self.settle(0.3)
        self.say("fill", self.when(times, "s"),
                 "CPU " + ", ".join("%s %.2f s (%.0f us a route)"
                                    % (d.name, d.since(), d.since() * 1e6 / self.size)
                                    for d in self.daemons),
                 "peak " + ", ".join("%s %d MB" % (d.name, d.peak()) for d in self.daemons))

    def when(self, times, unit):
        places = ["flows"] if self.mode == "alone" else ["SB", "NB"]
        return ", ".join("%s %.1f %s" % (p, t, unit) for p, t in zip(places, times))

    def changes(self, what, verb, numbers, condition):
        before = [d.count() for d in self.daemons if d.counters]
        times, cpu = [], []
        for i in numbers:
            start = self.begin()
            self.source.change(verb, [i])
            arrived = self.arrived(lambda p: condition(prefix(i), p), "one")
            times.append([(t - start) * 1000 for t in arrived])
            cpu.append(self.settle())
        counts = []
        for daemon, old in zip([d for d in self.daemons if d.counters], before):
            counts += ["%s %.1f" % (c, (n - o) / len(numbers))
                       for c, n, o in zip(daemon.counters, daemon.count(), old) if n != o]
        medians = [statistics.median(t) for t in zip(*times)]
        self.say(what, "%s (%s bare transactions)"
                 % (self.when(medians, "ms"),
                    ", ".join("%.1f" % (m / self.bare) for m in medians)),
                 "CPU " + ", ".join("%s %.2f ms (mean %.2f)"
                                    % (d.name, statistics.median(c), statistics.mean(c))
                                    for d, c in zip(self.daemons, zip(*cpu))),
                 ", ".join(counts))

    def run(self):
        print("%s, %d routes%s" % ("one router" if self.shape == "one" else "100 routers",
                                   self.size,
                                   {"none": "", "beside": ", stock ovn-northd beside",
                                    "alone": ", stock ovn-northd alone"}[self.mode]),
              flush=True)
        self.settle(0.3)
        self.bare = self.nb.bare()
        self.settle(0.3)
        self.fill()
        n = N_CHANGES if self.mode == "none" else N_SLOW
        more = range(self.size, self.size + n)
        self.changes("more", "add", more, lambda i, p: i in p)
        self.changes("less", "del", more, lambda i, p: i not in p)
        start = self.begin()
        time.sleep(5)
        self.say("idle", "CPU " + ", ".join(
            "%s %.3f %%" % (d.name, d.since() * 100 / (time.monotonic() - start))
            for d in self.daemons))


if __name__ == "__main__":
    Bench(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], ".").run()
