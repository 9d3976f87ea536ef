"""bench-controller.py: measures ovn-route-controller, from outside.

    bench-controller.py N

Run by tests/bench/controller, in the daemon's network namespace, with a
Southbound database that has router "gw", number 10, and the daemon running.
Adds N Advertised_Route rows in one transaction, then changes single ones, has
routes deleted, kills and restarts the daemon.  Prints one line a figure.

Transactions go to the database as plain JSON-RPC, and what the kernel does comes
from a netlink socket of its own, so that the clock reads what anybody would see.
CPU time and memory are the daemon's, as the kernel counts them."""

import json
import os
import socket
import struct
import subprocess
import sys
import time

TABLE = 10
METRIC = 1000
N_SINGLE = 20
LIMIT = 300                     # Seconds; more is a failure.

NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
REQUEST, ACK, DUMP, CREATE, EXCL = 1, 4, 0x300, 0x400, 0x200
OWN = 84
BLACKHOLE = 6


def figure(name, value, unit=''):
    print('%-28s %12.3f %s' % (name, value, unit), flush=True)


def fail(text):
    sys.exit('bench-controller: ' + text)


class Database:
    """A connection to an ovsdb-server."""

    def __init__(self, remote):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(remote[len('unix:'):])
        self.decoder = json.JSONDecoder()
        self.text = ''
        self.id = 0

    def send(self, method, params):
        self.id += 1
        self.sock.sendall(json.dumps(
            {'method': method, 'id': self.id, 'params': params}).encode())

    def transact(self, *ops):
        self.begin(*ops)
        return self.finish()

    def begin(self, *ops):
        self.send('transact', ['OVN_Southbound'] + list(ops))

    def finish(self):
        reply = self.receive()
        while reply.get('id') != self.id:
            reply = self.receive()
        if reply['error'] or any(r and 'error' in r for r in reply['result']):
            fail('transaction refused: %.300s' % reply)
        return reply['result']

    def watch(self):
        """Has the server tell of nb_cfg, wanted and done."""
        columns = {'columns': ['nb_cfg']}
        self.send('monitor', ['OVN_Southbound', None, {
            'Route_Exchange_Global': columns,
            'Route_Exchange_Chassis': columns}])
        self.finish()

    def wait_update(self, table, cfg):
        """Waits until the server says that 'table' has nb_cfg 'cfg'."""
        while True:
            value = self.receive()
            if value.get('method') == 'update':
                for row in value['params'][1].get(table, {}).values():
                    if row.get('new', {}).get('nb_cfg') == cfg:
                        return

    def receive(self):
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text)
                self.text = self.text[end:].lstrip()
                if value.get('method') != 'echo':
                    return value
                self.sock.sendall(json.dumps(
                    {'id': value['id'], 'error': None,
                     'result': value['params']}).encode())
            except ValueError:
                data = self.sock.recv(1 << 22)
                if not data:
                    fail('the database server hung up')
                self.text += data.decode()

    def one(self, table, where, column):
        rows = self.transact({'op': 'select', 'table': table, 'where': where,
                              'columns': [column]})[0]['rows']
        return rows[0][column] if rows else None


class Kernel:
    """Netlink: an own word, and what happens."""

    def __init__(self):
        self.command = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.command.bind((0, 0))

    def listen(self):
        self.events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.events.setsockopt(socket.SOL_SOCKET, 33, 1 << 30)  # RCVBUFFORCE
        self.events.bind((0, 0x40))                     # RTMGRP_IPV4_ROUTE
        self.events.settimeout(LIMIT)

    def deafen(self):
        self.events.close()

    def message(self, kind, flags, dst, protocol=OWN):
        attrs = struct.pack('=HHI', 8, 15, TABLE)
        attrs += struct.pack('=HHI', 8, 6, METRIC)
        attrs += struct.pack('=HH4s', 8, 1, dst)
        scope = 0 if kind == NEWROUTE else 255
        body = struct.pack('=BBBBBBBBI', 2, 32, 0, 0, 0, protocol, scope,
                           BLACKHOLE, 0) + attrs
        return struct.pack('=IHHII', 16 + len(body), kind, REQUEST | flags,
                           1, 0) + body

    def write(self, kind, flags, dsts, protocol=OWN):
        """Adds or deletes routes, 64 at a time."""
        batches = []
        for i in range(0, len(dsts), 64):
            part = dsts[i:i + 64]
            batches.append(b''.join(
                self.message(kind, flags | (ACK if dst == part[-1] else 0),
                             dst, protocol) for dst in part))
        start = time.monotonic()
        for batch in batches:
            self.command.send(batch)
            error, = struct.unpack_from('=i', self.command.recv(8192), 16)
            if error:
                fail('the kernel says: ' + os.strerror(-error))
        return time.monotonic() - start

    def count(self):
        """The number of routes of ours in the table."""
        body = struct.pack('=BBBBBBBBI', 2, 0, 0, 0, 0, OWN, 0, 0, 0)
        body += struct.pack('=HHI', 8, 15, TABLE)
        self.command.setsockopt(270, 12, 1)             # GET_STRICT_CHK
        self.command.send(struct.pack('=IHHII', 16 + len(body), GETROUTE,
                                      REQUEST | DUMP, 1, 0) + body)
        n = 0
        while True:
            data = self.command.recv(1 << 20)
            offset = 0
            while offset < len(data):
                length, kind = struct.unpack_from('=IH', data, offset)
                if kind == 3:
                    return n
                n += kind == NEWROUTE and data[offset + 21] == OWN
                offset += (length + 3) & ~3

    def wait_for(self, kind, n):
        """Waits until 'n' routes of ours came or went."""
        while n > 0:
            data = self.events.recv(1 << 16)
            length, this = struct.unpack_from('=IH', data, 0)
            n -= this == kind and data[21] == OWN


class Daemon:
    def __init__(self):
        self.unixctl = os.environ['BENCH_UNIXCTL']
        self.pidfile = os.environ['BENCH_PIDFILE']

    def pid(self):
        return int(open(self.pidfile).read())

    def cpu(self):
        """Seconds of the processor."""
        return int(open('/proc/%d/schedstat' % self.pid()).read().split()[0]
                   ) / 1e9

    def cpu_shares(self):
        """Seconds in the daemon's own code and in the kernel on its behalf:
        getrusage()'s utime and stime, which count in ticks."""
        fields = open('/proc/%d/stat' % self.pid()).read().rsplit(')', 1)[1]
        tick = os.sysconf('SC_CLK_TCK')
        utime, stime = fields.split()[11:13]
        return int(utime) / tick, int(stime) / tick

    def memory(self):
        """The most that it ever had in memory, in MiB."""
        for line in open('/proc/%d/status' % self.pid()):
            if line.startswith('VmHWM'):
                return int(line.split()[1]) / 1024

    def ask(self, command):
        return subprocess.run(['ovn-appctl', '-t', self.unixctl, command],
                              check=True, capture_output=True,
                              text=True).stdout

    def messages(self):
        return int(self.ask('kernel/stats').split('\n')[0].split(': ')[1])

    def kill(self):
        pid = self.pid()
        os.kill(pid, 9)
        while os.path.exists('/proc/%d' % pid):
            time.sleep(0.001)

    def start(self):
        subprocess.run(os.environ['BENCH_START'], shell=True, check=True)


class Bench:
    def __init__(self, n):
        self.n = n
        self.kernel = Kernel()
        self.daemon = Daemon()
        self.db = Database(os.environ['OVN_SB_DB'])
        self.port = self.db.one('Port_Binding',
                                [['logical_port', '==', 'gw-up']], '_uuid')
        self.datapath = self.db.one('Port_Binding',
                                    [['logical_port', '==', 'gw-up']],
                                    'datapath')
        self.cfg = self.db.one('Route_Exchange_Global', [], 'nb_cfg')

    @staticmethod
    def dst(i):
        return struct.pack('>I', (10 << 24) + i)

    def row(self, i):
        return {'op': 'insert', 'table': 'Advertised_Route', 'row': {
            'datapath': self.datapath, 'logical_port': self.port,
            'ip_prefix': socket.inet_ntoa(self.dst(i))}}

    def bump(self):
        self.cfg += 1
        return {'op': 'update', 'table': 'Route_Exchange_Global', 'where': [],
                'row': {'nb_cfg': self.cfg}}

    def barrier(self):
        """Waits until the daemon says that the kernel has all."""
        result = self.db.transact(
            {'op': 'wait', 'table': 'Route_Exchange_Chassis',
             'timeout': LIMIT * 1000, 'columns': ['nb_cfg'], 'until': '==',
             'where': [['name', '==', 'hv1']], 'rows': [{'nb_cfg': self.cfg}]})
        return result

    def bulk(self):
        rows = [self.row(i) for i in range(self.n)]
        cpu, messages = self.daemon.cpu(), self.daemon.messages()
        shares, memory = self.daemon.cpu_shares(), self.daemon.memory()
        watcher = Database(os.environ['OVN_SB_DB'])
        watcher.watch()
        start = time.monotonic()
        self.db.begin(*rows, self.bump())
        watcher.wait_update('Route_Exchange_Global', self.cfg)
        committed = time.monotonic()
        watcher.wait_update('Route_Exchange_Chassis', self.cfg)
        done = time.monotonic()
        self.db.finish()
        figure('daemon-bulk-commit', committed - start, 's')
        figure('daemon-bulk', done - committed, 's')
        cpu = self.daemon.cpu() - cpu
        figure('daemon-bulk-cpu', cpu, 's')
        for name, now, before in zip(('own', 'kernel'),
                                     self.daemon.cpu_shares(), shares):
            figure('daemon-bulk-cpu-' + name, now - before, 's')
        figure('daemon-bulk-cpu-per-route', cpu / self.n * 1e6, 'us')
        figure('daemon-bulk-messages', self.daemon.messages() - messages)
        if self.kernel.count() != self.n:
            fail('the kernel has %d routes' % self.kernel.count())
        figure('daemon-bulk-memory', self.daemon.memory(), 'MiB')
        figure('daemon-memory-per-route',
               (self.daemon.memory() - memory) / self.n * 1024, 'KiB')

    def single(self):
        took = []
        self.kernel.listen()
        cpu, messages = self.daemon.cpu(), self.daemon.messages()
        for i in range(N_SINGLE):
            self.db.transact(self.row(self.n + i))
            start = time.monotonic()
            self.kernel.wait_for(NEWROUTE, 1)
            took.append(time.monotonic() - start)
            time.sleep(0.05)    # So that one change is one turn of its loop.
        figure('daemon-single-median', sorted(took)[N_SINGLE // 2] * 1e3, 'ms')
        figure('daemon-single-cpu', (self.daemon.cpu() - cpu) / N_SINGLE * 1e3,
               'ms')
        messages = self.daemon.messages() - messages
        figure('daemon-single-messages', messages / N_SINGLE, 'per change')
        if messages != N_SINGLE:
            fail('a change took more messages')
        self.kernel.deafen()

    def repair(self, name, first, n):
        messages = self.daemon.messages()
        self.kernel.listen()
        start = time.monotonic()
        self.kernel.write(DELROUTE, 0, [self.dst(i)
                                        for i in range(first, first + n)])
        self.kernel.wait_for(NEWROUTE, n)
        figure(name, (time.monotonic() - start) * 1e3, 'ms')
        self.kernel.deafen()
        if self.daemon.messages() - messages != n:
            fail('a repair took more messages')

    def live(self, name, seconds, meddle=None):
        cpu, start = self.daemon.cpu(), time.monotonic()
        while time.monotonic() < start + seconds:
            if meddle:
                meddle()
            time.sleep(0.04 if meddle else seconds)
        figure(name, (self.daemon.cpu() - cpu)
               / (time.monotonic() - start) * 100, '% CPU')

    def churn(self):
        dst = [struct.pack('>I', (192 << 24) + (2 << 8))]
        self.kernel.write(NEWROUTE, CREATE | EXCL, dst, 186)
        self.kernel.write(DELROUTE, 0, dst, 186)

    def restart(self):
        self.daemon.kill()
        start = time.monotonic()
        self.daemon.start()
        self.db.transact(self.bump())
        self.barrier()
        figure('daemon-restart', time.monotonic() - start, 's')
        figure('daemon-restart-cpu', self.daemon.cpu(), 's')
        messages = self.daemon.messages()
        figure('daemon-restart-messages', messages)
        figure('daemon-restart-memory', self.daemon.memory(), 'MiB')
        if messages:
            fail('a restart wrote something')

    def run(self):
        self.bulk()
        self.single()
        self.repair('daemon-repair-one', 0, 1)
        self.repair('daemon-repair-999', 1, min(self.n, 1000) - 1)
        self.live('daemon-churn-50', 5, self.churn)
        self.live('daemon-idle', 5)
        figure('daemon-peak-memory', self.daemon.memory(), 'MiB')
        self.restart()
        # Routes in the place of wanted ones: a standing error.
        self.kernel.write(NEWROUTE, CREATE | EXCL,
                          [self.dst((1 << 20) + i) for i in range(100)], 4)
        self.db.transact(*[self.row((1 << 20) + i) for i in range(100)],
                         self.bump())
        self.barrier()
        self.live('daemon-standing-error', 5)


if __name__ == '__main__':
    Bench(int(sys.argv[1])).run()
