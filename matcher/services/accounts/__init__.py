"""Accounts: who is a member of what, and how members and programs prove who they are."""

from matcher.services.accounts.invitations import (
    InvitationView,
    accept_invitation,
    invite,
    list_invitations,
    preview_invitation,
    revoke_invitation,
)
from matcher.services.accounts.keys import KeyCreated, KeyView, list_keys, make_key, revoke_key, who_has_key
from matcher.services.accounts.membership import create_member, deactivate, list_members, set_roles
from matcher.services.accounts.sessions import (
    Identity,
    MemberSession,
    own_organisations,
    sign_out_everywhere,
    who_is_member,
)
from matcher.services.accounts.signing_in import (
    make_reset_link,
    make_sign_in_link,
    reset_password,
    set_password,
    sign_in,
    sign_in_with_provider,
    use_sign_in_link,
)
from models.repositories.members import MemberView

__all__ = [
    "Identity",
    "InvitationView",
    "KeyCreated",
    "KeyView",
    "MemberSession",
    "MemberView",
    "accept_invitation",
    "create_member",
    "deactivate",
    "invite",
    "list_invitations",
    "list_keys",
    "list_members",
    "make_key",
    "make_reset_link",
    "make_sign_in_link",
    "own_organisations",
    "preview_invitation",
    "reset_password",
    "revoke_invitation",
    "revoke_key",
    "set_password",
    "set_roles",
    "sign_in",
    "sign_in_with_provider",
    "sign_out_everywhere",
    "use_sign_in_link",
    "who_has_key",
    "who_is_member",
]
