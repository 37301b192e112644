"""A door in front of PostgreSQL that a test shuts and opens."""

import contextlib
import random
import socket
import threading
import time


class Proxy:
    """Passes connections on to a port of the loopback.

    While it is shut, those that are open break and new ones end at once. Those that it has forgotten stay open, and
    nothing of them arrives any more, as where a firewall has lost its table."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.spoiled = 0  # how often the banned word was said
        self._banned = None
        self._open = True
        self._delay_s = 0
        self._pairs = set()
        self._forgotten = set()
        self._forgetful = False
        self._cut_share = 0
        self._cut = set()
        self.cuts = 0   # how many answers to COMMIT were kept back
        self.peak = 0   # the most connections that were open at once
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def lead(self, url):
        """The URL with this door for the port."""
        old = f"127.0.0.1:{self.target_port}"
        assert old in url, url
        return url.replace(old, f"127.0.0.1:{self.port}")

    def ban(self, word):
        """From now on PostgreSQL finds a syntax error in statements with this word."""
        self._banned = word

    def delay(self, seconds):
        """From now on every piece waits so long, in both directions."""
        self._delay_s = seconds

    def forget(self, new_ones=False):
        """The connections that are open; with `new_ones`, also those that come, until open()."""
        with self._lock:
            self._forgotten |= self._pairs
            self._forgetful = new_ones

    def cut_commits(self, share):
        """From now on this share of connections breaks when the answer to COMMIT is due."""
        self._cut_share = share

    def count(self):
        with self._lock:
            return len(self._pairs)

    def shut(self):
        with self._lock:
            self._open = False
            pairs = list(self._pairs)
        for pair in pairs:
            end(pair)

    def open(self):
        with self._lock:
            self._open = True
            self._forgetful = False

    def close(self):
        self.shut()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._server.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), 5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            pair = (client, server)
            with self._lock:
                welcome = self._open
                if welcome:
                    self._pairs.add(pair)
                    self.peak = max(self.peak, len(self._pairs))
                if self._forgetful:
                    self._forgotten.add(pair)
            if not welcome:
                client.close()
                server.close()
                continue
            threading.Thread(target=self._carry, args=(pair,), daemon=True).start()

    def _carry(self, pair):
        client, server = pair
        back = threading.Thread(target=pump, args=(server, client, lambda piece: self._back(pair, piece)), daemon=True)
        back.start()
        pump(client, server, lambda piece: self._there(pair, piece))
        end(pair)
        back.join()
        with self._lock:
            for pairs in (self._pairs, self._forgotten, self._cut):
                pairs.discard(pair)
        client.close()
        server.close()

    def _back(self, pair, piece):
        time.sleep(self._delay_s)
        if pair in self._cut:
            self.cuts += 1
            end(pair)
        return b"" if pair in self._forgotten or pair in self._cut else piece

    def _there(self, pair, piece):
        time.sleep(self._delay_s)
        if pair in self._forgotten:
            return b""
        if b"COMMIT" in piece and random.random() < self._cut_share:
            self._cut.add(pair)
        if self._banned is None or self._banned not in piece:
            return piece
        self.spoiled += 1
        return piece.replace(self._banned, b"?" * len(self._banned))


def pump(source, sink, change=lambda piece: piece):
    """Until one of them ends."""
    with contextlib.suppress(OSError):
        while True:
            piece = source.recv(65536)
            if not piece:
                break
            sink.sendall(change(piece))
    end((source, sink))


def end(pair):
    for side in pair:
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
