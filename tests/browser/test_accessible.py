"""Each page in both languages and both themes: axe finds nothing, and 320 pixels are wide enough."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.services import public_form
from matcher.services.accounts import answering, asking
from matcher.services.accounts.asking import PartnerRequestDraft
from matcher.services.actor import SYSTEM, Actor
from matcher.types import Direction, OrganisationKind, RequestState, Role
from models.records import Case, DuplicatePair, JointNeed, Organisation, Proposal, Shortlist, Theme
from tests.browser.conftest import Site, Visitor, VisitorMaker

pytestmark = pytest.mark.xdist_group("browser")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    None: [
        "/login",
        "/reset",
        "/accessibility",
        "/docs",
        "/tell",
        "/tell/{organisation}",
        "/join",
        "/join/thanks",
        "/nowhere",
    ],
    "officer": [
        "/",
        "/review",
        "/review/{need}",
        "/proposals/{proposal}",
        "/entries",
        "/inbox",
        "/entries/{need}",
        "/entries/{need}/edit",
        "/search",
        "/new",
        "/imports",
        "/overview",
        "/runs",
        "/duplicates",
        "/duplicates/{pair}",
        "/themes",
        "/themes/{theme}",
        "/joint-needs?state=accepted",
        "/joint-needs/{joint}",
        "/cases",
        "/cases/{case}",
        "/notices",
        "/scorers",
        "/second",
        "/shortlists",
        "/shortlists/{shortlist}",
        "/remarks",
        "/themes?colour=kind&words=a&zoom=2",
        "/themes?colour=time",
    ],
    "partner": ["/", "/register", "/register/preview"],
    "administrator": [
        "/account",
        "/organisation",
        "/organisations",
        "/members",
        "/requests",
        "/requests?state=all",
        "/exports",
        "/audit",
        "/service",
        "/thresholds",
        "/words",
        "/retention",
    ],
}


@pytest.fixture
def names(site: Site) -> dict[str, str]:
    """What stands in the addresses: a need with a candidate, and an organisation whose form is open."""
    own = site.organisations["granalven"]
    with site.sessions.begin() as session:
        actor = Actor(site.members["administrator"], own, frozenset({Role.ADMINISTRATOR}))
        form = public_form.find_form(session, actor=actor)
        public_form.change_form(
            session,
            is_open=True,
            shows_published=True,
            note="Vi läser.",
            expected_version=form.version,
            actor=actor,
        )
        _ask_for_accounts(session, site)
        proposal = session.scalars(
            select(Proposal)
            .where(Proposal.organisation_id == own, Proposal.direction == Direction.NEED_TO_OFFERING)
            .order_by(Proposal.score.desc(), Proposal.id)
        ).first()
        assert proposal is not None
        found = {
            "pair": DuplicatePair,
            "theme": Theme,
            "joint": JointNeed,
            "case": Case,
            "shortlist": Shortlist,
        }
        ids = {name: session.scalars(select(record.id)).first() or "" for name, record in found.items()}
        return ids | {"need": proposal.query_id, "proposal": proposal.id, "organisation": own}


def _ask_for_accounts(session: Session, site: Site) -> None:
    """Let one ask whose number is new, one whose number is registered, and one that is rejected."""
    for number, email in (
        ("556036-0793", "siv@sand.example"),
        ("NO923609016", "nils@salt.example"),
        ("FI20774740", "x@y.example"),
    ):
        draft = PartnerRequestDraft(
            organisation_number=number,
            name="Sand & Salt",
            kind=OrganisationKind.SUPPLIER,
            contact="Siv Sandberg",
            email=email,
            about="Vi sandar gångvägar.",
        )
        asking.ask(session, draft, sent_id=number, settings=site.settings)
    session.get_one(Organisation, site.organisations["sparkoll"]).organisation_number = "NO923609016"
    for each in answering.list_requests(session, actor=SYSTEM, state=RequestState.OPEN).items:
        if each.request.organisation_number == "FI20774740":
            answering.reject(session, each.request.id, reason="Numret är ett annat.", actor=SYSTEM)


def violations(visitor: Visitor) -> list[str]:
    found = Axe().run(visitor.page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["sv-SE", "en-GB"])
def test_axe_finds_nothing_on_any_page(
    visitors: VisitorMaker, names: dict[str, str], locale: str, theme: str
) -> None:
    found: dict[str, list[str]] = {}
    for who, paths in PAGES.items():
        visitor = visitors(who, locale=locale, color_scheme=theme, reduced_motion="reduce")
        for path in paths:
            visitor.go(path.format(**names))
            open_everything(visitor)
            if wrong := violations(visitor):
                found[path] = wrong
    assert not found, "\n".join(f"{path}: {each}" for path, wrong in found.items() for each in wrong)


@pytest.mark.parametrize("width", [320, 640])
def test_no_page_is_wider_than_the_window(visitors: VisitorMaker, names: dict[str, str], width: int) -> None:
    wide = {}
    for who, paths in PAGES.items():
        visitor = visitors(who, width=width)
        for path in paths:
            visitor.go(path.format(**names))
            open_everything(visitor)
            actual = visitor.page.evaluate("document.documentElement.scrollWidth")
            if actual > width:
                wide[path] = actual
    assert not wide


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_button_of_a_short_filter_stands_beside_its_last_field(
    visitors: VisitorMaker, width: int
) -> None:
    visitor = visitors("officer", width=width)
    for path in ("/inbox", "/themes"):
        visitor.go(path)
        form = visitor.page.locator("form.filters")
        field = form.locator("select, input:not([type=hidden])").last.bounding_box()
        button = form.locator("button").bounding_box()
        assert field and button
        assert abs(field["y"] + field["height"] - button["y"] - button["height"]) < 2, path
        assert button["x"] > field["x"] + field["width"], path


def test_answers_with_reasons_and_faults_are_accessible_too(visitors: VisitorMaker) -> None:
    partner = visitors("partner", reduced_motion="reduce")
    partner.go("/register/preview")
    partner.page.fill("#text", "Dosetter och tabletter till hemtjänsten")
    partner.page.click("main form button.first")
    assert partner.page.locator("#understood").is_visible()
    open_everything(partner)
    assert not violations(partner)
    partner.go("/search")
    partner.page.fill("#text", "tabletter hemtjänst dosett")
    partner.page.click("main form button.first")
    open_everything(partner)
    assert not violations(partner)
    stranger = visitors(reduced_motion="reduce")
    stranger.go("/join")
    stranger.page.evaluate("document.querySelector('form[data-guard]').noValidate = true")
    stranger.page.click("main form button.first")
    assert stranger.page.locator("#faults").is_visible()
    assert not violations(stranger)
    partner.go("/new")
    partner.page.evaluate("document.querySelector('form[data-guard]').noValidate = true")
    partner.page.click("button[value=save]")
    assert not violations(partner)


def open_everything(visitor: Visitor) -> None:
    visitor.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
