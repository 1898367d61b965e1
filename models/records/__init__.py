"""Records: one typed SQLAlchemy class a noun."""

from models.records import append_only as append_only
from models.records.audit_event import AuditEvent
from models.records.base import Base, new_id, table_of, utc_now
from models.records.case import Case, CaseNeed, CaseOffering, CaseOrganisation, CaseStep, DialogueEntry
from models.records.duplicate import DuplicateDecision, DuplicatePair, DuplicateReason
from models.records.encoder_use import EncoderUse
from models.records.entry import Counter, Entry, EntryCpv, EntryRegion, EntryTag, EntryVersion
from models.records.importing import Import, ImportFault, SavedMapping
from models.records.interest import Interest, Remark
from models.records.joint_need import JointNeed, JointNeedMember, JointNeedOffering
from models.records.keeping import ExportFile, LegalHold, StoredAnswer
from models.records.member import ApiKey, FailedSignIn, Member, MemberIdentity, Membership, Token
from models.records.merge import (
    EntrySplit,
    FaceChoice,
    Merge,
    MergedEntry,
    MergeGroup,
    MergeMember,
    SplitPart,
    Support,
)
from models.records.notice import Notice, NoticeChoice
from models.records.organisation import Organisation
from models.records.partner_request import PartnerRequest
from models.records.passage import Passage
from models.records.proposal import Proposal, Run
from models.records.public_form import PublicForm
from models.records.review_task import ReviewTask, Shortlist
from models.records.scorer import Scorer
from models.records.search_word import SearchWord
from models.records.theme import Theme, ThemeEvent, ThemeMember
from models.records.threshold import ThresholdRow
from models.records.vector import Vector
from models.records.verdict import Verdict, VerdictReason

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Base",
    "Case",
    "CaseNeed",
    "CaseOffering",
    "CaseOrganisation",
    "CaseStep",
    "Counter",
    "DialogueEntry",
    "DuplicateDecision",
    "DuplicatePair",
    "DuplicateReason",
    "EncoderUse",
    "Entry",
    "EntryCpv",
    "EntryRegion",
    "EntrySplit",
    "EntryTag",
    "EntryVersion",
    "ExportFile",
    "FaceChoice",
    "FailedSignIn",
    "Import",
    "ImportFault",
    "Interest",
    "JointNeed",
    "JointNeedMember",
    "JointNeedOffering",
    "LegalHold",
    "Member",
    "MemberIdentity",
    "Membership",
    "Merge",
    "MergeGroup",
    "MergeMember",
    "MergedEntry",
    "Notice",
    "NoticeChoice",
    "Organisation",
    "PartnerRequest",
    "Passage",
    "Proposal",
    "PublicForm",
    "Remark",
    "ReviewTask",
    "Run",
    "SavedMapping",
    "Scorer",
    "SearchWord",
    "Shortlist",
    "SplitPart",
    "StoredAnswer",
    "Support",
    "Theme",
    "ThemeEvent",
    "ThemeMember",
    "ThresholdRow",
    "Token",
    "Vector",
    "Verdict",
    "VerdictReason",
    "new_id",
    "table_of",
    "utc_now",
]
