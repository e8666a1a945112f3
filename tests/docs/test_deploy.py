"""The image and the compose file for a lab: whatever of them can be executed without Docker."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.cli.main import _parser

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
SERVICES = yaml.safe_load(COMPOSE.read_text())["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "saliencnn"}
NGINX = ROOT / "deploy" / "nginx.conf"
VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?][^}]*)?\}")


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with what follows it, continued lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (words[0], words[2]) for line in whole.splitlines() if (words := line.partition(" "))[0]
    ]


def of(kind: str) -> list[str]:
    return [rest for name, rest in instructions() if name == kind]


def test_the_image_has_what_it_copies_and_installs() -> None:
    known = {"FROM", "RUN", "WORKDIR", "COPY", "ARG", "USER", "ENTRYPOINT", "CMD", "EXPOSE"}
    assert {name for name, _ in instructions()} <= known
    sources = [source for line in of("COPY") for source in line.split()[:-1]]
    assert all((ROOT / source).exists() for source in sources)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {"saliencnn", "pipelines", "app", project["project"]["readme"], "constraints.txt"}
    assert packages <= {*sources}
    (wanted,) = re.findall(r"'\.\[([\w,]+)\]'", " ".join(of("RUN")))
    assert {*wanted.split(",")} <= {*project["project"]["optional-dependencies"]}


def test_steps_of_the_image_are_shell() -> None:
    for step in of("RUN"):
        assert shlex.split(step)
    assert yaml.safe_load(of("ENTRYPOINT")[0]) == ["saliencnn"]
    assert _parser().parse_args(yaml.safe_load(of("CMD")[0])).host == "0.0.0.0"


@pytest.mark.parametrize("name", OURS)
def test_commands_have_the_options_that_they_are_given(name: str) -> None:
    service = OURS[name]
    words = [str(word) for word in service["command"]]
    if "entrypoint" not in service:
        assert callable(_parser().parse_args(words).run)
        return
    assert service["entrypoint"] == ["mlflow"]
    import mlflow.cli  # it takes seconds, and every worker collects this file

    command = mlflow.cli.cli.commands[words[0]]
    known = {option for one in command.params for option in one.opts}
    assert {word.partition("=")[0] for word in words[1:]} <= known


def test_services_name_what_is_there() -> None:
    whole: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    for service in SERVICES.values():
        named = {one.split(":")[0] for one in service.get("volumes", ()) if one[0].isalpha()}
        assert named <= {*whole["volumes"]}
        assert {one["source"] for one in service.get("configs", ())} <= {*whole["configs"]}
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES
            assert how["condition"] == "service_started" or "healthcheck" in SERVICES[other]
    build = SERVICES["worker"]["build"]
    assert (COMPOSE.parent / build["context"] / build["dockerfile"]).samefile(DOCKERFILE)
    assert {*build["args"]} <= {line.partition("=")[0] for line in of("ARG")}


def test_variables_are_those_that_the_program_reads() -> None:
    read = "\n".join(
        path.read_text()
        for folder in ("saliencnn", "pipelines", "docs/tutorials", "docs/reference")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md")
    )
    given = {name for one in OURS.values() for name in one["environment"]}
    assert {name for name in given if name not in read} == set()


def test_the_proxy_finds_the_dashboards_where_they_listen() -> None:
    dashboards = [one for one in OURS.values() if one["command"][0] == "app"]
    ports = [one["command"][-1] for one in dashboards]
    assert ports == ["8511", "8512"]
    assert {*ports} == {*re.findall(r"server 127\.0\.0\.1:(\d+)", NGINX.read_text())}
    for one in dashboards:
        assert one["network_mode"] == "service:proxy"
        assert _parser().parse_args(one["command"]).host == "127.0.0.1"
    (mounted,) = SERVICES["proxy"]["volumes"]
    assert (COMPOSE.parent / mounted.split(":")[0]).samefile(NGINX)
    (port,) = SERVICES["proxy"]["ports"]
    assert f"listen {port.split(':')[-1]};" in NGINX.read_text()


def test_no_port_is_open_to_other_machines_and_no_password_is_written_down() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name:
                assert VARIABLE.fullmatch(value), name


def test_the_dashboards_image_set_is_where_the_worker_looks() -> None:
    assert any(volume.endswith(":/images:ro") for volume in SERVICES["worker"]["volumes"])
