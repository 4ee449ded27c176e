"""What orchestration raises: one clear sentence each, for people."""


class DailyRunError(Exception):
    """A daily run cannot start or go on; the message says what is wrong, where, and what to do."""


class BadRequestError(DailyRunError):
    """What was asked for cannot be done as asked: the caller has to put something right first."""
