"""A mail server and a listener for webhooks on the loopback address, which keep what they are sent.

`loopback.pem` is a certificate of 127.0.0.1 with its key, made for these tests; it guards nothing.
"""

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).with_name("loopback.pem")


@dataclass
class Mails:
    """What a mail server was sent, and how it behaves."""

    port: int = 0
    is_tls_at_once: bool = False
    offers_starttls: bool = True
    answer_to_recipient: str = "250 ok"
    answer_to_quit: str = "221 bye"
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_tls: list[bool] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)


def _tls(connection: Any) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context.wrap_socket(connection, server_side=True)


class _Dialogue(socketserver.StreamRequestHandler):
    """As much of RFC 5321, 3207 and 4954 as a client needs to hand in a mail."""

    mails: Mails

    def handle(self) -> None:
        self.is_tls = False
        try:
            if self.mails.is_tls_at_once:
                self._begin_tls()
            self._say("220 mail.example.net")
            while (line := self.rfile.readline().decode().rstrip()) and self._answer(line):
                pass
        except (ConnectionError, ssl.SSLError):
            self.mails.heard.append("connection ended")

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            self.mails.heard.append("connection ended")
        if self.is_tls:
            self.connection.close()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _begin_tls(self) -> None:
        self.connection = _tls(self.connection)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_tls = True

    def _answer(self, line: str) -> bool:
        verb = line.split(" ")[0].upper()
        self.mails.heard.append(verb)
        if verb == "EHLO":
            offered = ["mail.example.net", *(["STARTTLS"] if self._may_start_tls() else []), "AUTH PLAIN"]
            for number, one in enumerate(offered, start=1):
                self._say(f"250{' ' if number == len(offered) else '-'}{one}")
        elif verb == "STARTTLS":
            self._say("220 go on")
            self._begin_tls()
        elif verb == "AUTH":
            _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            self.mails.logins.append((user, password))
            self._say("235 known" if password != "wrong" else f"535 not {password}")
        elif verb == "DATA":
            self._take_mail()
        else:
            answers = {"RCPT": self.mails.answer_to_recipient, "QUIT": self.mails.answer_to_quit}
            self._say(answers.get(verb, "250 ok"))
        return verb != "QUIT"

    def _may_start_tls(self) -> bool:
        return self.mails.offers_starttls and not self.is_tls

    def _take_mail(self) -> None:
        self._say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.mails.mails.append(message_from_bytes(b"".join(lines), policy=default))
        self.mails.was_tls.append(self.is_tls)
        self._say("250 taken")


@dataclass
class Posts:
    """What a listener was posted, and with which status it answers."""

    port: int = 0
    status: int = 204
    location: str | None = None
    posts: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


class _Listener(BaseHTTPRequestHandler):
    posts: Posts

    def do_POST(self) -> None:
        self.posts.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.posts.heads.append(dict(self.headers))
        self.posts.paths.append(self.path)
        self.send_response(self.posts.status)
        if self.posts.location:
            self.send_header("Location", self.posts.location)
        self.end_headers()

    def do_GET(self) -> None:
        self.posts.paths.append(f"GET {self.path}")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: tests say what they need."""


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mail_server(**behaviour: Any) -> Iterator[Mails]:
    """A mail server on the loopback address that takes a connection at a time."""
    mails = Mails(**behaviour)
    handler = type("Dialogue", (_Dialogue,), {"mails": mails})
    with _serving(socketserver.TCPServer(("127.0.0.1", 0), handler)) as mails.port:
        yield mails


@contextmanager
def listener(**behaviour: Any) -> Iterator[Posts]:
    """A listener for webhooks on the loopback address."""
    posts = Posts(**behaviour)
    handler = type("Listener", (_Listener,), {"posts": posts})
    with _serving(HTTPServer(("127.0.0.1", 0), handler)) as posts.port:
        yield posts
