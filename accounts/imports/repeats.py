"""Rows about the same thing: which keys stand in the file more than once, found in bounded memory.

The rows of such a key are applied together and in their order, in the chunk of the last one. So the file has one
outcome however it is cut into chunks, and importing it again changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping

from accounts.imports.reading import RawRow

KeyOf = Callable[[RawRow], str]

# Two mebibytes: of a million keys about two in a thousand are suspected wrongly, which costs only a place in a dict.
_BITS = 1 << 24
_HASHES = 4
MOST_REPEATED = 200_000


class Census:
    """Counts the rows of a file and notes the keys that were probably met before."""

    def __init__(self) -> None:
        self.rows = 0
        self.suspects: set[str] = set()
        self._seen = bytearray(_BITS // 8)

    def add(self, key: str) -> None:
        """Take one more row into account; an empty key stands for a row that cannot be told from others."""
        self.rows += 1
        if key and self._meets(key) and len(self.suspects) < MOST_REPEATED:
            self.suspects.add(key)

    def _meets(self, key: str) -> bool:
        digest = hash(key)
        step = (digest >> 24) | 1
        met = True
        for _ in range(_HASHES):
            place = digest & (_BITS - 1)
            byte, bit = place >> 3, 1 << (place & 7)
            if not self._seen[byte] & bit:
                met = False
                self._seen[byte] |= bit
            digest += step
        return met


def last_rows(rows: Iterable[RawRow], key_of: KeyOf, suspects: set[str]) -> dict[str, int]:
    """Return, for each key that really stands in more than one row, the number of its last row."""
    counts: dict[str, int] = {}
    last: dict[str, int] = {}
    for row in rows:
        key = key_of(row)
        if key in suspects:
            counts[key] = counts.get(key, 0) + 1
            last[key] = row.number
    return {key: number for key, number in last.items() if counts[key] > 1}


def key_reader(kind: str, header: list[str], mapping: Mapping[str, str]) -> KeyOf:
    """Return the function that reads what tells a raw row from others, or an empty text where nothing does."""
    place = {name: header.index(column) for column, name in mapping.items()}
    groups = [
        [place[name] for name in names if name in place]
        for names in _KEYS[kind]
        if names[0] in place or any(name in place for name in _CUSTOMER)
    ]
    groups = [group for group in groups if group]

    def read(row: RawRow) -> str:
        if row.problem:
            return ""
        for number, group in enumerate(groups):
            texts = [row.cells[position].strip() for position in group]
            if texts[0]:
                return f"{number}\x1f" + "\x1f".join(texts)
        return ""

    return read


_CUSTOMER = ("customer_external_id", "customer_name", "customer_domain", "customer_email")
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (("external_id",), ("domain",), ("name",)),
    "contacts": (("external_id",), ("email", *_CUSTOMER)),
    "subscriptions": (("external_id",), (*_CUSTOMER, "starts_on", "edition")),
}
