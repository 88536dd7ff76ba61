"""Remove the data folder, and only that: `make reset`."""

import shutil
import sys

from cs_platform.embedded import sharing
from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder
from cs_platform.launch import preflight
from cs_platform.launch.leftovers import end_leftovers
from cs_platform.launch.preflight import CannotStart


def reset(folder: DataFolder) -> str:
    """Remove the folder and return what to tell; raise CannotStart where it is in use or not ours."""
    if not folder.root.exists():
        return "There is no data to remove."
    if not folder.is_ours():
        raise CannotStart(f"{folder.root} was not made by CS Platform, so it is not removed.")
    address = preflight.running_address(folder.root)
    if address is not None:
        raise CannotStart(f"CS Platform is running ({address}). Stop it with Ctrl-C first.")
    end_leftovers(folder.root)
    with sharing.alone(folder) as nobody_else:
        if not nobody_else:
            raise CannotStart("A command still uses the database. Wait until it is done.")
        sharing.stop_servers(folder)
        for place in (folder.postgres_sockets, folder.valkey_socket.parent):
            shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(folder.root)
    return f"Removed {folder.root}. The next `make run` starts afresh."


if __name__ == "__main__":
    try:
        sys.stdout.write(reset(DataFolder(preflight.data_folder())) + "\n")
    except (CannotStart, EmbeddedServerError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The data can't be removed: {error}. Run it again as the owner of the files.")
