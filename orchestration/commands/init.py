"""`netstats init`: the operator folder that a day of exports suggests, and what is new to one that is there.

Belongs here: the order of the steps, and what is written. Does not belong here: reading exports
(orchestration.commands.newest_exports), questions (orchestration.commands.asking), judging a folder
(orchestration.commands.doctor).
"""

import shlex
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from assets.exports import survey as export_survey
from assets.exports.sources import Landing, with_landings
from assets.exports.survey.newest import names_of_exporters
from assets.exports.survey.rows import CsvRow, exporter_rows, interface_rows
from assets.ground.addresses import sixteen_bytes
from assets.operator import FlowSource, Operator, OperatorError, load_operator, writing
from assets.registry import announcements as registry_announcements
from orchestration import resources
from orchestration.commands.asking import ALL, Answers
from orchestration.commands.diagnosis.finding import listed
from orchestration.commands.newest_exports import (
    NewestExports,
    absolute_from,
    days_of_source,
    look,
    sources_of_patterns,
)
from orchestration.commands.terminal import Interrupted, Lines, telling_errors

ROWS_SHOWN = 20
SITE, REGION = "main", "region-1"
REFUSED_SHOWN = 10
UNTOLD = (
    "does not tell its sampling, and its bytes will be left out; write one packet in how many into the "
    "sampling_interval of its row, 1 if it does not sample"
)


def run(folder: Path, flows: Sequence[str], answers: Answers) -> None:
    """Write what is missing of the folder, add exporters and interfaces that have no row, and say what was done."""
    with telling_errors(OperatorError, ValueError), _telling_interrupts():
        base = folder.resolve()
        is_new = not (base / "operator.yaml").exists()
        texts = dict[str, str]()
        if is_new:
            found, texts = _first_look(folder, base, flows, answers)
            operator = writing.tried(base, texts)
        else:
            operator = load_operator(base)
            _refuse_other_answers(operator, flows, answers)
            _refuse_sampling_of_rows(operator, answers)
            found = _look(operator.flow_sources, base, names_of_exporters(operator), answers)
            _refuse_sampling_of_all(operator, found, answers)
        with _telling_of_writes(base):
            _write(base, texts)
            added = _add(operator, found, answers)
        load_operator(base)
        _say(folder, found, added, is_new=is_new)


def _first_look(
    folder: Path, base: Path, flows: Sequence[str], answers: Answers
) -> tuple[NewestExports, dict[str, str]]:
    """The newest exports, and the files of a folder for them."""
    if not flows:
        raise Lines(f"{folder}: holds no operator.yaml yet; say where exports lie: `--flows PATTERN`")
    sources = sources_of_patterns(flows, base, answers.format, is_scaled=answers.is_scaled)
    found = _look(sources, base, {}, answers)
    return found, _texts(base, sources, found, answers)


def _write(base: Path, texts: Mapping[str, str]) -> None:
    """Write the folder's files but those that are there."""
    for name, text in texts.items():
        click.echo(f"{'wrote' if writing.write_once(base, name, text) else 'kept'} {base / name}")


@contextmanager
def _telling_interrupts() -> Iterator[None]:
    """Ctrl-C, and the end of the terminal's input at a question."""
    try:
        yield
    except (click.Abort, KeyboardInterrupt) as error:
        raise Interrupted("interrupted: files told of as written stay; the same command completes them") from error


@contextmanager
def _telling_of_writes(base: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Lines(f"{base}: can't be written ({error.strerror or error}); name a folder that can be") from error


def _refuse_other_answers(operator: Operator, flows: Sequence[str], answers: Answers) -> None:
    """What is there is not changed: an answer that would change it is refused, not passed over.

    The answers that the folder was made with are none: the same command adds what is new.
    """
    settings = operator.folder / "operator.yaml"
    known = {absolute_from(one.address, operator.folder) for one in operator.flow_sources}
    given = [one for one in flows if one not in {source.address for source in operator.flow_sources}]
    for source in sources_of_patterns(given, operator.folder, answers.format, is_scaled=answers.is_scaled):
        if absolute_from(source.address, operator.folder) not in known:
            raise Lines(
                f"{settings} is there and stays as it is; add `- address: {source.address}` to its flow_sources by hand"
            )
    if _not_held(operator, answers).is_of_a_new_folder:
        raise Lines(
            f"{settings} is there and stays as it is; leave out all options but --sampling and --all, and edit it"
        )


def _not_held(operator: Operator, answers: Answers) -> Answers:
    """The answers without those that say what the folder holds."""
    settings, own = operator.settings, export_survey.collapsed([one.prefix for one in operator.own_prefixes])
    holds_prefixes = export_survey.collapsed([*own, *answers.own_prefixes]) == own
    reads_so = any((one.format, one.is_scaled) == (answers.format, answers.is_scaled) for one in operator.flow_sources)
    return replace(
        answers,
        name=None if answers.name == operator.name else answers.name,
        own_asns=tuple(one for one in answers.own_asns if one not in settings.own_asns),
        own_prefixes=() if holds_prefixes else answers.own_prefixes,
        contact=None if answers.contact == settings.contact else answers.contact,
        region=None if answers.region in {one.label for one in operator.regions} else answers.region,
        metro=None if answers.metro in {one.metro for one in operator.sites} else answers.metro,
        format="auto" if reads_so else answers.format,
        is_scaled=answers.is_scaled and not reads_so,
    )


def _look(sources: Sequence[FlowSource], base: Path, names: Mapping[str, str], answers: Answers) -> NewestExports:
    """The newest exports, told of in lines; Lines if there are none."""
    come = with_landings(sources, resources.state_of(base))
    for line in Landing(come, lambda _: names or ["*"]).land_newest(datetime.now(UTC).date()):
        click.echo(line)
    found = look(come, base, names, reads_all=answers.reads_all)
    for day in found.newest:
        click.echo(days_of_source(day, base))
    for line in found.survey.refused[:REFUSED_SHOWN]:
        click.echo(f"not an export: {line}")
    if not found.exporters:
        raise Lines("no flow record was found in the newest files, and nothing is written")
    _refuse_sampling_of_nobody(found, answers.sampling.keys() - {ALL, *names.values()})
    if not found.survey.is_whole:
        click.echo(
            f"read {found.survey.files_read} of {found.survey.files_offered} files, in part; --all reads them all"
        )
    return found


def _texts(base: Path, sources: Sequence[FlowSource], found: NewestExports, answers: Answers) -> dict[str, str]:
    """The files of a new folder; operator.yaml last, since with it the folder is one."""
    origins = registry_announcements.origins_at_hand(None)
    likely_as = registry_announcements.likely_origin(origins, found.suggested_prefixes)
    completed = answers.complete(base, found.exporters, likely_as)
    return {
        "own_prefixes.csv": writing.csv_text("own_prefixes.csv", _own_prefixes(found, completed, origins, likely_as)),
        "regions.csv": writing.csv_text("regions.csv", [completed.region_row(REGION)]),
        "sites.csv": writing.csv_text("sites.csv", [completed.site_row(SITE, REGION)]),
        "overrides.csv": writing.csv_text("overrides.csv"),
        "exporters.csv": writing.csv_text("exporters.csv"),
        "interfaces.csv": writing.csv_text("interfaces.csv"),
        "operator.yaml": writing.settings_text(
            completed.name or base.name, completed.own_asns, completed.contact, found.began_on, sources
        ),
    }


def _own_prefixes(
    found: NewestExports, answers: Answers, origins: registry_announcements.Origins, likely_as: int | None
) -> list[CsvRow]:
    """Rows of own prefixes: those given and those announced; without any, the steady side of the traffic."""
    announced = registry_announcements.announced(origins, answers.own_asns)
    label = {one: f"announced by AS{asn} ({origins.source} {origins.as_of})" for one, asn in announced.items()}
    label |= dict.fromkeys(answers.own_prefixes, "own")
    if label:
        return [{"prefix": str(one), "label": label.get(one, "own")} for one in export_survey.collapsed(list(label))]
    likely = f"; AS{likely_as} announces most of them" if likely_as else ""
    click.echo(f"own prefixes are suggested: the side of the traffic that talks with most networks{likely}")
    note = "suggested: talks with most networks"
    return [{"prefix": str(one), "label": "own", "note": note} for one in found.suggested_prefixes]


def _add(operator: Operator, found: NewestExports, answers: Answers) -> list[str]:
    """Add rows for exporters and interfaces that have none; a line for each."""
    base = operator.folder
    known = {sixteen_bytes(one.exporter) for one in operator.exporters}
    new = [one for one in found.exporters if one.exporter not in known]
    site = operator.sites[0].site if len(operator.sites) == 1 else ""
    untold = [one.address for one in new if one.unknown_sampling_share]
    sampling = answers.sampling_of(untold)
    rows = exporter_rows(new, _folders(found), {one.name for one in operator.exporters}, site, sampling)
    writing.add_rows(base, "exporters.csv", rows)
    added = [f"exporters.csv: added {row['exporter']} as {row['name']} ({row['note']})" for row in rows]
    added += [f"{one} {UNTOLD}" for one in untold if one not in sampling]
    own = export_survey.PrefixSet([one.prefix for one in operator.own_prefixes])
    indexes = {(sixteen_bytes(one.exporter), one.if_index) for one in operator.interfaces}
    seen = export_survey.interfaces_seen(found.survey, own)
    unseen = [one for one in seen if (one.exporter, one.if_index) not in indexes]
    taken = [(sixteen_bytes(one.exporter), one.interface) for one in operator.interfaces]
    ports = interface_rows(unseen, taken)
    writing.add_rows(base, "interfaces.csv", ports)
    return added + [
        f"interfaces.csv: added {row['interface']} of {row['exporter']} as {row['role'] or 'of no known role'}"
        for row in ports
    ]


def _refuse_sampling_of_nobody(found: NewestExports, answered: Collection[str]) -> None:
    """An interval that would be written nowhere: a slip of the pen, or an exporter that tells its own."""
    seen = {one.address: one for one in found.exporters}
    for address in sorted(answered):
        if address not in seen:
            raise Lines(
                f"--sampling {address}: no such exporter is in the newest files; they are of {listed(list(seen))}"
            )
        if not seen[address].unknown_sampling_share:
            raise Lines(f"--sampling {address}: its exports tell the sampling, which counts; leave the answer out")


def _refuse_sampling_of_rows(operator: Operator, answers: Answers) -> None:
    rows = {str(one.exporter): one.sampling_interval for one in operator.exporters}
    known = {one for one, interval in answers.sampling.items() if one in rows and rows[one] != interval}
    if known:
        path = operator.folder / "exporters.csv"
        raise Lines(
            f"--sampling {min(known)}: has a row in {path}, which stays as it is; write sampling_interval there"
        )


def _refuse_sampling_of_all(operator: Operator, found: NewestExports, answers: Answers) -> None:
    """An interval for all that tell none, where one of them has a row that stays without."""
    untold = {one.exporter for one in found.exporters if one.unknown_sampling_share}
    rows = [one for one in operator.exporters if sixteen_bytes(one.exporter) in untold]
    without = list(dict.fromkeys(str(one.exporter) for one in rows if one.sampling_interval is None))
    if ALL in answers.sampling and without:
        said = f"has a row in {operator.folder / 'exporters.csv'}, which stays as it is; write sampling_interval there"
        raise Lines(f"--sampling {answers.sampling[ALL]:g}: {listed(without)} {said}")


def _folders(found: NewestExports) -> dict[bytes, str]:
    """The folder that stands for `{exporter}` of each exporter, where its name is not an address."""
    places = {
        one.place.name: one.place.folder for day in found.newest for one in day.files if one.place.exporter is None
    }
    names = dict[bytes, str]()
    for place, folder in places.items():
        sent = [one for one in found.exporters if any(name.startswith(f"{place}/") for name in one.files)]
        if folder is not None and sent:
            names.setdefault(sent[0].exporter, folder)
    return names


def _say(folder: Path, found: NewestExports, added: list[str], *, is_new: bool) -> None:
    """What was added, and what to do next."""
    for line in added[:ROWS_SHOWN] or ["nothing is new: every exporter and interface of the newest files has a row"]:
        click.echo(line)
    if len(added) > ROWS_SHOWN:
        click.echo(f"and {len(added) - ROWS_SHOWN} more; they are in the files")
    if any(not one.is_told for one in found.exporters):
        click.echo(
            "files do not tell their exporter (shown as ::), and one row stands for all; put the files of each router "
            "into a folder named by its address, and write {exporter} for it in the address"
        )
    if is_new or added:
        tool = "netstats" if shutil.which("netstats") else shlex.quote(sys.argv[0])
        click.echo("Look at the rows marked `suggested`, and take the mark away where they are right. Then:")
        click.echo(f"  export NETSTATS_OPERATOR={shlex.quote(str(folder))}\n  {tool} doctor\n  {tool} build")
