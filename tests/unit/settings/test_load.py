"""A site's files: every fault is told with its line, and no secret is shown."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from gateway.access import Access
from gateway.domain.errors import Refused
from gateway.settings.load import SiteFaults, load_site
from gateway.settings.starter import write_starter

if TYPE_CHECKING:
    from gateway.domain.agency import System


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    secret: str


class WithAccess(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    access: tuple[Access, ...] = ()


def write(folder: Path, **files: str) -> Path:
    for name, text in ({"site": "name: Test\n"} | files).items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(SiteFaults) as caught:
        load_site(folder, {"rest": Config})
    return [str(fault) for fault in caught.value.faults]


def test_the_starter_site_has_no_fault(tmp_path: Path) -> None:
    write_starter(tmp_path / "site")

    site = load_site(tmp_path / "site", {})

    assert [system.name for system in site.systems] == ["province-portal", "commune-desk"]
    assert Path(site.data) == tmp_path / "site" / "data"


def test_the_starter_never_overwrites(tmp_path: Path) -> None:
    write_starter(tmp_path)

    with pytest.raises(Refused, match=r"site\.yaml"):
        write_starter(tmp_path)


def test_every_fault_of_every_file_is_told_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        site="name: Test\nlisten: {prt: 80, port: x}\ntiming:\n  lease_seconds: 0\n",
        agencies="- {code: H21, name: A}\n- {code: h, name: ''}\n",
        routes="- to: [origin]\n  events: [subm]\n",
    )

    told = faults(tmp_path)

    assert [line.split(": ")[0] for line in told] == [
        "agencies.yaml:2",
        "agencies.yaml:2",
        "routes.yaml:2",
        "site.yaml:2",
        "site.yaml:2",
        "site.yaml:4",
    ]


def test_names_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        agencies="- {code: H21, name: A, parent: H99}\n",
        systems="- {name: desk, agency: H22, connector: nope}\n- {name: desk, agency: H21, connector: inbox}\n",
        routes="- to: [origin, nobody]\n  senders: [stranger]\n",
    )

    told = "\n".join(faults(tmp_path))

    for wanted in ("H99", "H22", "no such connector", "desk stands twice", "nobody", "stranger"):
        assert wanted in told


def test_a_connectors_own_configuration_is_checked_and_its_values_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "hush-hush")
    write(
        tmp_path,
        agencies="- {code: H21, name: A}\n",
        systems="- name: desk\n  agency: H21\n  connector: rest\n  config:\n    secret: {env: DESK_SECRET}\n    extra: hush-hush\n",
    )

    told = faults(tmp_path)

    assert any("url" in line or "required" in line for line in told)
    assert len(told) == 2
    assert not any("hush-hush" in line for line in told)


def test_every_fault_of_the_pieces_of_access_is_told_with_its_line_and_path(tmp_path: Path) -> None:
    access = "      - {kind: fixed, headers: {service-code: HT}}\n      - kind: client_credentials\n        token_url: hush-hush\n      - {kind: khong-co}\n"
    write(
        tmp_path,
        agencies="- {code: H21, name: A}\n",
        systems=f"- name: desk\n  agency: H21\n  connector: rest\n  config:\n    url: a\n    access:\n{access}",
    )

    with pytest.raises(SiteFaults) as caught:
        load_site(tmp_path, {"rest": WithAccess})

    told = {(fault.line, fault.path) for fault in caught.value.faults}
    assert told >= {(9, "systems[0].config.access[1].token_url"), (10, "systems[0].config.access[2].kind")}
    assert "hush-hush" not in str(caught.value)


def test_secrets_come_from_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_URL", "http://127.0.0.1:1")
    (tmp_path / "secret.txt").write_text("hush\n", encoding="utf-8")
    write(
        tmp_path,
        agencies="- {code: H21, name: A}\n",
        systems="- name: desk\n  agency: H21\n  connector: rest\n  config: {url: {env: DESK_URL}, secret: {file: secret.txt}}\n",
    )

    system: System = load_site(tmp_path, {"rest": Config}).systems[0]

    assert system.config == {"url": "http://127.0.0.1:1", "secret": "hush"}


def test_a_missing_secret_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, systems="- name: desk\n  agency: H21\n  connector: rest\n  config:\n    secret: {env: NOT_SET_ANYWHERE}\n")

    assert "systems.yaml:5: systems[0].config.secret: the environment variable NOT_SET_ANYWHERE is not set" in faults(tmp_path)


def test_what_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, agencies="- {code: H21\n- ]", routes="- to: [origin]\n  to: [origin]\n")

    told = faults(tmp_path)

    assert any(line.startswith("agencies.yaml:2: not YAML") for line in told)
    assert "routes.yaml:2: to: stands twice" in told


def test_what_is_no_text_is_told_beside_all_other_faults(tmp_path: Path) -> None:
    write(tmp_path, agencies="- {code: H21\n- ]")
    (tmp_path / "routes.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "systems.yaml").unlink(missing_ok=True)
    (tmp_path / "systems.yaml").mkdir()

    told = faults(tmp_path)

    assert {"routes.yaml:1: not UTF-8", "systems.yaml:1: cannot be read: Is a directory"} <= set(told)
    assert any(line.startswith("agencies.yaml:2: not YAML") for line in told)


def test_a_folder_without_a_site_says_what_to_do(tmp_path: Path) -> None:
    assert "lienthong init" in "\n".join(faults(tmp_path))


def test_what_a_system_proves_itself_by_comes_from_a_file_and_belongs_to_one_system(tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text("hush-hush\n", encoding="utf-8")
    write(
        tmp_path,
        agencies="- {code: H21, name: A}\n",
        systems="- name: desk\n  agency: H21\n  connector: inbox\n  wsse: {username: yte, password: {file: password.txt}}\n",
    )

    system = load_site(tmp_path, {}).systems[0]

    assert (system.wsse.username, system.wsse.password) == ("yte", "hush-hush")
    other = "- name: yte\n  agency: H21\n  connector: inbox\n  wsse: {certificates: [hush-hush]}\n"
    same = "- {name: two, agency: H21, connector: inbox, wsse: {username: yte}}\n- {name: yte, agency: H21, connector: inbox}\n"
    write(tmp_path, agencies="- {code: H21, name: A}\n", systems=other)
    assert faults(tmp_path) == ["systems.yaml:4: systems[0].wsse.certificates[0]: breaks the rule `pattern`"]
    write(tmp_path, agencies="- {code: H21, name: A}\n", systems=same)
    assert any("wsse.username: yte stands twice" in line for line in faults(tmp_path))


def test_a_key_in_the_place_of_its_hash_is_told_and_never_shown(tmp_path: Path) -> None:
    key = "Uc3FnWOa-a-key-that-somebody-pasted"
    write(tmp_path, agencies="- {code: H21, name: A}\n", systems=f"- {{name: ab, agency: H21, connector: inbox, keys: [{key}]}}\n")

    (fault,) = faults(tmp_path)

    assert fault.startswith("systems.yaml:1: systems[0].keys[0]: is the SHA-256 of a key")
    assert key not in fault


def test_what_the_schema_cannot_see_is_a_fault_with_its_line_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        agencies="- {code: H21, name: A}\n",
        systems="- name: ab\n  agency: H21\n  connector: inbox\n  retry:\n    first_pause: 1s\n",
    )

    (fault,) = faults(tmp_path)

    assert fault.startswith("systems.yaml:5: systems[0].retry.first_pause: ")


def test_a_file_that_is_nested_too_deeply_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, routes="[" * 5000)

    assert any(fault.startswith("routes.yaml") for fault in faults(tmp_path))
