#!/bin/sh
# Make the virtual environment unless a working one is there: make_venv.sh PYTHON FOLDER
set -eu
if "$2/bin/python" -c 'import pip' 2>/dev/null; then
    exit 0
fi
python=$(sh "$(dirname "$0")/find_python.sh" "$1")
echo "Making the virtual environment $2 ..."
# What a killed run or another Python left there is cleared, the stamps of what was installed with it.
"$python" -m venv --clear "$2" || {
    echo "The virtual environment can't be made. On Debian, install the package python3-venv." >&2
    exit 1
}
