#!/bin/sh
# Print the first Python 3.11 or newer that is found, the one asked for first: find_python.sh [PYTHON]
for python in "${1:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
echo "CS Platform needs Python 3.11 or newer, and none is found. Name one: make PYTHON=/path/to/python3.11 ..." >&2
exit 1
