"""The refusal of a whole file."""

from core.errors import Invalid


class Refused(Invalid):
    """The file cannot be imported at all; the sentence says why and what to do."""

    code = "file_refused"
