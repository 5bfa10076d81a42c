"""The `netstats` command: decode, demo, init, doctor, build, report, status, query, registries, classify, review,
decide, retire, forget, collect, alert, backup, restore, docs, ui.

Belongs here: arguments, what is printed and exit statuses. Does not belong here: the work itself. Each command imports
what it needs when it is called, so that `decode` and `query` start at once.
"""

import errno
import sys
from datetime import date
from pathlib import Path

import click

from orchestration.commands.leaving import leave_at_once
from orchestration.errors import COMPLETES, REMEDIES

DAY = click.DateTime(formats=["%Y-%m-%d"])


class Lines(click.ClickException):
    """Errors that are shown as they are, a line each."""

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)


class Commands(click.Group):
    """Commands that tell in a line what the disk refuses, and which file of the state is damaged."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except OSError as error:
            # A reader that went away (`| head`) is click's to end.
            if error.errno == errno.EPIPE:
                raise
            raise Lines(_told(error)) from error


def _told(error: OSError) -> str:
    """What the system refused, where, and the remedy; errors of our own have all of it in their text."""
    remedy = REMEDIES.get(error.errno or 0)
    if remedy is None:
        return str(error)
    return f"{error.filename or 'the state'}: {error.strerror}; {remedy}, {COMPLETES}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """From router flow exports to a quarterly, publishable account of how traffic moves."""


def run() -> None:
    """The program `netstats`."""
    leave_at_once(main)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--exporter", metavar="ADDRESS", help="The exporter, where the file does not tell it.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["ndjson", "parquet", "table"]),
    help="Default: a table on a terminal, else ndjson.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write here instead of to standard output.")
def decode(files: tuple[Path, ...], exporter: str | None, output_format: str | None, out: Path | None) -> None:
    """Decode flow exports (in the order given, with one state of templates and sampling) and print their records."""
    from orchestration.commands.decode import decode_command

    sys.exit(decode_command(list(files), exporter=exporter, output_format=output_format, out=out))


@main.command()
def demo() -> None:
    """Simulate the demo operator's exports and make the reports of 2025Q3 and 2025Q4."""
    from orchestration.commands import demo_run

    demo_run.run()


@main.command()
@click.option("--from", "first", type=DAY, help="First export day; default: the day tracking began.")
@click.option("--to", "last", type=DAY, help="Last export day; default: yesterday.")
def build(first: object, last: object) -> None:
    """Make a range of export days up to the marts, in one run, and the reports of their quarters."""
    from orchestration.commands import launch

    launch.build_range(_day(first), _day(last))


def _day(moment: object) -> date | None:
    return moment.date() if moment is not None else None  # type: ignore[attr-defined]


@main.command()
@click.argument("quarter")
def report(quarter: str) -> None:
    """Make the report of a QUARTER (such as 2025Q4) from the published marts, and print its table."""
    from orchestration.commands import reporting

    reporting.report(quarter)


@main.command()
@click.argument("sql")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another DuckDB file than the published one, on purpose: the working one holds addresses.",
)
def query(sql: str, output_format: str, file: Path | None) -> None:
    """Run SQL on the published marts; works while a run is going on, too. It can read nothing else."""
    from orchestration.commands import query as marts

    marts.run(sql, output_format, file)


@main.command()
@click.option(
    "--accept-shrunken",
    multiple=True,
    metavar="NAME",
    help="Take this source's snapshot even if it lost more than a fifth; repeatable.",
)
def registries(accept_shrunken: tuple[str, ...]) -> None:
    """Pull the registries that operator.yaml names, and say what is in force."""
    from orchestration.commands import registries as pulling

    pulling.run(accept_shrunken)


@main.command()
@click.argument("asked", nargs=-1, metavar="[AS | ADDRESS]...")
@click.option("--all", "everything", is_flag=True, help="Every AS of the registries, as CSV.")
@click.option("--without", multiple=True, metavar="RULE", help="Leave a rule out, such as known_networks; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="With --all: write here, not to standard output.")
def classify(
    asked: tuple[str, ...], everything: bool, without: tuple[str, ...], as_json: bool, out: Path | None
) -> None:
    """Say what type networks have, by which rule and on what evidence: AS numbers, addresses, or all."""
    from orchestration.commands import classify as classifying

    classifying.run(asked, everything=everything, without=without, as_json=as_json, out=out)


@main.command()
@click.option("--limit", type=click.IntRange(min=1), default=25, show_default=True, help="How many networks.")
@click.option("--neocloud", is_flag=True, help="Instead: networks and prefixes that may be neoclouds, by their signs.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def review(limit: int, neocloud: bool, as_json: bool) -> None:
    """List the networks that a person should look at: unclassified or of low confidence, by bits."""
    from orchestration.commands import review as reviewing

    reviewing.run(limit, as_json, neocloud=neocloud)


@main.command()
@click.argument("target", metavar="AS | PREFIX | ORGANISATION")
@click.argument("network_type", metavar="TYPE")
@click.option("--reason", required=True, help="Why; it is kept as the evidence.")
@click.option("--author", help="Who decides; default: the user's name.")
@click.option("--from", "first", type=DAY, help="First day that it holds on; default: today (UTC).")
@click.option("--until", type=DAY, help="Last day that it holds on; default: for good.")
def decide(target: str, network_type: str, reason: str, author: str | None, first: object, until: object) -> None:
    """Decide the TYPE of an AS, a prefix or an organisation: writes overrides.csv, and says what moves."""
    from orchestration.commands import decide as deciding

    deciding.run(target, network_type, reason, author, _day(first), _day(until))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole state to a FILE, with the hash of everything in it."""
    from orchestration.commands import backup as command

    command.backup(file)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Make the state of a backup FILE, where there is none."""
    from orchestration.commands import backup as command

    command.restore(file)


@main.command()
@click.option("--today", type=DAY, help="Count ages to this day; default: today (UTC).")
def retire(today: object) -> None:
    """Let exports and addresses go by retention_days; addresses are first hashed (NETSTATS_HASHING_KEY), then gone."""
    from orchestration.commands import retire as retiring

    retiring.run(_day(today))


@main.command()
@click.argument("prefix")
@click.option("--yes", "is_sure", is_flag=True, help="Go on without asking.")
def forget(prefix: str, is_sure: bool) -> None:
    """Take a range of addresses (PREFIX) out of everything that tells it, and prove that by looking; status 1 if not.

    The exports of the days that hold it go as a whole; what was counted stays counted.
    """
    from orchestration.commands import forget as forgetting

    forgetting.run(prefix, is_sure=is_sure)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--flows",
    multiple=True,
    metavar="PATTERN",
    help="Where exports lie: a folder, or an address with {date}, {date:%Y%m%d}, {exporter}, *; repeatable.",
)
@click.option("--own-as", multiple=True, metavar="AS", help="Own AS number; repeatable.")
@click.option("--own-prefix", multiple=True, metavar="PREFIX", help="Own prefix; repeatable.")
@click.option("--name", help="Name of the network.")
@click.option("--contact", help="Whom registries may ask, such as an address for mail.")
@click.option("--region", help="Region that the routers stand in.")
@click.option("--metro", help="City that the routers stand in.")
@click.option(
    "--sampling",
    multiple=True,
    metavar="[ADDRESS=]N",
    help="One packet in N, of an exporter that does not tell it, or of all of them; repeatable.",
)
@click.option("--format", "file_format", default="auto", show_default=True, help="Format of the files, if unclear.")
@click.option("--scaled", is_flag=True, help="The collector has multiplied by the sampling interval already.")
@click.option("--all", "everything", is_flag=True, help="Read all files of the newest day, not a part of them.")
def init(
    folder: Path,
    flows: tuple[str, ...],
    own_as: tuple[str, ...],
    own_prefix: tuple[str, ...],
    name: str | None,
    contact: str | None,
    region: str | None,
    metro: str | None,
    sampling: tuple[str, ...],
    file_format: str,
    scaled: bool,
    everything: bool,
) -> None:
    """Write the operator FOLDER that the newest day of exports suggests; run again, add what is new to it."""
    from orchestration.commands import asking
    from orchestration.commands import init as beginning

    answers = asking.Answers(
        name=name,
        own_asns=asking.as_numbers(own_as),
        own_prefixes=asking.prefixes(own_prefix),
        contact=contact,
        region=region,
        metro=metro,
        sampling=asking.sampling(sampling),
        format=asking.file_format(file_format),
        is_scaled=scaled,
        reads_all=everything,
    )
    beginning.run(folder, flows, answers)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines: level, topic, what is so and the remedy.")
@click.option("--all", "everything", is_flag=True, help="Read all files of the newest day, not a part of them.")
def doctor(as_json: bool, everything: bool) -> None:
    """Check the operator folder against its newest exports, and say what the state holds; status 1 if it blocks."""
    from orchestration.commands import doctor as visit

    visit.run(as_json=as_json, reads_all=everything)


@main.command()
@click.option("--json", "form", flag_value="json", help="For programs.")
@click.option("--prometheus", "form", flag_value="prometheus", help="For a node exporter's textfile collector.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Put it in place of this file.")
def status(form: str | None, out: Path | None) -> None:
    """Say how the state stands: days, routers, losses, runs, checks, registries, disk; status 1 if there is a problem.

    Problems are runs that failed, checks that block, what is no longer fresh, and alert targets that were not reached.
    """
    from orchestration.commands import status as standing

    standing.run(form or standing.PERSON, out)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--listen",
    multiple=True,
    metavar="ADDRESS",
    help="Receive here; repeatable. Default: 127.0.0.1 (0.0.0.0 and :: all).",
)
@click.option(
    "--port",
    multiple=True,
    type=click.IntRange(1, 65535),
    help="UDP port; repeatable. Default: 2055 (NetFlow), 4739 (IPFIX), 6343 (sFlow).",
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="One a core.")
@click.option("--buffer", type=click.IntRange(1), default=32, show_default=True, help="MB of each socket's buffer.")
@click.option(
    "--minutes", type=click.IntRange(1, 1440), default=15, show_default=True, help="A file's longest stretch of time."
)
@click.option("--megabytes", type=click.IntRange(1), default=256, show_default=True, help="A file's largest size.")
@click.option(
    "--most-exporters",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Exporters without a row that have folders of their own on a day; what others send is kept in one.",
)
def collect(
    folder: Path,
    listen: tuple[str, ...],
    port: tuple[int, ...],
    processes: int,
    buffer: int,
    minutes: int,
    megabytes: int,
    most_exporters: int,
) -> None:
    """Receive NetFlow, IPFIX and sFlow, and keep every datagram as it came in FOLDER/<exporter>/<date>/ (pcap)."""
    from orchestration.commands import collect as collecting

    collecting.run(
        collecting.settings(
            folder,
            listen=listen,
            ports=port,
            processes=processes,
            buffer_mb=buffer,
            minutes=minutes,
            megabytes=megabytes,
            most_exporters=most_exporters,
        )
    )


@main.command()
@click.option("--test", "is_test", is_flag=True, help="Send each target a message that says nothing but that it comes.")
def alert(is_test: bool) -> None:
    """Tell alert_targets what is new of checks and of what is no longer fresh; status 1 if one was not reached."""
    from orchestration.commands import alert as alerting

    alerting.run(is_test=is_test)


@main.command()
def docs() -> None:
    """Build the static documentation of the warehouse in docs/dbt."""
    from orchestration.commands import launch

    launch.docs()


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
def ui(port: int) -> None:
    """Open the Dagster UI on the loopback address, with the same state as the other commands."""
    from orchestration.commands import ui as serving

    serving.run(port)
