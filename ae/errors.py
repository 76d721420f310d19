"""The one kind of error that is meant to be read by a person."""


class AeError(Exception):
    """Something the user can act on; its text is one sentence that names the thing and says what to do."""


class UsageError(AeError):
    """A wrong word on the command line or in a call; nothing was tried."""


class InputError(AeError):
    """A file that cannot be read or is beyond a limit; the text starts with the file's name."""


class WeightsError(AeError):
    """Weights that are missing, damaged or do not fit their model."""


class DataError(AeError):
    """A data set that is not where it was said to be, or not what it should be."""


class Cancelled(AeError):
    """The person asked to stop."""
