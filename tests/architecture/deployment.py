"""Reads the files of `deploy/` and what the code offers them."""

import ast
import importlib
import importlib.util
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import REGISTRY

from shared.contracts.consumers import SERVICES
from shared.settings import ServiceSettings
from tests.architecture.tree import ROOT, parsed, sources

DEPLOY = ROOT / "deploy"
_MATCHER = re.compile(r"^\t@(\w+) path (.+)$", re.MULTILINE)
_HANDLER = re.compile(
    r"^\thandle @(\w+) \{\n(?:\t\t(?!import).*\n)*\t\timport upstream (\S+)$", re.MULTILINE
)
SUFFIXES = {
    "counter": ("_total", "_created"),
    "histogram": ("_bucket", "_sum", "_count", "_created"),
    "summary": ("", "_sum", "_count", "_created"),
}


class _ComposeLoader(yaml.SafeLoader):
    """YAML with the tags that docker compose adds."""


def _overriding(loader: yaml.SafeLoader, node: yaml.Node) -> dict[Any, Any]:
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_ComposeLoader.add_constructor("!override", _overriding)


@cache
def compose(name: str = "docker-compose.yml") -> dict[str, Any]:
    """Return a compose file with anchors and merges resolved."""
    with (ROOT / name).open(encoding="utf-8") as file:
        loaded: dict[str, Any] = yaml.load(file, _ComposeLoader)  # a SafeLoader
    return loaded


def read_yaml(path: Path) -> Any:
    """Return a YAML file's content."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def scripts() -> dict[str, str]:
    """Return the commands that the project installs, with the function behind each."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: dict[str, str] = project["project"]["scripts"]
    return found


def example_variables() -> dict[str, str]:
    """Return the variables of `.env.example`."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@cache
def settings_of(service: str) -> type[ServiceSettings]:
    """Return a service's class of settings; the common one where it has none of its own."""
    if importlib.util.find_spec(f"services.{service}.settings") is None:
        return ServiceSettings
    module = importlib.import_module(f"services.{service}.settings")
    [own] = [
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, ServiceSettings)
        and found.__module__ == module.__name__
    ]
    return own


@cache
def metric_names() -> frozenset[str]:
    """Return every name that a scrape of the services may hold."""
    for path in sources("services", "shared"):
        if any(_imports_prometheus(node) for node in ast.walk(parsed(path))):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return frozenset(
        family.name + suffix
        for family in REGISTRY.collect()
        for suffix in SUFFIXES.get(family.type, ("",))
    )


def _imports_prometheus(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("prometheus_client")


def metrics_in(expression: str) -> set[str]:
    """Return the metrics that a PromQL expression names."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    names = re.findall(r"(?<![\w.])[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)
    return set(names) - {"or", "and", "unless", "by", "bool", "offset"}


def proxy_rules() -> dict[str, tuple[list[str], str]]:
    """Return, by matcher of the Caddyfile, its path patterns and the upstream they reach."""
    text = (DEPLOY / "proxy" / "Caddyfile").read_text(encoding="utf-8").replace("\\\n", " ")
    patterns = {
        name: paths.split()
        for name, paths in re.findall(r"^\t@(\w+) path (.+)$", text, re.MULTILINE)
    }
    handled = dict(
        re.findall(
            r"^\thandle @(\w+) \{\n(?:\t\t(?!import).*\n)*\t\timport upstream (\S+)$",
            text,
            re.MULTILINE,
        )
    )
    return {name: (paths, handled[name]) for name, paths in patterns.items()}


def reached(path: str) -> set[str]:
    """Return the upstreams to which the proxy hands a path: a pattern's `*` stands at its end."""
    return {
        upstream
        for patterns, upstream in proxy_rules().values()
        if any(
            path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
            for pattern in patterns
        )
    }


def declared_services() -> dict[str, Any]:
    """Return what each service that has an application declares of itself."""
    return {
        name: importlib.import_module(f"services.{name}.app").SERVICE
        for name in SERVICES
        if importlib.util.find_spec(f"services.{name}.app") is not None
    }


def paths_of(service: Any) -> set[str]:
    """Return the paths that a service's routers answer, with parameters filled in."""
    return {
        re.sub(r"\{[^}]+\}", "x1", route.path)
        for router in service.routers
        for route in router.routes
    }
