"""The permission table: one line an address, and what every subject gets there.

An address that has no line here fails the tests, so does a line without an address. Where the methods of one address
are for different people it has a line for each. The lines stand in one file an app; `who.py` has what several share.
"""

from tests.permissions.line import Line
from tests.permissions.table import (
    accounts,
    calendars,
    demo,
    logins,
    newsletter_issues,
    newsletter_links,
    newsletters,
    notices,
    queues,
    segments,
    workspace,
)

LINES: list[Line] = [
    *accounts.LINES,
    *logins.LINES,
    *calendars.LINES,
    *segments.LINES,
    *queues.LINES,
    *newsletters.LINES,
    *notices.LINES,
    *newsletter_issues.LINES,
    *newsletter_links.LINES,
    *workspace.LINES,
    *demo.LINES,
]
