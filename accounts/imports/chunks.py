"""Cutting the file into chunks: the same ones in every attempt, with rows about the same thing in one chunk."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.imports.cleaning import CleanRow, Rejection
from accounts.imports.jobs import Work
from accounts.imports.reading import RawRow
from accounts.imports.repeats import Census, KeyOf, key_reader, last_rows

CHUNK_ROWS = 1_000


@dataclass
class Chunk:
    """Some rows of the file; `next_row` is where the next chunk begins."""

    next_row: int = 0
    rows: list[CleanRow] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return how many rows of the file the chunk brings to an end."""
        return len(self.rows) + len(self.rejections)


@dataclass
class Plan:
    """What is known of the file as a whole before its rows are applied."""

    total_rows: int
    last_row_of: dict[str, int]
    key_of: KeyOf


def survey(work: Work, rows: Iterator[RawRow]) -> Plan:
    """Return how many rows the file has and which of them are about the same thing."""
    key_of = key_reader(work.kind, work.table.header, work.mapping)
    census = Census()
    for row in rows:
        census.add(key_of(row))
    repeated = last_rows(work.table.rows(), key_of, census.suspects) if census.suspects else {}
    return Plan(census.rows, repeated, key_of)


def chunks(work: Work, plan: Plan, start: int = 0, *, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Yield the chunks from row `start` on; of earlier ones come only rows that waited for a later row."""
    waiting: dict[str, list[CleanRow]] = {}
    chunk, taken = Chunk(), 0
    for raw in work.table.rows():
        key = plan.key_of(raw) if plan.last_row_of else ""
        last = plan.last_row_of.get(key, 0)
        if raw.number < start and last < start:
            continue
        sifted = work.sieve.sift(raw)
        if isinstance(sifted, Rejection):
            if raw.number >= start:
                chunk.rejections.append(sifted)
        elif raw.number < last:
            waiting.setdefault(key, []).append(sifted)
        else:
            chunk.rows += waiting.pop(key, [])
            chunk.rows.append(sifted)
        if last == raw.number and isinstance(sifted, Rejection):
            # The last of them is not to be used, so those before it are applied without it.
            chunk.rows += waiting.pop(key, [])
        if raw.number < start:
            continue
        taken += 1
        if taken == size:
            chunk.next_row = raw.number + 1
            yield chunk
            chunk, taken = Chunk(), 0
        chunk.next_row = raw.number + 1
    if chunk.rows or chunk.rejections:
        yield chunk
