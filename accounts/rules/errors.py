"""The one error of the cleaning rules."""


class Unreadable(ValueError):
    """A value that cannot be stored; `code` is stable and the text is a sentence for the person."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
