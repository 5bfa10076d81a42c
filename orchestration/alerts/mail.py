"""A message as a mail: `smtp://` with STARTTLS, `smtps://` with TLS from the first byte.

Belongs here: what an address of a mail server says, and one delivery. Does not belong here: when to send.
"""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import SplitResult, parse_qs, unquote

from orchestration.alerts.message import Message

SCHEMES = {"smtp": 587, "smtps": 465}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
EXAMPLE = "smtps://user:password@mail.example.net/?from=stats@example.net&to=noc@example.net"


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in, by whom and for whom; the password shows in no error and no log."""

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...]

    @classmethod
    def of(cls, address: SplitResult) -> "MailServer":
        """What the address says; ValueError names what is missing, and nothing of the rest."""
        told = parse_qs(address.query)
        recipients = tuple(one.strip() for given in told.get("to", []) for one in given.split(",") if one.strip())
        if not address.hostname or not recipients:
            raise ValueError(f"names no server or no recipient; write it like {EXAMPLE}")
        return cls(
            host=address.hostname,
            port=address.port or SCHEMES[address.scheme],
            is_tls=address.scheme == "smtps",
            user=unquote(address.username) if address.username else None,
            password=unquote(address.password or ""),
            sender=told.get("from", [recipients[0]])[0],
            recipients=recipients,
        )

    def send(self, message: Message, timeout_s: float) -> None:
        """Hand a message in; smtplib.SMTPException or OSError if the server does not take it for every recipient."""
        server = self._connected(timeout_s)
        try:
            if self.user is not None:
                server.login(self.user, self.password)
            refused = server.send_message(self._mail(message))
            # The mail is taken: how the server says goodbye changes nothing, and it would be sent again.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)

    def _connected(self, timeout_s: float) -> smtplib.SMTP:
        context, name = ssl.create_default_context(), socket.gethostname()
        if self.is_tls:
            return smtplib.SMTP_SSL(self.host, self.port, local_hostname=name, timeout=timeout_s, context=context)
        server = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=timeout_s)
        try:
            server.ehlo()
            # A relay of this machine has no certificate as a rule, and nothing leaves the machine on the way to it.
            if server.has_extn("starttls") or self.user is not None or self.host not in LOOPBACK:
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.subject, self.sender, ", ".join(self.recipients)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "localhost")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail
