"""A message as JSON that is posted to an address.

Belongs here: one delivery. Does not belong here: when to send.
"""

import base64
import json
import urllib.request
from http.client import HTTPMessage
from typing import IO
from urllib.parse import SplitResult, unquote

from orchestration.alerts.message import Message

SCHEMES = ("https", "http")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address is a secret that was given to one server."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Never: the answer is then told as one."""


def post(address: SplitResult, message: Message, timeout_s: float) -> None:
    """Post a message; urllib.error.HTTPError if the answer is not 2xx, OSError or HTTPException if there is none."""
    headers = {"Content-Type": "application/json", "User-Agent": "network-stats"}
    if address.username is not None:
        given = f"{unquote(address.username)}:{unquote(address.password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(given).decode()}"
    place = address._replace(netloc=address.netloc.rpartition("@")[2], fragment="").geturl()
    request = urllib.request.Request(place, json.dumps(message.document).encode(), headers, method="POST")
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout_s):
        return
