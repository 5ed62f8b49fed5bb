"""Read a site from its folder: every fault of every file at once, each with file, line and mend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import jsonschema_rs
import msgspec

from gateway.domain.conversion import convert_all
from gateway.domain.errors import Malformed
from gateway.schema.json_schema import published
from gateway.settings.marked_yaml import Fault, Lines, read_yaml
from gateway.settings.secrets import fill_in
from gateway.settings.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["FILES", "SiteFault", "SiteFaults", "load_site"]

Kind = TypeVar("Kind", bound=msgspec.Struct)

STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
#: The files of a site: `site.yaml` holds the settings, each other one a list under its name.
FILES = ("site.yaml", "agencies.yaml", "systems.yaml", "routes.yaml")


class SiteFault(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One fault: where, and what to do about it."""

    file: str
    line: int
    path: str
    cause: str

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.file}:{self.line}: {self.path + ': ' if self.path else ''}{self.cause}"


class SiteFaults(Exception):
    """The site cannot be used as it stands; `faults` lists all that is wrong with it."""

    def __init__(self, faults: Sequence[SiteFault]) -> None:
        """Keep the faults, by file and line."""
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class _Reading:
    """Collects the faults of one reading, and knows on which line each path stands."""

    def __init__(self) -> None:
        self.faults: list[SiteFault] = []
        self.places: dict[str, tuple[str, Lines]] = {}

    def report(self, path: Sequence[str | int], cause: str) -> None:
        """Note a fault at a path of the whole site; the nearest line that is known is named."""
        file, lines = self.places.get(str(path[0]) if path else "", self.places[""])
        inner = tuple(path[1:]) if file != "site.yaml" else tuple(path)
        while inner and inner not in lines:
            inner = inner[:-1]
        self.faults.append(SiteFault(file=file, line=lines.get(inner, 1), path=_dotted(path), cause=cause))


def load_site(folder: Path, configs: Mapping[str, type[msgspec.Struct]]) -> Site:
    """Read and check the site in `folder`. `configs` maps each connector to the type of its configuration.

    Raises `SiteFaults` with every fault of every file.
    """
    reading = _Reading()
    whole = _read_files(folder, reading)
    filled = fill_in(whole, folder=folder, report=reading.report)
    _check(filled, Site, reading, ())
    if reading.faults:
        raise SiteFaults(reading.faults)
    site = _read_as(filled, Site, reading, ())
    if site is None:
        raise SiteFaults(reading.faults)
    _check_references(site, configs, reading.report)
    for index, system in enumerate(site.systems):
        if system.connector in configs:
            _read_as(system.config, configs[system.connector], reading, ("systems", index, "config"))
    if reading.faults:
        raise SiteFaults(reading.faults)
    return msgspec.structs.replace(site, data=str((folder / site.data).resolve()))


def _read_files(folder: Path, reading: _Reading) -> dict[str, object]:
    """Read every file there is into one tree."""
    whole: dict[str, object] = {}
    reading.places[""] = ("site.yaml", {})
    for file in FILES:
        path = folder / file
        if not path.exists():
            if file == "site.yaml":
                reading.faults.append(SiteFault(file=str(path), line=1, path="", cause="not there; `lienthong init` writes a first site"))
            continue
        try:
            value, lines, twice = read_yaml(path.read_text(encoding="utf-8"))
        except Fault as fault:
            reading.faults.append(SiteFault(file=file, line=fault.line, path="", cause=fault.cause))
            continue
        except RecursionError:
            reading.faults.append(SiteFault(file=file, line=1, path="", cause="nested too deeply"))
            continue
        except (OSError, UnicodeDecodeError) as error:
            cause = "not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
            reading.faults.append(SiteFault(file=file, line=1, path="", cause=cause))
            continue
        reading.faults += [SiteFault(file=file, line=line, path=key, cause="stands twice") for line, key in twice]
        if file == "site.yaml":
            reading.places[""] = (file, lines)
            whole |= value if isinstance(value, dict) else {}
            if not isinstance(value, dict):
                reading.report((), "must be a mapping of settings")
        else:
            name = file.removesuffix(".yaml")
            reading.places[name] = (file, lines)
            whole[name] = value or []
    return whole


def _check(value: object, kind: type[msgspec.Struct], reading: _Reading, prefix: tuple[str | int, ...]) -> None:
    """Report every place where a value breaks its type."""
    for error in jsonschema_rs.Draft202012Validator(published(msgspec.json.schema(kind))).iter_errors(value):
        path = (*prefix, *error.instance_path)
        if "keys" in path:
            reading.report(
                path, "is the SHA-256 of a key, in 64 small hexadecimal digits: what `lienthong key` says to put here, never the key"
            )
        else:
            reading.report(path, _say(error, secret=bool({"backing", "config", "wsse"} & set(path))))


def _read_as(value: object, kind: type[Kind], reading: _Reading, prefix: tuple[str | int, ...]) -> Kind | None:
    """Read a value as its type, as whoever uses it will; None when that fails, with every fault reported and no value told."""
    try:
        return convert_all(value, kind, strict=False)
    except Malformed as error:
        for problem in error.problems:
            steps = [int(index) if index else name for name, index in STEP.findall(problem.path)]
            reading.report((*prefix, *steps), problem.rule)
    return None


def _say(error: jsonschema_rs.ValidationError, *, secret: bool) -> str:
    """Say what is wrong; where a secret may stand the value itself is left out."""
    if not secret:
        return error.message.replace('"', "'")
    return f"breaks the rule `{error.kind.name}`"


def _check_references(site: Site, configs: Mapping[str, object], report: Callable[[Sequence[str | int], str], None]) -> None:
    """Report names that stand twice, and names that lead nowhere."""
    codes = {agency.code for agency in site.agencies}
    names = {system.name for system in site.systems}
    _report_repeated([agency.code for agency in site.agencies], "agencies", "code", report)
    _report_repeated([system.name for system in site.systems], "systems", "name", report)
    _report_repeated([key for system in site.systems for key in system.keys], "systems", "keys", report)
    _report_repeated([system.wsse.username or system.name for system in site.systems], "systems", "wsse.username", report)
    _report_repeated([one for system in site.systems for one in system.wsse.certificates], "systems", "wsse.certificates", report)
    for index, agency in enumerate(site.agencies):
        if agency.parent is not None and agency.parent not in codes:
            report(("agencies", index, "parent"), f"no agency has the code {agency.parent}")
    for index, system in enumerate(site.systems):
        if system.agency not in codes:
            report(("systems", index, "agency"), f"no agency has the code {system.agency}; add it to agencies.yaml")
        if system.connector != "inbox" and system.connector not in configs:
            report(("systems", index, "connector"), f"no such connector; there are: inbox, {', '.join(sorted(configs))}")
    for index, route in enumerate(site.routes):
        for place, target in enumerate(route.to):
            if target not in names | codes | {"origin"}:
                report(("routes", index, "to", place), f"{target} is no system, no agency code, and not `origin`")
        for place, sender in enumerate(route.senders):
            if sender not in names:
                report(("routes", index, "senders", place), f"{sender} is no system")


def _report_repeated(values: list[str], what: str, field: str, report: Callable[[Sequence[str | int], str], None]) -> None:
    """Report each value that stands twice; a key is not named."""
    for index, value in enumerate(values):
        if value in values[:index]:
            report((what, min(index, len(values) - 1), field), "stands twice" if field == "keys" else f"{value} stands twice")


def _dotted(path: Sequence[str | int]) -> str:
    """Write a path as people do."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
