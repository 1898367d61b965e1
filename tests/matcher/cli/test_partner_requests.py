import pytest

from matcher.services import accounts
from matcher.services.accounts import asking
from matcher.services.accounts.asking import PartnerRequestDraft
from matcher.settings import Settings
from matcher.types import OrganisationKind

PASSWORD = "en lång hemlighet"


@pytest.fixture
def asked(cli, sessions):
    """The id of a request."""
    draft = PartnerRequestDraft(
        organisation_number="556036-0793",
        name="Sand [/AB] [red]Norr[/red]",
        kind=OrganisationKind.SUPPLIER,
        contact="Siv Sandberg",
        email="siv@sand.example",
        about="Vi sandar.",
    )
    with sessions.begin() as session:
        asking.ask(session, draft, sent_id="one", settings=Settings(environment="development"))
    return cli.json("request", "list")[0]["id"]


def test_a_request_is_listed_and_approved_with_a_link_for_its_person(cli, asked, sessions):
    assert "Sand [/AB] [red]Norr[/red]" in cli("request", "list", "--state", "open").stdout
    made = cli.json("request", "approve", asked)
    assert (made["email"], made["is_invitation"]) == ("siv@sand.example", False)
    again = cli.json("request", "link", asked)
    with sessions.begin() as session:
        accounts.reset_password(session, again["link"].rpartition("/")[2], password=PASSWORD)
    members = cli.json("user", "list", "--organisation", "556036-0793")
    assert [(each["name"], each["roles"]) for each in members] == [("Siv Sandberg", ["partner"])]
    assert cli.json("request", "list", "--state", "open") == []
    assert "in use" in cli("request", "link", asked, code=1).stderr


def test_who_is_registered_already_is_joined_if_that_is_said(cli, asked):
    own = cli.json("organisation", "add", "Sand", "--kind", "supplier", "--number", "556036-0793")["id"]
    assert cli.json("request", "list")[0]["existing"] == own
    assert "registered already" in cli("request", "approve", asked, code=1).stderr
    told = cli("request", "approve", asked, "--join").stdout
    assert "siv@sand.example chooses a password with this link" in told
    assert cli.json("request", "list")[0]["organisation_id"] == own


def test_who_has_an_account_is_invited(cli, asked):
    cli.json("organisation", "add", "Byn", "--kind", "municipality")
    cli("user", "add", "siv@sand.example", "--organisation", "Byn", "--role", "officer")
    told = cli("request", "approve", asked).stdout
    assert "accepts the invitation" in told
    assert "/invitation/" in told


def test_a_rejection_keeps_its_reason(cli, asked):
    assert "tell siv@sand.example" in cli("request", "reject", asked, "--reason", "Fel nummer").stdout
    (request,) = cli.json("request", "list")
    assert (request["state"], request["reason"]) == ("rejected", "Fel nummer")
    assert "not open any more" in cli("request", "approve", asked, code=1).stderr
    assert "was not found" in cli("request", "reject", "none", "--reason", "x", code=1).stderr
