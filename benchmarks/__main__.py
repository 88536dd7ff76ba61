"""Run the benchmarks in a database of their own and print one line for each figure.

`python -m benchmarks [NAME ...]` runs those named, or all. A benchmark is a module `benchmarks/<name>.py` with a function
`run() -> list[Line]`; it finds an empty, migrated database and may commit. Exits with 1 when a promised ratio is broken.
"""

import importlib
import os
import pkgutil
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.local")
os.environ.setdefault("DEBUG", "0")

DATABASE = "bench_cs_platform"


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all, and return the exit code."""
    import django

    from benchmarks.line import Line

    django.setup()
    known = {module.name for module in pkgutil.iter_modules(importlib.import_module("benchmarks").__path__)}
    known -= {"__main__", "line", "database"}
    if unknown := sorted(set(names) - known):
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(sorted(known)) or 'none'}.")

    from benchmarks.database import emptied

    lines: list[Line] = []
    for name in sorted(names or known):
        with emptied(DATABASE):
            for line in importlib.import_module(f"benchmarks.{name}").run():
                print(line, flush=True)
                lines.append(line)
    broken = [line for line in lines if not line.is_kept]
    print(f"{len(lines) - len(broken)} of {len(lines)} as promised")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
