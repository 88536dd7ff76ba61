"""Every variable that the settings read stands in the table of docs/running.md."""

import re

from tests import programs

READ = re.compile(r"""(?:\benv(?:\.\w+)?\(|_required\(|\benviron\.get\()\s*"([A-Z_]+)\"""")
READERS = [
    *(programs.PRODUCT / "cs_platform" / "settings").glob("*.py"),
    programs.PRODUCT / "cs_platform/web_server.py",
]


def test_every_setting_is_told() -> None:
    told = (programs.PRODUCT / "docs" / "running.md").read_text()
    table = "\n".join(line for line in told.splitlines() if line.startswith("| `"))
    read = {name for path in READERS for name in READ.findall(path.read_text())}
    assert {"DATABASE_URL", "SECRET_KEY", "WEB_THREADS", "EMAIL_PROVIDER"} <= read
    assert sorted(name for name in read if f"`{name}`" not in table) == []
