"""Messages reach a mail server and a webhook, or it is told why not, without what their addresses hold."""

import socket
from datetime import UTC, datetime

import pytest

from assets.operator import AlertTarget
from orchestration.alerts import target as targets
from orchestration.alerts.message import CHECKS, Message
from tests.alerts.servers import CERTIFICATE, listener, mail_server

AT = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
TARGET = AlertTarget("pager", "PAGER")
MESSAGE = Message("Example\nNetworks", CHECKS, ("a check warns", "another fails"), AT, held_back=1, not_shown=3)
TEXT = """\
- a check warns
- another fails
- and 3 more

1 of these were held back: a message of a kind is sent once an hour.

`netstats status` and `netstats doctor` on the machine that makes the report say more.
"""


@pytest.fixture(autouse=True)
def known_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_is_handed_in_over_tls_by_its_user_for_every_recipient(scheme: str) -> None:
    with mail_server(is_tls_at_once=scheme == "smtps") as server:
        people = "from=stats@example.net&to=noc@example.net,ops@example.net"
        secret = f"{scheme}://me%40example.net:p%3Aw@127.0.0.1:{server.port}/?{people}"
        assert targets.deliver(TARGET, secret, MESSAGE) is None
    [mail] = server.mails
    assert mail["Subject"] == "Example Networks: what checks found has changed"
    assert (mail["From"], mail["To"]) == ("stats@example.net", "noc@example.net, ops@example.net")
    assert mail["Date"] == "Mon, 05 Jan 2026 03:00:00 +0000"
    assert mail.get_content().replace("\r\n", "\n") == TEXT
    assert server.logins == [("me@example.net", "p:w")]
    assert server.was_tls == [True]
    assert server.heard.count("RCPT") == 2


def test_a_relay_on_the_loopback_address_needs_neither_tls_nor_user() -> None:
    with mail_server(offers_starttls=False) as server:
        assert targets.deliver(TARGET, f"smtp://127.0.0.1:{server.port}/?to=noc@example.net", MESSAGE) is None
    assert [mail["From"] for mail in server.mails] == ["noc@example.net"]


def test_a_password_is_never_said_in_the_clear() -> None:
    with mail_server(offers_starttls=False) as server:
        fault = targets.deliver(TARGET, f"smtp://me:secret@127.0.0.1:{server.port}/?to=noc@example.net", MESSAGE)
    assert fault == "offers no STARTTLS, or no way to log in; what is sent would be readable on the way"
    assert server.logins == []
    assert server.mails == []


def test_a_server_whose_certificate_is_not_known_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server() as server:
        fault = targets.deliver(TARGET, f"smtp://me:secret@127.0.0.1:{server.port}/?to=noc@example.net", MESSAGE)
    assert fault is not None and "secret" not in fault
    assert server.logins == []


def test_what_a_server_refuses_is_told_by_its_code_and_not_in_its_words() -> None:
    """This one repeats the password."""
    with mail_server() as server:
        address = f"127.0.0.1:{server.port}/?to=noc@example.net"
        assert targets.deliver(TARGET, f"smtp://me:wrong@{address}", MESSAGE) == "answered with code 535"
    with mail_server(answer_to_recipient="550 nobody") as server:
        address = f"127.0.0.1:{server.port}/?to=noc@example.net"
        assert targets.deliver(TARGET, f"smtp://{address}", MESSAGE) == "refused 1 of the recipients"


def test_a_mail_that_was_taken_is_not_sent_again_for_what_comes_after() -> None:
    with mail_server(answer_to_quit="421 too busy") as server:
        assert targets.deliver(TARGET, f"smtp://127.0.0.1:{server.port}/?to=noc@example.net", MESSAGE) is None
    assert len(server.mails) == 1


def test_a_webhook_is_posted_json() -> None:
    with listener() as posted:
        secret = f"http://me:p%20w@127.0.0.1:{posted.port}/hook?key=abc"
        assert targets.deliver(TARGET, secret, MESSAGE) is None
    assert posted.posts == [
        {
            "operator": "Example\nNetworks",
            "kind": "checks",
            "subject": "Example Networks: what checks found has changed",
            "text": f"Example Networks: what checks found has changed\n\n{TEXT}",
            "lines": ["a check warns", "another fails"],
            "not_shown": 3,
            "held_back": 1,
            "at": "2026-01-05T03:00:00+00:00",
        }
    ]
    assert posted.paths == ["/hook?key=abc"]
    assert posted.heads[0]["Content-Type"] == "application/json"
    assert posted.heads[0]["Authorization"] == "Basic bWU6cCB3"


def test_a_webhook_that_refuses_is_told_by_its_status_and_a_redirect_is_not_followed() -> None:
    with listener(status=500) as posted:
        assert targets.deliver(TARGET, f"http://127.0.0.1:{posted.port}/", MESSAGE) == "answered with status 500"
    with listener() as other, listener(status=302, location=f"http://127.0.0.1:{other.port}/") as posted:
        assert targets.deliver(TARGET, f"http://127.0.0.1:{posted.port}/", MESSAGE) == "answered with status 302"
    assert other.paths == []


def test_a_target_that_is_not_there_is_told_so() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        assert targets.deliver(TARGET, f"http://127.0.0.1:{port}/", MESSAGE) == "Connection refused"
        mail = f"smtp://127.0.0.1:{port}/?to=noc@example.net"
        assert targets.deliver(TARGET, mail, MESSAGE) == "Connection refused"


@pytest.mark.parametrize("scheme", ["http", "smtp"])
def test_a_target_that_says_nothing_keeps_nobody_for_long(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "LONGEST_DELIVERY_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        secret = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/?to=noc@example.net"
        assert targets.deliver(TARGET, secret, MESSAGE) == "did not take the message within 0 seconds"


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        (None, "PAGER is not set in the environment; set it to the target's address"),
        ("", "PAGER is not set in the environment; set it to the target's address"),
        ("noc@secret.example", "PAGER is not an address; write it like https://hooks.example.net/..."),
        ("ftp://secret.example", "PAGER is not an address; write it like https://hooks.example.net/..."),
        ("https://secret.example:port/", "PAGER is not an address; write it like https://hooks.example.net/..."),
        ("https://[secret/", "PAGER is not an address; write it like https://hooks.example.net/..."),
        ("smtp://secret.example/", "PAGER names no server or no recipient; write it like smtps://user:password@mail."),
        ("http://127.0.0.1/a secret", "its address holds characters that can't be sent; write them as %XX"),
        ("http://127.0.0.1/sécret", "its address holds characters that can't be sent; write them as %XX"),
    ],
)
def test_an_address_that_is_not_one_is_told_without_it(secret: str | None, fault: str) -> None:
    told = targets.deliver(TARGET, secret, MESSAGE)
    assert told is not None and told.startswith(fault)
    assert not secret or "secret" not in told
