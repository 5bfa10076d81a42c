"""What sources and files are called."""

import pytest

from assets.exports.names import kept_name, printable, source_key, without_compression


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("exports/{date}", "exports"),
        ("nfcapd_lax/{date}", "nfcapd_lax"),
        ("/var/flows/{date}", "var-flows-"),
        ("flows/{exporter}/{date}", "flows-exporter-"),
        ("../{date}", "source-"),
    ],
)
def test_a_source_is_called_by_its_address(address: str, key: str) -> None:
    """With a hash of eight digits where the words alone could mean another address."""
    assert source_key(address).startswith(key)
    assert len(source_key(address)) == len(key) + (8 if key.endswith("-") else 0)


def test_addresses_that_read_alike_have_keys_of_their_own() -> None:
    alike = [
        "var/flows/{date}",
        "/var/flows/{date}",
        "var-flows/{date}",
        "var/flows/{date}/",
        "var_flows/{date}",
        "var/flows",
    ]
    assert len({source_key(address) for address in alike}) == len(alike)


def test_a_name_stays_what_it_is_where_it_can() -> None:
    assert kept_name("lax/nfcapd.202601010000") == "lax/nfcapd.202601010000"
    assert kept_name("réseau.pcap") == "réseau.pcap"


def test_a_name_that_can_not_be_kept_leaves_its_suffixes() -> None:
    """A suffix may say what the file is, as .ipfix does."""
    assert kept_name("caf\udce9.ipfix.gz").endswith(".ipfix.gz")
    assert len(kept_name("n" * 250 + ".pcap")) == 32 + len(".pcap")
    assert len(kept_name("/".join(["deep"] * 400))) == 32


def test_what_can_not_be_printed_is_escaped_so_that_names_stay_apart() -> None:
    assert printable("caf\udce9 \u202e\n\\") == r"caf\xe9 \u202e\n\\"
    assert printable("caf\udce9") != printable(r"caf\xe9")


def test_compression_is_no_part_of_what_a_file_is_called() -> None:
    assert {without_compression(f"x/nfcapd.1{suffix}") for suffix in ("", ".gz", ".BZ2", ".xz", ".zst")} == {
        "x/nfcapd.1"
    }
