"""Records: one typed SQLAlchemy class a noun."""

from models.records import append_only as append_only
from models.records.audit_event import AuditEvent
from models.records.base import Base, new_id, table_of, utc_now
from models.records.entry import Counter, Entry, EntryCpv, EntryRegion, EntryTag, EntryVersion
from models.records.importing import Import, ImportFault, SavedMapping
from models.records.keeping import ExportFile, LegalHold, StoredAnswer
from models.records.member import ApiKey, FailedSignIn, Member, MemberIdentity, Membership, Token
from models.records.organisation import Organisation
from models.records.passage import Passage
from models.records.proposal import Proposal, Run
from models.records.public_form import PublicForm
from models.records.scorer import Scorer
from models.records.vector import Vector
from models.records.verdict import Verdict, VerdictReason

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Base",
    "Counter",
    "Entry",
    "EntryCpv",
    "EntryRegion",
    "EntryTag",
    "EntryVersion",
    "ExportFile",
    "FailedSignIn",
    "Import",
    "ImportFault",
    "LegalHold",
    "Member",
    "MemberIdentity",
    "Membership",
    "Organisation",
    "Passage",
    "Proposal",
    "PublicForm",
    "Run",
    "SavedMapping",
    "Scorer",
    "StoredAnswer",
    "Token",
    "Vector",
    "Verdict",
    "VerdictReason",
    "new_id",
    "table_of",
    "utc_now",
]
