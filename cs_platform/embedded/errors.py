"""What can go wrong with the private servers, in one sentence for a person."""


class EmbeddedServerError(Exception):
    """Say why a private server can't be used and what to do about it."""
