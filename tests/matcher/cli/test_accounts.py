import pytest

from matcher.errors import InvalidInput
from matcher.services import accounts
from matcher.services.actor import SYSTEM


@pytest.fixture
def town(cli):
    return cli.json("organisation", "add", "Granälvens kommun", "--kind", "municipality")["id"]


def test_an_organisation_is_registered_and_listed_with_its_size(cli, town):
    made = cli.json("organisation", "add", "Sand AB", "--kind", "supplier", "--size", "micro")
    assert made["size"] == "micro"
    listed = {each["name"]: each["size"] for each in cli.json("organisation", "list")}
    assert listed == {"Granälvens kommun": None, "Sand AB": "micro"}
    assert "micro" in cli("organisation", "list").stdout
    told = cli("organisation", "add", "By", "--kind", "municipality", "--size", "large", code=1).stderr
    assert "Public buyers have no size" in told
    cli("organisation", "add", "By", "--kind", "supplier", "--size", "huge", code=2)


def test_a_new_member_gets_a_link_with_which_a_password_is_chosen_once(cli, town, sessions):
    made = cli.json("user", "add", "Anna@example.org", "--organisation", town, "--role", "officer")
    assert made["email"] == "anna@example.org"
    token = made["link"].rpartition("/reset/")[2]
    with sessions.begin() as session:
        accounts.reset_password(session, token, password="en lång hemlighet")
    with sessions.begin() as session:
        member = accounts.sign_in(session, email="anna@example.org", password="en lång hemlighet")
        known = accounts.who_is_member(session, member.id, session_version=member.session_version)
    assert {role.value for role in known.actor.roles} == {"officer"}
    assert known.actor.organisation_id == town


def test_a_member_may_have_several_roles_and_a_name(cli, town, sessions):
    options = ("--role", "officer", "--role", "administrator", "--name", "Anna B")
    cli("user", "add", "anna@example.org", "--organisation", "granälvens kommun", *options)
    with sessions() as session:
        member = accounts.list_members(session, actor=SYSTEM, organisation_id=town).items[0]
    assert (member.name, {role.value for role in member.roles}) == ("Anna B", {"officer", "administrator"})


def test_members_are_listed_with_their_roles(cli, town):
    for name, roles in (("b", ("officer",)), ("a", ("officer", "administrator"))):
        options = [part for role in roles for part in ("--role", role)]
        cli("user", "add", f"{name}@example.org", "--organisation", town, *options)
    listed = cli.json("user", "list", "--organisation", "Granälvens kommun")
    assert [(each["email"], each["roles"]) for each in listed] == [
        ("a@example.org", ["administrator", "officer"]),
        ("b@example.org", ["officer"]),
    ]
    assert "administrator, officer" in cli("user", "list", "--organisation", town).stdout
    assert "no organisation" in cli("user", "list", "--organisation", "Mordor", code=1).stderr


def test_the_link_has_the_public_address_where_it_is_known(cli, town, monkeypatch):
    monkeypatch.setenv("MATCHER_PUBLIC_URL", "https://matcher.example/")
    made = cli.json("user", "add", "a@example.org", "--organisation", town, "--role", "officer")
    assert made["link"].startswith("https://matcher.example/reset/")
    monkeypatch.setenv("MATCHER_PUBLIC_URL", "")
    result = cli("user", "add", "b@example.org", "--organisation", town, "--role", "officer")
    assert "Put the address that `matcher serve` prints before it" in result.stdout


def test_a_new_link_ends_the_old_one(cli, town, sessions):
    first = cli.json("user", "add", "a@example.org", "--organisation", town, "--role", "officer")["link"]
    second = cli.json("user", "link", "A@example.org", "--organisation", town)["link"]
    assert first != second
    with sessions.begin() as session, pytest.raises(InvalidInput):
        accounts.reset_password(session, first.rpartition("/")[2], password="en lång hemlighet")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody", "--role", "officer"), "no e-mail address"),
        (("a@example.org", "--role", "officer", "--name", " "), "name"),
    ],
)
def test_a_member_that_cannot_be_is_refused(cli, town, arguments, words):
    result = cli("user", "add", *arguments, "--organisation", town, code=1)
    assert words in result.stderr


def test_an_address_that_has_an_account_is_refused(cli, town):
    options = ("--organisation", town, "--role", "officer")
    cli("user", "add", "a@example.org", *options)
    assert "has an account" in cli("user", "add", "a@example.org", *options, code=1).stderr


def test_a_supplier_has_no_officers(cli):
    supplier = cli.json("organisation", "add", "Sandning AB", "--kind", "supplier")["id"]
    result = cli("user", "add", "a@example.org", "--organisation", supplier, "--role", "officer", code=1)
    assert "partners or administrators" in result.stderr


def test_an_unknown_member_or_organisation_is_told(cli, town):
    assert "b@example.org" in cli("user", "link", "b@example.org", "--organisation", town, code=1).stderr
    result = cli("user", "add", "a@example.org", "--organisation", "Atlantis", "--role", "officer", code=1)
    assert "organisation list" in result.stderr


def test_organisations_are_registered_and_listed(cli):
    options = ("--kind", "municipality", "--number", "2120002643", "--municipality", "2482")
    cli("organisation", "add", "Skellefteå kommun", *options, "--language", "sv", "--place", "Skellefteå")
    listed = cli.json("organisation", "list")
    assert [(each["name"], each["organisation_number"], each["municipality"]) for each in listed] == [
        ("Skellefteå kommun", "212000-2643", "2482")
    ]
    assert listed[0]["id"] in cli("organisation", "list").stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--number", "2120002644"), "last digit does not fit"),
        (("--municipality", "9999"), "no Swedish municipality"),
    ],
)
def test_wrong_codes_of_an_organisation_are_told(cli, options, words):
    result = cli("organisation", "add", "Kommunen", "--kind", "municipality", *options, code=1)
    assert words in result.stderr


def test_a_number_that_is_registered_is_refused(cli):
    options = ("--kind", "municipality", "--number", "212000-2643")
    cli("organisation", "add", "Kommunen", *options)
    assert "registered already" in cli("organisation", "add", "Kommunen igen", *options, code=1).stderr
