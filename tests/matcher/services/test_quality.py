import pytest
from sqlalchemy import select

from matcher.errors import Conflict, NotAllowed
from matcher.services import learning, organisations, reviewing
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.services.quality import quality
from matcher.types import Direction, EntryKind, OrganisationKind, OrganisationSize, Role, VerdictKind
from models.records import Entry

DIRECTION = Direction.NEED_TO_OFFERING
PARTNER = Actor(member_id=None, organisation_id="o", roles=frozenset({Role.PARTNER}))


@pytest.fixture
def live(world):
    return world.proposing(30)


def judge(world, rule):
    chosen = reviewing.ProposalFilters(direction=DIRECTION)
    with world.sessions.begin() as session:
        for view in reviewing.list_proposals(session, actor=SYSTEM, filters=chosen, limit=100).items:
            reviewing.give_verdict(session, view.id, rule(view), reason="because", actor=SYSTEM)


def measured(world, live, **how):
    with world.sessions() as session:
        return live.using(session, lambda matcher: quality(session, matcher, actor=SYSTEM, **how))


def by_shared_words(view):
    fits = len(set(view.query.text.split()) & set(view.target.text.split())) >= 3
    return VerdictKind.ACCEPT if fits else VerdictKind.REJECT


def test_recipes_stand_side_by_side_with_what_serves(world, live):
    judge(world, by_shared_words)
    found = measured(world, live)
    assert set(found.recipes) == {"lexical", "dense", "fused"}
    assert set(found.recipes["lexical"]) == {"ndcg10", "mrr"}
    assert set(found.recipes["fused"]) == {"ndcg10", "mrr", "precision", "recall"}
    assert found.recipes["lexical"]["mrr"].value > 0.8, "words decided"
    assert found.recipes["fused"]["recall"].value == 1.0, "all that was judged was proposed"
    assert found.n_pairs == found.reliability.n == found.recipes["fused"]["precision"].n
    assert sum(each["precision"].n for each in found.slices["kind"].values()) == found.n_pairs
    assert set(found.slices) == {"languages", "kind", "organisation", "supplier_size"}


def test_quality_is_told_by_how_large_the_supplier_is(world, live):
    sizes = (OrganisationSize.MICRO, OrganisationSize.LARGE, None)
    with world.sessions.begin() as session:
        owners = [
            organisations.create(
                session,
                OrganisationDraft(name=f"Bolag {size}", kind=OrganisationKind.SUPPLIER, size=size),
                actor=SYSTEM,
            ).id
            for size in sizes
        ]
        chosen = select(Entry).where(Entry.kind == EntryKind.OFFERING).order_by(Entry.id)
        for number, offering in enumerate(session.scalars(chosen)):
            offering.organisation_id = owners[number % 3]
        large = set(session.scalars(select(Entry.id).where(Entry.organisation_id == owners[1])))
    judge(world, lambda view: VerdictKind.ACCEPT if view.target.id in large else VerdictKind.REJECT)
    found = measured(world, live).slices["supplier_size"]
    assert set(found) == {"micro", "large", "unknown"}
    assert {size: each["precision"].value for size, each in found.items()} == {
        "micro": 0.0,
        "large": 1.0,
        "unknown": 0.0,
    }
    with world.sessions() as session:
        diagrams = learning.calibration(session, actor=SYSTEM).slices["supplier_size"]
    assert {size: each.n for size, each in diagrams.items()} == {
        size: each["precision"].n for size, each in found.items()
    }


def test_verdicts_that_are_all_alike_have_the_figures_that_they_can_have(world, live):
    judge(world, lambda view: VerdictKind.REJECT)
    found = measured(world, live)
    assert found.recipes["lexical"] == {}
    assert set(found.recipes["fused"]) == {"precision"}
    assert found.recipes["fused"]["precision"].value == 0


def test_unsure_verdicts_decide_nothing(world, live):
    judge(world, lambda view: VerdictKind.UNSURE)
    with pytest.raises(Conflict, match="decided"):
        measured(world, live)


def test_another_direction_has_its_own_verdicts(world, live):
    judge(world, by_shared_words)
    with pytest.raises(Conflict):
        measured(world, live, direction=Direction.SIMILAR)


def test_partners_do_not_see_it(world, live):
    with world.sessions() as session, pytest.raises(NotAllowed):
        live.using(session, lambda matcher: quality(session, matcher, actor=PARTNER))
