from datetime import UTC, datetime, timedelta

import pytest

from matcher.errors import (
    Conflict,
    InvalidInput,
    MemberNotFound,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooManyAttempts,
)
from matcher.services import accounts
from matcher.services.accounts import invitations, keys, passwords, signing_in
from matcher.services.accounts.secret_digests import digest_of
from matcher.services.actor import Actor
from matcher.settings import Settings
from matcher.types import Role
from models.database import make_reading_sessions
from models.records import ApiKey, FailedSignIn, Member, utc_now
from models.repositories.credentials import TokenRepository

PASSWORD = "en lång mening om vintern"
OTHER = "en annan mening om sommaren"
SETTINGS = Settings(environment="development", host="127.0.0.1")


class Clock:
    """The time, as the accounts see it."""

    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_by(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in (invitations, keys, passwords, signing_in):
        monkeypatch.setattr(module, "utc_now", clock)
    return clock


@pytest.fixture(autouse=True)
def quick_digests(monkeypatch):
    """Digests that take little time; the real ones are slow on purpose."""
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)


def call(town, service, *arguments, **named):
    """Call a service that needs no actor; what it wrote lasts even if it fails, as at the door."""
    with town.sessions() as session:
        try:
            return service(session, *arguments, **named)
        finally:
            session.commit()


def invite(town, *, email="Ny@Example.org ", roles=(Role.OFFICER,), by="administrator", **options):
    return town.do(accounts.invite, email=email, roles=roles, by=by, **options)


def accept(town, secret, *, name="Ny", password=PASSWORD):
    return call(town, accounts.accept_invitation, secret, name=name, password=password)


def sign_in(town, *, email="ny@example.org", password=PASSWORD):
    return call(town, accounts.sign_in, email=email, password=password)


def who(town, signed_in, **options):
    return call(
        town, accounts.who_is_member, signed_in.id, session_version=signed_in.session_version, **options
    )


@pytest.fixture
def member(town):
    return accept(town, invite(town))


# Invitations


def test_an_invitation_makes_a_member_with_its_roles(town):
    secret = invite(town, roles=[Role.OFFICER, Role.COORDINATOR])
    seen = call(town, accounts.preview_invitation, secret)
    assert (seen.email, seen.roles) == ("ny@example.org", (Role.COORDINATOR, Role.OFFICER))
    identity = who(town, accept(town, secret, name="  Ny   Person "))
    assert (identity.name, identity.email) == ("Ny Person", "ny@example.org")
    assert identity.organisation_name == "Exempelstad"
    assert identity.actor.roles == {Role.OFFICER, Role.COORDINATOR}
    assert who(town, sign_in(town)).actor == identity.actor


def test_an_invitation_works_once(town):
    secret = invite(town)
    accept(town, secret)
    assert call(town, accounts.preview_invitation, secret) is None
    with pytest.raises(InvalidInput) as caught:
        accept(town, secret, name="En annan")
    assert caught.value.field == "token"


def test_an_invitation_expires(town, clock):
    secret = invite(town)
    clock.pass_by(days=13, hours=23)
    assert call(town, accounts.preview_invitation, secret) is not None
    clock.pass_by(hours=2)
    assert call(town, accounts.preview_invitation, secret) is None
    with pytest.raises(InvalidInput, match="not valid any more"):
        accept(town, secret)
    assert town.do(accounts.list_invitations, by="administrator") == []


def test_an_invitation_can_be_taken_back_by_its_organisation(town):
    secret = invite(town)
    (open_one,) = town.do(accounts.list_invitations, by="administrator")
    assert town.do(accounts.list_invitations, by="neighbours_administrator") == []
    with pytest.raises(NotFound):
        town.do(accounts.revoke_invitation, open_one.id, by="neighbours_administrator")
    town.do(accounts.revoke_invitation, open_one.id, by="administrator")
    with pytest.raises(InvalidInput):
        accept(town, secret)


@pytest.mark.parametrize("person", ["officer", "coordinator", "partner", "neighbours_administrator"])
def test_only_administrators_of_the_organisation_invite(town, person):
    with pytest.raises(NotAllowed):
        invite(town, by=person, organisation_id=town.organisations["Exempelstad"])


@pytest.mark.parametrize("roles", [[Role.OFFICER], [Role.PARTNER, Role.COORDINATOR], []])
def test_whoever_sells_does_not_judge(town, roles):
    with pytest.raises(InvalidInput) as caught:
        town.do(
            accounts.invite,
            email="a@example.org",
            roles=roles,
            organisation_id=town.organisations["Isfritt AB"],
        )
    assert caught.value.field == "roles"


@pytest.mark.parametrize(
    "email", ["", "nobody", "@example.org", "a b@example.org", "a@", "x" * 320 + "@e.se"]
)
def test_an_address_that_is_none_is_told(town, email):
    with pytest.raises(InvalidInput) as caught:
        invite(town, email=email)
    assert caught.value.field == "email"


def test_somebody_with_an_account_proves_it_to_join_another_organisation(town, member):
    secret = invite(town, by="neighbours_administrator", roles=[Role.COORDINATOR])
    with pytest.raises(InvalidInput) as caught:
        accept(town, secret, password=OTHER)
    assert caught.value.field == "password"
    joined = accept(town, secret)
    assert joined.id == member.id
    assert who(town, joined).organisation_name == "Exempelstad"
    there = who(town, joined, organisation_id=town.organisations["Grannköping"])
    assert (there.organisation_name, there.actor.roles) == ("Grannköping", {Role.COORDINATOR})
    own = town.do(accounts.own_organisations, by=there.actor)
    assert [each.name for each in own] == ["Exempelstad", "Grannköping"]
    elsewhere = who(town, joined, organisation_id=town.organisations["Isfritt AB"])
    assert elsewhere.organisation_name == "Exempelstad"


@pytest.mark.parametrize(
    "password", ["kort", "x" * 11, "aaaaaaaaaaaaaaaa", "ny@example.org", "NY@EXAMPLE.ORG", "x" * 1001]
)
def test_a_password_that_is_easy_to_guess_is_refused_and_the_link_lasts(town, password):
    secret = invite(town)
    with pytest.raises(InvalidInput) as caught:
        accept(town, secret, password=password)
    assert caught.value.field == "password"
    assert password not in str(caught.value)
    accept(town, secret)


# Signing in


def test_the_address_may_be_written_in_any_case(town, member):
    assert sign_in(town, email="  NY@example.ORG ") == member


@pytest.mark.parametrize(("email", "password"), [("ny@example.org", OTHER), ("ingen@example.org", PASSWORD)])
def test_which_of_address_and_password_is_wrong_is_not_said(town, member, email, password):
    with pytest.raises(NotSignedIn, match="address or the password") as caught:
        sign_in(town, email=email, password=password)
    assert email not in str(caught.value)


def test_too_many_tries_lock_the_address_for_a_while(town, member, clock):
    for _ in range(passwords.MAX_FAILED):
        with pytest.raises(NotSignedIn):
            sign_in(town, password=OTHER)
        clock.pass_by(seconds=10)
    with pytest.raises(TooManyAttempts):
        sign_in(town)
    with pytest.raises(NotSignedIn):
        sign_in(town, email="officer@example.org")
    clock.pass_by(minutes=16)
    assert sign_in(town) == member
    assert town.rows(FailedSignIn) == []


def test_an_address_that_nobody_has_is_locked_like_any_other(town, clock):
    for _ in range(passwords.MAX_FAILED):
        with pytest.raises(NotSignedIn):
            sign_in(town, email="ingen@example.org")
    with pytest.raises(TooManyAttempts):
        sign_in(town, email="ingen@example.org")
    assert "ingen" not in repr([row.address_digest for row in town.rows(FailedSignIn)])


def test_the_right_password_forgets_the_failed_tries(town, member, clock):
    for _ in range(2):
        for _ in range(passwords.MAX_FAILED - 1):
            with pytest.raises(NotSignedIn):
                sign_in(town, password=OTHER)
        assert sign_in(town) == member


def test_passwords_and_links_are_kept_as_digests_alone(town, member):
    (kept,) = (row for row in town.rows(Member) if row.id == member.id)
    assert kept.password_hash.startswith("$argon2id$")
    secrets = [
        invite(town, email="b@example.org"),
        town.do(accounts.make_reset_link, member.id, by="administrator"),
        town.do(accounts.make_key, name="k", roles=[Role.OFFICER], by="officer").secret,
    ]
    stored = b"".join(path.read_bytes() for path in town.path.parent.glob("town.db*"))
    for secret in (*secrets, PASSWORD):
        assert secret.encode() not in stored


def test_the_digest_of_a_password_is_renewed_when_it_is_weaker_than_today(town, member, monkeypatch):
    from argon2 import PasswordHasher

    before = next(row.password_hash for row in town.rows(Member) if row.id == member.id)
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: stronger)
    sign_in(town)
    after = next(row.password_hash for row in town.rows(Member) if row.id == member.id)
    assert after != before
    assert "m=16,t=2" in after
    sign_in(town)


# One-time links


def make_link(town, member):
    return call(town, accounts.make_sign_in_link, member.id, settings=SETTINGS)


def use_link(town, secret, settings=SETTINGS):
    return call(town, accounts.use_sign_in_link, secret, settings=settings)


def test_a_sign_in_link_works_once(town, member):
    secret = make_link(town, member)
    assert use_link(town, secret) == member
    with pytest.raises(NotSignedIn, match="used or has expired"):
        use_link(town, secret)


def test_a_sign_in_link_expires(town, member, clock):
    early, late = make_link(town, member), make_link(town, member)
    clock.pass_by(hours=11, minutes=59)
    assert use_link(town, early) == member
    clock.pass_by(minutes=2)
    with pytest.raises(NotSignedIn):
        use_link(town, late)


def test_links_of_one_kind_open_no_door_of_another(town, member):
    sign_in_secret = make_link(town, member)
    reset = town.do(accounts.make_reset_link, member.id, by="administrator")
    invitation = invite(town, email="b@example.org")
    for secret in (reset, invitation, "", "nonsense"):
        with pytest.raises(NotSignedIn):
            use_link(town, secret)
    for secret in (sign_in_secret, invitation):
        with pytest.raises(InvalidInput):
            call(town, accounts.reset_password, secret, password=OTHER)
    assert call(town, accounts.preview_invitation, reset) is None


@pytest.mark.parametrize(
    "settings", [Settings(environment="production"), Settings(environment="development", host="0.0.0.0")]
)
def test_sign_in_links_work_on_this_machine_in_development_alone(town, member, settings):
    secret = make_link(town, member)
    with pytest.raises(NotAllowed):
        use_link(town, secret, settings)
    with pytest.raises(NotAllowed):
        call(town, accounts.make_sign_in_link, member.id, settings=settings)
    with pytest.raises(MemberNotFound):
        call(town, accounts.make_sign_in_link, "none", settings=SETTINGS)


def test_a_reset_link_sets_a_new_password_once_and_signs_out(town, member):
    secret = town.do(accounts.make_reset_link, member.id, by="administrator")
    renewed = call(town, accounts.reset_password, secret, password=OTHER)
    assert who(town, member) is None
    assert who(town, renewed).email == "ny@example.org"
    with pytest.raises(NotSignedIn):
        sign_in(town)
    assert sign_in(town, password=OTHER) == renewed
    with pytest.raises(InvalidInput) as caught:
        call(town, accounts.reset_password, secret, password=PASSWORD)
    assert caught.value.field == "token"


def test_a_reset_link_survives_a_password_that_is_refused_and_expires(town, member, clock):
    secret = town.do(accounts.make_reset_link, member.id, by="administrator")
    with pytest.raises(InvalidInput) as caught:
        call(town, accounts.reset_password, secret, password="kort")
    assert caught.value.field == "password"
    clock.pass_by(days=2, minutes=1)
    with pytest.raises(InvalidInput, match="used or has expired"):
        call(town, accounts.reset_password, secret, password=OTHER)
    assert sign_in(town) == member


def test_a_newer_reset_link_makes_the_older_one_worthless(town, member):
    older = town.do(accounts.make_reset_link, member.id, by="administrator")
    newer = town.do(accounts.make_reset_link, member.id, by="administrator")
    with pytest.raises(InvalidInput):
        call(town, accounts.reset_password, older, password=OTHER)
    call(town, accounts.reset_password, newer, password=OTHER)


def test_nobody_resets_the_password_of_somebody_elses_member(town, member):
    for person, error in (("officer", NotAllowed), ("neighbours_administrator", MemberNotFound)):
        with pytest.raises(error):
            town.do(accounts.make_reset_link, member.id, by=person)
    accept(town, invite(town, by="neighbours_administrator", roles=[Role.PARTNER]))
    for person in ("administrator", "neighbours_administrator"):
        with pytest.raises(NotAllowed, match="another organisation"):
            town.do(accounts.make_reset_link, member.id, by=person)
    assert town.do(accounts.make_reset_link, member.id)


# Sessions


def test_a_new_password_ends_every_other_session(town, member):
    actor = who(town, member).actor
    renewed = town.do(accounts.set_password, old=PASSWORD, new=OTHER, by=actor)
    assert renewed.session_version == member.session_version + 1
    assert who(town, member) is None
    assert who(town, renewed).actor == actor
    assert sign_in(town, password=OTHER) == renewed


def test_the_old_password_is_asked_for_and_tries_are_counted(town, member):
    actor = who(town, member).actor
    for _ in range(passwords.MAX_FAILED):
        with pytest.raises(InvalidInput) as caught:
            call(town, accounts.set_password, old=OTHER, new=OTHER, actor=actor)
        assert caught.value.field == "old"
    with pytest.raises(InvalidInput, match="Too many tries"):
        call(town, accounts.set_password, old=PASSWORD, new=OTHER, actor=actor)
    with pytest.raises(TooManyAttempts):
        sign_in(town)
    assert who(town, member) is not None


def test_signing_out_everywhere_ends_every_session(town, member):
    actor = who(town, member).actor
    with pytest.raises(NotAllowed):
        town.do(accounts.sign_out_everywhere, member.id, by="officer")
    with pytest.raises(MemberNotFound):
        town.do(accounts.sign_out_everywhere, member.id, by="neighbours_administrator")
    for by in (actor, "administrator"):
        town.do(accounts.sign_out_everywhere, member.id, by=by)
        assert who(town, member) is None
    assert who(town, sign_in(town)).actor == actor


def test_a_member_who_left_can_do_nothing_more(town, member):
    key = town.do(accounts.make_key, name="k", roles=[Role.OFFICER], by=who(town, member).actor)
    secret = make_link(town, member)
    town.do(accounts.deactivate, member.id, by="administrator")
    assert who(town, member) is None
    assert call(town, accounts.who_has_key, key.secret) is None
    for attempt in (lambda: sign_in(town), lambda: use_link(town, secret)):
        with pytest.raises(NotSignedIn):
            attempt()


def test_the_last_administrator_stays(town):
    administrator = town["administrator"]
    for work in (
        lambda: town.do(accounts.deactivate, administrator.member_id, by="administrator"),
        lambda: town.do(accounts.set_roles, administrator.member_id, [Role.OFFICER], by="administrator"),
    ):
        with pytest.raises(Conflict, match="without an administrator"):
            work()
    town.do(
        accounts.set_roles, town["officer"].member_id, [Role.OFFICER, Role.ADMINISTRATOR], by="administrator"
    )
    town.do(accounts.deactivate, administrator.member_id, by="administrator")


def test_roles_are_changed_by_administrators_and_count_at_once(town, member):
    with pytest.raises(NotAllowed):
        town.do(accounts.set_roles, member.id, [Role.ADMINISTRATOR], by=who(town, member).actor)
    with pytest.raises(MemberNotFound):
        town.do(accounts.set_roles, member.id, [Role.PARTNER], by="neighbours_administrator")
    town.do(accounts.set_roles, member.id, [Role.PARTNER], by="administrator")
    assert who(town, member).actor.roles == {Role.PARTNER}


def test_members_are_listed_for_administrators_page_by_page(town, member):
    found, after = [], None
    while True:
        page = town.do(accounts.list_members, by="administrator", limit=2, after=after)
        found += page.items
        if (after := page.next_after) is None:
            break
    assert [each.email for each in found] == sorted(
        f"{name}@example.org" for name in ("administrator", "coordinator", "ny", "officer", "partner")
    )
    with pytest.raises(NotAllowed):
        town.do(accounts.list_members, by="officer")


def test_a_member_can_be_made_without_an_invitation(town):
    fields = {"name": "A", "organisation_id": town.organisations["Exempelstad"], "roles": [Role.OFFICER]}
    made = town.do(
        accounts.create_member, email="A@example.org", password=PASSWORD, by="administrator", **fields
    )
    assert sign_in(town, email="a@example.org").id == made.id
    with pytest.raises(Conflict, match="has an account"):
        town.do(accounts.create_member, email="a@example.org", **fields)
    with pytest.raises(NotAllowed):
        town.do(accounts.create_member, email="b@example.org", by="officer", **fields)
    town.do(accounts.create_member, email="b@example.org", **fields)
    with pytest.raises(NotSignedIn):
        sign_in(town, email="b@example.org")


# Providers


def test_a_provider_is_believed_for_members_alone(town, member):
    known = {"issuer": "https://id.example.org", "subject": "17"}
    for email in (None, "ingen@example.org"):
        with pytest.raises(NotSignedIn, match="No member"):
            call(town, accounts.sign_in_with_provider, **known, email=email)
    assert call(town, accounts.sign_in_with_provider, **known, email="NY@example.org") == member
    assert call(town, accounts.sign_in_with_provider, **known, email=None) == member
    with pytest.raises(NotSignedIn):
        call(town, accounts.sign_in_with_provider, issuer="https://other.example", subject="17", email=None)
    town.do(accounts.deactivate, member.id, by="administrator")
    with pytest.raises(NotSignedIn):
        call(town, accounts.sign_in_with_provider, **known, email="ny@example.org")


# API keys


def test_a_key_acts_in_its_roles_and_never_in_more_than_its_member_has(town, member):
    town.do(accounts.set_roles, member.id, [Role.OFFICER, Role.COORDINATOR], by="administrator")
    actor = who(town, member).actor
    made = town.do(accounts.make_key, name=" robot ", roles=[Role.OFFICER], by=actor)
    assert made.key.name == "robot"
    assert made.secret.startswith(made.key.prefix)
    assert call(town, accounts.who_has_key, made.secret).actor == Actor(
        member.id, actor.organisation_id, frozenset({Role.OFFICER})
    )
    town.do(accounts.set_roles, member.id, [Role.COORDINATOR], by="administrator")
    assert call(town, accounts.who_has_key, made.secret) is None
    town.do(accounts.set_roles, member.id, [Role.OFFICER, Role.ADMINISTRATOR], by="administrator")
    assert call(town, accounts.who_has_key, made.secret).actor.roles == {Role.OFFICER}


@pytest.mark.parametrize("roles", [[Role.ADMINISTRATOR], [Role.OFFICER, Role.COORDINATOR]])
def test_nobody_makes_a_key_with_more_than_its_own_roles(town, roles):
    with pytest.raises(NotAllowed):
        town.do(accounts.make_key, name="k", roles=roles, by="officer")
    with pytest.raises(NotAllowed):
        town.do(accounts.make_key, name="k", roles=roles)


def test_a_wrong_key_is_told(town, clock):
    for options, field in (
        ({"name": " ", "roles": [Role.OFFICER]}, "name"),
        ({"name": "k", "roles": []}, "roles"),
        ({"name": "k", "roles": [Role.OFFICER], "expires_at": clock.now}, "expires_at"),
    ):
        with pytest.raises(InvalidInput) as caught:
            town.do(accounts.make_key, by="officer", **options)
        assert caught.value.field == field
    for secret in ("", "mk_nothing", "nonsense"):
        assert call(town, accounts.who_has_key, secret) is None


def test_a_key_expires(town, clock):
    expires_at = clock.now + timedelta(days=1)
    made = town.do(accounts.make_key, name="k", roles=[Role.OFFICER], expires_at=expires_at, by="officer")
    clock.pass_by(hours=23)
    assert call(town, accounts.who_has_key, made.secret).actor == town["officer"]
    clock.pass_by(hours=1)
    assert call(town, accounts.who_has_key, made.secret) is None
    assert town.do(accounts.list_keys, by="officer") == []


def test_a_key_is_revoked_by_its_member_or_an_administrator(town):
    first, second = (
        town.do(accounts.make_key, name=name, roles=[Role.OFFICER], by="officer") for name in ("1", "2")
    )
    for person in ("coordinator", "neighbours_administrator"):
        with pytest.raises(NotFound):
            town.do(accounts.revoke_key, first.key.id, by=person)
        assert town.do(accounts.list_keys, by=person) == []
    assert len(town.do(accounts.list_keys, by="officer")) == 2
    assert len(town.do(accounts.list_keys, by="administrator")) == 2
    town.do(accounts.revoke_key, first.key.id, by="officer")
    town.do(accounts.revoke_key, second.key.id, by="administrator")
    for made in (first, second):
        assert call(town, accounts.who_has_key, made.secret) is None


def test_when_a_key_was_used_is_noted_once_an_hour_and_never_by_a_reader(town, clock):
    made = town.do(accounts.make_key, name="k", roles=[Role.OFFICER], by="officer")
    with make_reading_sessions(town.engine)() as session:
        assert accounts.who_has_key(session, made.secret).actor == town["officer"]
        session.commit()
    assert town.rows(ApiKey)[0].last_used_at is None
    first = clock.now
    for minutes, noted in ((0, first), (59, first), (2, first + timedelta(minutes=61))):
        clock.pass_by(minutes=minutes)
        call(town, accounts.who_has_key, made.secret)
        assert town.rows(ApiKey)[0].last_used_at == noted


def test_what_happened_to_accounts_is_in_the_log_without_addresses(town, member):
    town.do(accounts.set_password, old=PASSWORD, new=OTHER, by=who(town, member).actor)
    actions = [event.action for event in town.audit(member.id)]
    assert actions == ["member.signed_in", "member.password_set", "member.signed_in"]
    assert "@" not in repr([event.detail for event in town.audit()])


def test_only_one_of_two_who_use_a_link_at_once_gets_in(town, member):
    secret = make_link(town, member)
    with make_reading_sessions(town.engine)() as slower:
        found = TokenRepository(slower).find_valid(digest_of(secret), purpose="sign_in", now=utc_now())
    assert use_link(town, secret) == member
    with town.sessions.begin() as session:
        assert not TokenRepository(session).burn(found, now=utc_now())
