"""Entries through the API: registered, read, changed, published, withdrawn, and matched at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import ICE, ICE_AGAIN, ICE_OFFERING, LUNCH, World


def test_a_new_entry_is_a_draft_that_can_be_read_back(world: World) -> None:
    answer = world.post("/entries", json={"kind": "need", "text": ICE, "cpv": ["90620000-9"], "tags": ["is"]})
    assert answer.status_code == 201
    body = answer.json()
    assert body["entry"]["status"] == "draft"
    assert body["entry"]["cpv"] == ["90620000"]
    assert body["similar"] == body["proposals"] == []
    again = world.client.get(
        answer.headers["location"], headers={"Authorization": f"Bearer {world.people['officer'].key}"}
    )
    assert again.json() == body["entry"]
    assert again.headers["etag"] == answer.headers["etag"] == '"1"'


def test_personal_data_is_masked_in_what_is_shown_and_kept_for_the_own_staff(world: World) -> None:
    entry = world.make_entry("Ring mig på 070-174 06 05 om isen. Mvh Kalle", publish=True)
    assert "070" not in entry["text"]
    versions = world.get(f"/entries/{entry['id']}/versions").json()["items"]
    assert "070-174 06 05" in versions[0]["original_text"]
    refused = world.get(f"/entries/{entry['id']}/versions", "neighbour")
    assert refused.status_code == 403


def test_a_published_entry_gets_its_similar_entries_and_proposals_at_once(world: World) -> None:
    world.make_entry(LUNCH, publish=True)
    other = world.make_entry(ICE_AGAIN, "neighbour", publish=True)
    offering = world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
    body = world.post("/entries", json={"kind": "need", "text": ICE, "publish": True}).json()
    assert [each["entry"]["id"] for each in body["similar"]] == [other["id"]]
    assert [each["target"]["id"] for each in body["proposals"]] == [offering["id"]]
    reasons = body["proposals"][0]["reasons"]
    assert reasons and all(each["sentence"] for each in reasons)
    kept = world.get("/proposals", params={"entry_id": body["entry"]["id"]}).json()["items"]
    assert body["proposals"][0]["id"] in {each["id"] for each in kept}


def test_an_offering_is_proposed_to_the_needs_that_were_there_before(world: World) -> None:
    need = world.make_entry(ICE, publish=True)
    body = world.post(
        "/entries", "supplier", json={"kind": "offering", "text": ICE_OFFERING, "publish": True}
    ).json()
    assert [(each["query"]["id"], each["target"]["id"]) for each in body["proposals"]] == [
        (need["id"], body["entry"]["id"])
    ]


def test_a_changed_text_is_a_new_version_and_is_matched_anew(world: World) -> None:
    proposal = world.make_pair()
    need = proposal["query"]
    answer = world.call(
        "PATCH",
        f"/entries/{need['id']}",
        json={"text": LUNCH},
        headers={"If-Match": f'"{need["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["proposals"] == []
    versions = world.get(f"/entries/{need['id']}/versions").json()["items"]
    assert [each["original_text"] for each in versions] == [ICE, LUNCH]
    assert world.get(f"/proposals/{proposal['id']}").json()["state"] == "stale"


def test_what_is_left_out_of_a_change_stays_as_it_is(world: World) -> None:
    entry = world.make_entry(ICE, title="Halka", tags=["is"], estimated_value="1200.50", currency="SEK")
    answer = world.call(
        "PATCH", f"/entries/{entry['id']}", json={"tags": ["vinter"]}, headers={"If-Match": '"1"'}
    )
    changed = answer.json()["entry"]
    assert changed["tags"] == ["vinter"]
    assert {key: changed[key] for key in ("title", "text", "estimated_value", "currency", "kind")} == {
        key: entry[key] for key in ("title", "text", "estimated_value", "currency", "kind")
    }


def test_a_change_of_nothing_is_refused(world: World) -> None:
    entry = world.make_entry()
    answer = world.call("PATCH", f"/entries/{entry['id']}", json={}, headers={"If-Match": '"1"'})
    assert answer.status_code == 422


def test_withdrawn_is_seen_by_the_own_organisation_alone_and_proposed_no_more(world: World) -> None:
    proposal = world.make_pair()
    need = proposal["query"]
    answer = world.post(f"/entries/{need['id']}/withdraw", headers={"If-Match": f'"{need["version"]}"'})
    assert answer.json()["status"] == "withdrawn"
    assert world.get(f"/entries/{need['id']}").status_code == 200
    assert world.get(f"/entries/{need['id']}", "supplier").status_code == 404
    found = world.post("/search", "supplier", json={"text": ICE}).json()["items"]
    assert need["id"] not in {each["entry"]["id"] for each in found}
    open_ones = world.get("/proposals", params={"state": "open"}).json()["items"]
    assert proposal["id"] not in {each["id"] for each in open_ones}


def test_publishing_lets_others_see_it(world: World) -> None:
    entry = world.make_entry()
    assert world.get(f"/entries/{entry['id']}", "neighbour").status_code == 404
    answer = world.post(f"/entries/{entry['id']}/publish", headers={"If-Match": '"1"'})
    assert answer.status_code == 200
    assert world.get(f"/entries/{entry['id']}", "neighbour").status_code == 200


def test_another_organisation_can_read_what_is_published_but_change_nothing(world: World) -> None:
    entry = world.make_entry(publish=True)
    tag = {"If-Match": f'"{entry["version"]}"'}
    for method, path, body in (
        ("PATCH", "", {"title": "Ny"}),
        ("POST", "/withdraw", None),
        ("POST", "/publish", None),
        ("DELETE", "", None),
        ("POST", "/restrict", None),
        ("PUT", "/hold", {"reason": "Nej"}),
    ):
        answer = world.call(method, f"/entries/{entry['id']}{path}", "neighbour", json=body, headers=tag)
        assert answer.status_code == 403, (method, path, answer.text)
    assert world.get(f"/entries/{entry['id']}").json() == entry


@pytest.mark.parametrize(
    ("params", "n_found"),
    [
        ({"kind": "need"}, 2),
        ({"kind": "offering"}, 0),
        ({"region": "SE33"}, 1),
        ({"cpv": "9062"}, 1),
        ({"language": "sv"}, 1),
        ({"status": "draft"}, 1),
        ({"municipality": "2581"}, 1),
        ({"tag": "is"}, 1),
        ({"source": "api"}, 2),
        ({"words": "ÄLDREBOENDET"}, 1),
        ({"words": "Gångvägar"}, 1),
        ({"words": "100%_"}, 0),
        ({"time_from": "2031-01-01"}, 1),
        ({"time_until": "2026-01-01"}, 1),
        ({"changed_after": "2099-01-01T00:00:00Z"}, 0),
        ({"changed_after": "2020-01-01T00:00:00+01:00"}, 2),
        ({"kind": "need", "cpv": "33"}, 0),
    ],
)
def test_the_list_is_filtered(world: World, params: dict[str, str], n_found: int) -> None:
    world.make_entry(
        ICE,
        language="sv",
        cpv=["90620000"],
        regions=["SE332"],
        municipality="2581",
        tags=["is"],
        starts_on="2026-02-01",
        ends_on="2030-12-31",
        publish=True,
    )
    world.make_entry("Long queues at lunch in our schools.", language="en")
    found = world.get("/entries", params=params).json()["items"]
    assert len(found) == n_found, [each["text"] for each in found]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"knd": "need"}, "knd"),
        ({"kind": "wish"}, "kind"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "!"}, "cursor"),
        ({"changed_after": "2026-01-01T00:00:00"}, "changed_after"),
        ({"cursor": "WyJ4IiwxXQ"}, "cursor"),
    ],
)
def test_a_wrong_filter_is_named(world: World, params: dict[str, str], field: str) -> None:
    answer = world.get("/entries", params=params)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cpv": ["12345678"]}, "cpv"),
        ({"cpv": ["x"]}, "cpv"),
        ({"municipality": "9999"}, "municipality"),
        ({"regions": ["nowhere"]}, "regions"),
        ({"currency": "ZZZ"}, "currency"),
        ({"text": " "}, "text"),
        ({"text": ""}, "text"),
        ({"kind": "wish"}, "kind"),
        ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "ends_on"),
        ({"estimated_value": "-1"}, "estimated_value"),
        ({"estimated_value": "NaN"}, "estimated_value"),
        ({"organisation_id": "x"}, "organisation_id"),
        ({"tags": [""]}, "tags.0"),
        ({"title": "x" * 501}, "title"),
        ({"text": "x" * 200_001}, "text"),
    ],
)
def test_what_cannot_be_used_is_named_and_not_repeated(
    world: World, change: dict[str, object], field: str
) -> None:
    answer = world.post("/entries", json={"kind": "need", "text": ICE, **change})
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert [each["field"] for each in problem["errors"]] == [field]
    assert problem["remedy"]
    assert world.get("/entries").json()["items"] == []


def test_the_same_source_and_id_are_registered_once(world: World) -> None:
    world.make_entry(source="ärendesystem", source_id="17")
    answer = world.post(
        "/entries", json={"kind": "need", "text": LUNCH, "source": "ärendesystem", "source_id": "17"}
    )
    assert answer.status_code == 409


def test_a_change_must_say_which_version_it_changes(world: World) -> None:
    entry = world.make_entry()
    path = f"/entries/{entry['id']}"
    assert world.call("PATCH", path, json={"title": "A"}).status_code == 428
    assert world.call("PATCH", path, json={"title": "A"}, headers={"If-Match": "x"}).status_code == 422
    assert world.call("PATCH", path, json={"title": "A"}, headers={"If-Match": '"1"'}).status_code == 200
    stale = world.call("PATCH", path, json={"title": "B"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert world.get(path).json()["title"] == "A"
    for method, rest in (("POST", "/publish"), ("POST", "/withdraw"), ("DELETE", ""), ("POST", "/restrict")):
        assert world.call(method, path + rest, "administrator").status_code == 428


def test_of_two_changes_at_once_one_wins_and_the_other_is_told(world: World) -> None:
    entry = world.make_entry()

    def change(title: str) -> int:
        return world.call(
            "PATCH", f"/entries/{entry['id']}", json={"title": title}, headers={"If-Match": '"1"'}
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(change, ("A", "B", "C", "D")))
    assert statuses == [200, 412, 412, 412]
    assert world.get(f"/entries/{entry['id']}").json()["version"] == 2


def test_similar_entries_of_a_draft_are_found_by_its_text(world: World) -> None:
    published = world.make_entry(ICE, "neighbour", publish=True)
    draft = world.make_entry(ICE_AGAIN)
    found = world.get(f"/entries/{draft['id']}/similar").json()["items"]
    assert [each["entry"]["id"] for each in found] == [published["id"]]
    assert world.get(f"/entries/{draft['id']}/similar", "neighbour").status_code == 404


def test_no_good_match_is_an_answer(world: World) -> None:
    world.make_entry(LUNCH, publish=True)
    assert world.post("/search", json={"text": "zzyzx quux"}).json() == {"items": []}


def test_a_search_is_narrowed_before_the_best_are_chosen(world: World) -> None:
    need = world.make_entry(ICE, publish=True, regions=["SE332"])
    offering = world.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)

    def search(**filters: str) -> set[str]:
        found = world.post("/search", json={"text": "is på gångvägar vid äldreboendet", **filters})
        return {each["entry"]["id"] for each in found.json()["items"]}

    assert search() == {need["id"], offering["id"]}
    assert search(kind="offering") == {offering["id"]}
    assert search(region="SE332") == {need["id"]}
    assert search(organisation_id=world.people["supplier"].organisation_id) == {offering["id"]}


def test_a_search_without_a_word_is_refused(world: World) -> None:
    answer = world.post("/search", json={"text": "?!"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "text"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    "kind title text language municipality regions cpv starts_on ends_on estimated_value currency tags source"
    " source_id publish".split()
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(FIELDS, JSON, max_size=6), st.text(min_size=1, max_size=60))
def test_whatever_is_sent_is_taken_in_or_refused_with_a_problem(
    world: World, body: dict[str, object], text: str
) -> None:
    answer = world.post("/entries", json={"kind": "need", "text": text, **body})
    assert answer.status_code in (201, 409, 422), answer.text
    if answer.status_code != 201:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["remedy"]
