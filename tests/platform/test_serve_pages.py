"""The web server has all pages loaded before the first request, and its collector leaves them alone."""

import json
import subprocess
from pathlib import Path

import pytest

from cs_platform.embedded.folder import DataFolder
from cs_platform.launch.processes import web_command
from tests import programs

# A worker that is ready tells what its collector keeps and what it walks, and the server ends.
TELL = """
import gc, json, os, signal, sys

def post_worker_init(worker):
    pages = "queues.views.hours" in sys.modules
    told = {"kept": gc.get_freeze_count(), "walked": len(gc.get_objects()), "pages": pages}
    print(json.dumps(told), flush=True)
    os.kill(os.getppid(), signal.SIGTERM)
"""


@pytest.mark.parametrize("how", [[], ["--preload"]], ids=["loaded by each process", "loaded before the fork"])
def test_the_collector_leaves_alone_what_stays(folder: DataFolder, tmp_path: Path, how: list[str]) -> None:
    config = tmp_path / "tell.py"
    config.write_text(TELL)
    command = [*web_command(programs.free_port()), "--config", str(config), "--workers", "1", *how]
    env = programs.environment(DATA_DIR=folder.root, DJANGO_SETTINGS_MODULE="cs_platform.settings.local")
    served = subprocess.run(
        command,
        env=env,
        cwd=programs.PRODUCT,
        capture_output=True,
        text=True,
        check=False,
        timeout=programs.PATIENCE_SECONDS,
    )
    assert served.returncode == 0, served.stderr
    told = json.loads(served.stdout)
    assert told["pages"]
    assert told["kept"] > 20 * told["walked"]
