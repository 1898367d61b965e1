import numpy as np
import pytest

from matcher.encoders.hashing import HashingEncoder
from matcher.pipeline import Matcher, shipped
from matcher.retrieval import Expansion, save_expansion
from matcher.types import Direction, Entry, EntryKind

NEED = Entry(id="n", kind=EntryKind.NEED, language="sv", text="Jag vågar inte gå hem när det är mörkt.")
LIGHTS = Entry(id="o", kind=EntryKind.OFFERING, language="sv", text="Armaturer med ljusdioder och stolpar.")
OTHERS = [
    Entry(id=f"o{i}", kind=EntryKind.OFFERING, language="sv", text=text)
    for i, text in enumerate(
        ("Skolmat i kantin", "Bokningssystem för hallar", "Tolk på distans", "Plogbilar")
    )
]


@pytest.fixture
def known(monkeypatch, tmp_path):
    """Let the hashing encoder have an expansion that knows what lights are for."""
    encoder = HashingEncoder()
    expansion = Expansion(
        encoder.digest,
        encoder.encode(["Armaturer och stolpar"]),
        encoder.encode(["mörkt, vågar inte gå hem"]),
        ["31520000"],
    )
    save_expansion(expansion, tmp_path / "hashing.npz")
    monkeypatch.setattr(shipped, "expansions_folder", lambda: tmp_path)
    shipped.shipped_expansions.cache_clear()
    yield encoder
    monkeypatch.undo()
    shipped.shipped_expansions.cache_clear()


def _score(matcher, offering):
    return matcher.explain(NEED, offering, direction=Direction.NEED_TO_OFFERING).value


def test_an_offering_in_other_words_is_found_by_what_its_like_was_needed_for(known):
    plain = Matcher(HashingEncoder(n_dims=known.n_dims - 1)).fit([NEED, LIGHTS, *OTHERS])
    matcher = Matcher(known).fit([NEED, LIGHTS, *OTHERS])
    assert _score(matcher, LIGHTS) > 2 * _score(plain, LIGHTS)
    order = np.argsort(
        -matcher.score_matrix([NEED], EntryKind.OFFERING, direction=Direction.NEED_TO_OFFERING)
    )
    assert matcher.ids(EntryKind.OFFERING)[order[0, 0]] == "o"


def test_an_offering_scores_the_same_whether_it_is_fitted_added_or_not_stored(known):
    fitted = Matcher(known).fit([NEED, LIGHTS, *OTHERS])
    outside = _score(Matcher(known).fit([NEED, *OTHERS]), LIGHTS)
    later = Matcher(known).fit([NEED, *OTHERS])
    later.add(LIGHTS)
    assert _score(later, LIGHTS) == pytest.approx(outside, abs=1e-5)
    assert _score(fitted, LIGHTS) > 0.5 * outside


def test_a_broken_expansion_warns_and_offerings_are_compared_as_they_are(known, tmp_path, caplog):
    (tmp_path / "hashing.npz").write_bytes(b"broken")
    assert shipped.shipped_expansion(known.digest) is None
    assert "hashing.npz cannot be used" in caplog.text
    assert Matcher(known).fit([NEED, LIGHTS, *OTHERS])


def test_a_code_is_suggested_by_what_was_bought_for_the_like_of_a_need(known):
    need = Entry(id="x", kind=EntryKind.NEED, language="sv", text="Vågar inte gå hem, det är mörkt")
    ranking = Matcher(known).fit([LIGHTS]).suggest_codes(need)
    assert ranking.groups[0].code == "31500000"
