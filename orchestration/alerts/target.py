"""One target: what its secret says, and whether a message reached it.

Belongs here: choosing between mail and webhook, and wording why a target was not reached, without its secret. Does not
belong here: what is told (orchestration.alerts.message) or when (orchestration.alerts.telling).
"""

import http.client
import smtplib
import threading
import urllib.error
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from assets.operator import AlertTarget
from orchestration.alerts import webhook
from orchestration.alerts.mail import EXAMPLE, MailServer
from orchestration.alerts.mail import SCHEMES as OF_MAIL
from orchestration.alerts.message import Message

LONGEST_ANSWER_S = 10.0
LONGEST_DELIVERY_S = 30.0
Send = Callable[[Message], None]
NOT_DELIVERED = (OSError, smtplib.SMTPException, http.client.HTTPException)


def deliver(target: AlertTarget, secret: str | None, message: Message) -> str | None:
    """Hand a message to a target; None if it took it, else why not, in a line without anything of its secret."""
    if not secret:
        return f"{target.secret_environment} is not set in the environment; set it to the target's address"
    try:
        send = _sender(secret)
    except ValueError as error:
        return f"{target.secret_environment} {error}"
    return _within(LONGEST_DELIVERY_S, send, message)


def _sender(secret: str) -> Send:
    """What delivers to an address; ValueError says what is wrong, and not what the address is."""
    wrong = f"is not an address; write it like https://hooks.example.net/... or {EXAMPLE}"
    try:
        address: SplitResult = urlsplit(secret.strip())
        has_port = address.port is None or address.port > 0
    except ValueError as error:
        raise ValueError(wrong) from error
    if address.scheme in OF_MAIL and has_port:
        server = MailServer.of(address)
        return lambda message: server.send(message, LONGEST_ANSWER_S)
    if address.scheme in webhook.SCHEMES and address.hostname and has_port:
        return lambda message: webhook.post(address, message, LONGEST_ANSWER_S)
    raise ValueError(wrong)


def _within(seconds: float, send: Send, message: Message) -> str | None:
    """Deliver within a time as a whole: a server that answers a byte at a time would keep a run for ever."""
    outcome = [f"did not take the message within {seconds:.0f} seconds"]

    def deliver_one() -> None:
        try:
            send(message)
            outcome[0] = ""
        except (ValueError, http.client.InvalidURL):
            outcome[0] = "its address holds characters that can't be sent; write them as %XX"
        except NOT_DELIVERED as error:
            outcome[0] = _why(error)

    delivering = threading.Thread(target=deliver_one, daemon=True)
    delivering.start()
    delivering.join(seconds)
    return outcome[0] or None


def _why(error: Exception) -> str:
    """Why there was no delivery: of what servers say only the code, since it may repeat what they were told."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"answered with status {error.code}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        return _why(error.reason)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"answered with code {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"refused {len(error.recipients)} of the recipients"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "offers no STARTTLS, or no way to log in; what is sent would be readable on the way"
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    return getattr(error, "strerror", None) or type(error).__name__
