import smtplib
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from matcher.errors import MailNotSent, NotAllowed, NoticeNotFound, SettingInvalid
from matcher.mailing import send_notices
from matcher.services import entries, merging, notices
from matcher.services.actor import SYSTEM
from matcher.settings import Settings
from matcher.types import EntryKind, NoticeKind, TimeWindow

TODAY = date(2026, 3, 1)
ATOM = "{http://www.w3.org/2005/Atom}"


def do(world, function, *arguments, by="resident", **options):
    with world.sessions.begin() as session:
        return function(session, *arguments, actor=world.actors[by], **options)


def settings(**more):
    given = {
        "smtp_host": "127.0.0.1",
        "smtp_from": "matcher@exempel.example",
        "public_url": "https://m.example",
    }
    return Settings(_env_file=None, **(given | more))


@pytest.fixture
def told(world):
    """The resident supports two entries that are merged with others."""
    ids = [world.register(f"Halt på väg {n}", "officer", title=f"Halka {n} & snö") for n in range(4)]
    for n in (0, 2):
        do(world, merging.support, ids[n])
        do(world, merging.merge, ids[n : n + 2], face_id=ids[n + 1], by="coordinator")
    return ids


def test_a_member_reads_what_it_is_told(world, told):
    page = do(world, notices.list_notices, language="en", limit=1)
    (first,) = page.items
    assert first.notice.kind is NoticeKind.MERGED
    assert first.heading == "Merged with others: Halka 2 & snö"
    assert first.path == f"/entries/{told[2]}"
    rest = do(world, notices.list_notices, after=page.next_after)
    assert [one.heading for one in rest.items] == ["Slogs ihop med andra: Halka 0 & snö"]
    assert do(world, notices.count_unread) == 2
    assert do(world, notices.mark_read, first.notice.id) == 1
    assert len(do(world, notices.list_notices, unread_only=True).items) == 1
    assert do(world, notices.mark_read) == 0
    with pytest.raises(NoticeNotFound):
        do(world, notices.mark_read, first.notice.id, by="supplier")
    with pytest.raises(NotAllowed), world.reading() as session:
        notices.list_notices(session, actor=SYSTEM)


def test_whoever_merges_is_not_told_about_it(world, told):
    assert do(world, notices.count_unread, by="coordinator") == 0


def test_an_offering_that_ends_soon_is_told_once(world):
    soon = TimeWindow(ends_on=TODAY + timedelta(days=10))
    offering = world.register("Vi sandar", "supplier", kind=EntryKind.OFFERING, title="Sand", window=soon)
    for days in (11, 40):
        later = TimeWindow(ends_on=TODAY + timedelta(days=days))
        world.register(f"Vi sandar {days}", "supplier", kind=EntryKind.OFFERING, window=later)
    world.register("Vi behöver sand", "officer", window=soon)
    for expected in (1, 0):
        with world.sessions.begin() as session:
            assert notices.tell_expiring(session, today=TODAY, days=10) == expected
    (one,) = do(world, notices.list_notices, by="supplier").items
    assert one.entry.id == offering
    assert one.sentence == "Erbjudandet gäller till och med 2026-03-11. Ändra dagen om det ska gälla längre."


def test_members_of_the_organisation_are_told_where_the_author_is_not_known(world):
    from matcher.types import EntryDraft

    draft = EntryDraft(
        source="file",
        source_id="1",
        kind=EntryKind.OFFERING,
        text="Vi sandar",
        organisation=world.organisation_ids["Isfritt AB"],
        window=TimeWindow(ends_on=TODAY),
    )
    with world.sessions.begin() as session:
        entries.create(session, draft, actor=SYSTEM)
        assert notices.tell_expiring(session, today=TODAY, days=10) == 1
    assert do(world, notices.count_unread, by="supplier") == 1


def test_the_feed_is_read_with_its_secret_alone(world, told):
    secret = do(world, notices.make_feed)
    with world.reading() as session:
        root = ElementTree.fromstring(notices.feed(session, secret, public_url="https://m.example"))
    titles = [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]
    assert titles == ["Slogs ihop med andra: Halka 2 & snö", "Slogs ihop med andra: Halka 0 & snö"]
    link = root.find(f"{ATOM}entry/{ATOM}link").get("href")
    assert link == f"https://m.example/entries/{told[2]}"
    for part in ("id", "title", "updated", "author"):
        assert root.find(f"{ATOM}{part}") is not None
    again = do(world, notices.make_feed)
    assert again != secret
    for wrong in (secret, "", "guess"):
        with pytest.raises(NoticeNotFound), world.reading() as session:
            notices.feed(session, wrong, public_url="")


def test_the_feed_tells_no_title_of_what_is_not_published(world, told):
    secret = do(world, notices.make_feed)
    with world.sessions.begin() as session:
        version = entries.get(session, told[0], actor=SYSTEM).version
        entries.withdraw(session, told[0], expected_version=version, actor=SYSTEM)
    with world.reading() as session:
        written = notices.feed(session, secret, public_url="").decode()
    assert "Halka 0" not in written
    assert "Halka 2" in written


def test_an_empty_feed_is_a_feed(world):
    secret = do(world, notices.make_feed, by="stranger")
    with world.reading() as session:
        assert ElementTree.fromstring(notices.feed(session, secret, public_url="")).tag == f"{ATOM}feed"


def test_mails_go_to_those_who_want_them_and_only_once(world, told):
    sent = []
    assert send_notices(world.sessions, settings(), sender=sent.append) == 0
    assert do(world, notices.set_mailed, True).is_mailed
    assert send_notices(world.sessions, settings(), sender=sent.append) == 1
    assert send_notices(world.sessions, settings(), sender=sent.append) == 0
    (message,) = sent
    assert message["To"] == "resident@exempel.example"
    assert message["Subject"] == "Meddelanden (2)"
    text = message.get_content()
    assert "Halka 0 & snö" in text and f"https://m.example/entries/{told[0]}" in text
    assert message["Auto-Submitted"] == "auto-generated"


def test_one_refused_address_leaves_the_others_alone(world, told):
    do(world, notices.set_mailed, True)
    do(world, notices.set_mailed, True, by="officer")
    sent = []

    def send(message):
        if message["To"].startswith("resident"):
            raise smtplib.SMTPRecipientsRefused({})
        sent.append(message)

    assert send_notices(world.sessions, settings(), sender=send) == 1
    assert [message["To"] for message in sent] == ["officer@exempel.example"]
    assert send_notices(world.sessions, settings(), sender=sent.append) == 1


def test_a_subject_is_one_line(world):
    entry_id = world.register("Halt\növerallt på vägen", "officer")
    other = world.register("Halt igen", "officer")
    do(world, merging.support, entry_id)
    do(world, merging.merge, [entry_id, other], by="coordinator")
    do(world, notices.set_mailed, True)
    sent = []
    send_notices(world.sessions, settings(), sender=sent.append)
    assert sent[0]["Subject"] == "Slogs ihop med andra: Halt överallt på vägen"


def test_without_a_mail_server_nothing_is_sent_and_an_unreachable_one_is_told(world, told, free_port):
    do(world, notices.set_mailed, True)
    assert send_notices(world.sessions, settings(smtp_host="")) == 0
    with pytest.raises(MailNotSent):
        send_notices(world.sessions, settings(smtp_port=free_port, smtp_security="none"))
    assert do(world, notices.count_unread) == 2


def test_half_a_mail_server_and_an_open_line_are_refused():
    with pytest.raises(ValueError, match="MATCHER_SMTP_FROM"):
        settings(smtp_from="")
    unsafe = settings(
        environment="production", secret_key="s" * 40, smtp_host="mail.example", smtp_security="none"
    )
    with pytest.raises(SettingInvalid, match="MATCHER_SMTP_SECURITY"):
        unsafe.checked()
