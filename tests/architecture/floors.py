"""The floors of the product, read from the one place that states them."""

import re
import tomllib
from pathlib import Path

PRODUCT = Path(__file__).resolve().parent.parent.parent


def contract() -> dict[str, object]:
    """Return import-linter's settings."""
    settings = tomllib.loads((PRODUCT / "pyproject.toml").read_text())
    return settings["tool"]["importlinter"]


def floor_of() -> dict[str, int]:
    """Return each app's floor, the lowest being 0."""
    layers = contract()["contracts"][0]["layers"]
    return {app: floor for floor, apps in enumerate(reversed(layers)) for app in re.findall(r"\w+", apps)}
