"""Copy the few files that pages use from node_modules into static/vendor, and draw the icon sprite.

Run it after ``npm ci``. It ends with status 1 and names every file that is missing.
"""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
ICON_LIST = ROOT / "tools" / "icons.txt"
ICON_DRAWINGS = PACKAGES / "@tabler" / "icons" / "icons" / "outline"

SVG = "{http://www.w3.org/2000/svg}"
# A manifest storage refuses a file that points at a map which is not there.
SOURCE_MAP = re.compile(r"^\s*(/\*|//)# sourceMappingURL=.*$", re.MULTILINE)

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "echarts/LICENSE": "echarts.LICENSE",
    "echarts/NOTICE": "echarts.NOTICE",
    "@tabler/icons/LICENSE": "icons.LICENSE",
    "@fontsource-variable/inter/LICENSE": "inter.LICENSE",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2": "inter-cyrillic.woff2",
    "@fontsource-variable/inter/files/inter-greek-wght-normal.woff2": "inter-greek.woff2",
}


def icon_names() -> list[str]:
    """Return the names of the icons that the sprite holds, in the order of the list."""
    lines = (line.partition("#")[0].strip() for line in ICON_LIST.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def copy_files() -> list[str]:
    """Copy the chosen files and return the paths of those that are missing."""
    missing = []
    for source, name in FILES.items():
        path = PACKAGES / source
        if not path.is_file():
            missing.append(str(path.relative_to(ROOT)))
        elif path.suffix in {".css", ".js"}:
            text = path.read_text(encoding="utf-8")
            (VENDOR / name).write_text(SOURCE_MAP.sub("", text).rstrip() + "\n", encoding="utf-8")
        else:
            (VENDOR / name).write_bytes(path.read_bytes())
    return missing


def draw_sprite() -> list[str]:
    """Write one sprite of the listed icons and return the paths of those that are missing."""
    ElementTree.register_namespace("", SVG.strip("{}"))
    sprite = ElementTree.Element(f"{SVG}svg")
    missing = []
    for name in icon_names():
        path = ICON_DRAWINGS / f"{name}.svg"
        if not path.is_file():
            missing.append(str(path.relative_to(ROOT)))
            continue
        symbol = ElementTree.SubElement(sprite, f"{SVG}symbol", {"id": name, "viewBox": "0 0 24 24"})
        drawing = ElementTree.parse(path).getroot()  # noqa: S314 - a file of a package pinned by its hash
        symbol.extend(shape for shape in drawing if shape.get("stroke") != "none")
    ElementTree.ElementTree(sprite).write(VENDOR / "icons.svg", encoding="utf-8")
    return missing


def main() -> int:
    """Copy everything and return the exit status."""
    if not PACKAGES.is_dir():
        print("node_modules is not there: run `npm ci` first.", file=sys.stderr)
        return 1
    VENDOR.mkdir(parents=True, exist_ok=True)
    missing = copy_files() + draw_sprite()
    for path in missing:
        print(f"missing: {path}", file=sys.stderr)
    if not missing:
        print(f"{len(FILES)} files and {len(icon_names())} icons are in {VENDOR.relative_to(ROOT)}/")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
