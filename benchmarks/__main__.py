"""Run the benchmarks in a database of their own and print one line for each figure.

`python -m benchmarks [NAME ...]` runs those named, or all. A benchmark is a module `benchmarks/<name>.py` with a
function `run() -> list[Line]`; it finds an empty, migrated database and may commit. The exit code is 1 when a promised
ratio is broken.
"""

import importlib
import os
import pkgutil
import sys
from types import ModuleType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.local")
os.environ.setdefault("DEBUG", "0")

DATABASE = "bench_cs_platform"


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all, and return the exit code."""
    import django

    django.setup()
    # Models can be loaded only now.
    from benchmarks.database import emptied
    from benchmarks.line import Line

    known = benchmarks()
    if unknown := sorted(set(names) - set(known)):
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(known) or 'none'}.")
    lines: list[Line] = []
    for name in names or known:
        with emptied(DATABASE):
            for line in known[name].run():
                print(line, flush=True)
                lines.append(line)
    broken = [line for line in lines if not line.is_kept]
    print(f"{len(lines) - len(broken)} of {len(lines)} as promised")
    return 1 if broken else 0


def benchmarks() -> dict[str, ModuleType]:
    """Return the modules of this package that can be run, by name."""
    package = importlib.import_module("benchmarks")
    found = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name != "__main__":
            module = importlib.import_module(f"benchmarks.{info.name}")
            if hasattr(module, "run"):
                found[info.name] = module
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
