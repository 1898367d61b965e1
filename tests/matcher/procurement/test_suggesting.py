import numpy as np
import pytest

from matcher.encoders import HashingEncoder
from matcher.procurement import DIVISIONS, CpvSuggester, CpvTable
from matcher.procurement.suggesting import built_in_labels

ENCODE = HashingEncoder().encode
WORDS = {
    "90620000": "snöröjning halkbekämpning sandning plogning vinterväghållning",
    "90511000": "avfall sopor hämtning kärl återvinning",
    "55524000": "skolmat lunch måltider kök leverans",
    "60130000": "färdtjänst taxi resor persontransport",
}


def coded(n, *, seed=0):
    """Draw texts of three words each with the code whose words they are."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(sorted(WORDS), n)
    return [" ".join(rng.choice(WORDS[code].split(), 3)) for code in codes], [str(code) for code in codes]


@pytest.fixture(scope="module")
def table():
    labels = {code: {"sv": words.split()[0].title()} for code, words in WORDS.items()}
    return CpvTable({**labels, "90600000": {"sv": "Renhållning"}, "90630000": {"sv": "Isröjning"}})


@pytest.fixture(scope="module")
def suggester(table):
    return CpvSuggester(ENCODE, table=table).fit(*coded(120))


def test_divisions_and_groups_are_built_in_with_labels_in_four_languages():
    labels = built_in_labels()
    assert {code[:2] for code in labels} == DIVISIONS
    assert all(set(each) == {"sv", "en", "fi", "da"} and all(each.values()) for each in labels.values())


def test_learns_codes_from_texts_that_people_coded(suggester):
    texts, codes = coded(60, seed=5)
    rankings = suggester.suggest(texts)
    assert np.mean([r.divisions[0].code[:2] == c[:2] for r, c in zip(rankings, codes, strict=True)]) > 0.9
    assert np.mean([r.groups[0].code[:3] == c[:3] for r, c in zip(rankings, codes, strict=True)]) > 0.9
    assert np.mean([r.codes[0].code == c for r, c in zip(rankings, codes, strict=True)]) > 0.8


def test_confidences_are_shares_that_add_up_by_level(suggester):
    divisions, groups = suggester.probabilities(coded(20, seed=3)[0])
    assert divisions.sum(axis=1) == pytest.approx(np.ones(20))
    assert groups.sum(axis=1) == pytest.approx(np.ones(20))
    first = suggester.suggest(["sandning plogning snöröjning"], k=3)[0]
    for ranked in (first.divisions, first.groups, first.codes):
        shown = [each.confidence for each in ranked]
        assert shown == sorted(shown, reverse=True)
        assert all(0 <= each <= 1 for each in shown)
    assert (first.divisions[0].level, first.groups[0].level, first.codes[0].level) == (2, 3, 4)
    assert first.divisions[0].confidence > 0.5


def test_labels_are_in_the_language_that_is_asked_for(suggester):
    text = "sandning plogning snöröjning"
    swedish, english = (suggester.suggest([text], language=code)[0] for code in ("sv", "en"))
    assert swedish.codes[0].label == "Snöröjning"
    assert swedish.divisions[0].label != english.divisions[0].label


def test_finer_codes_are_those_of_the_list_within_the_likeliest_groups(suggester):
    codes = {each.code for each in suggester.suggest(["isröjning och snöröjning sandning"], k=9)[0].codes}
    assert {"90620000", "90630000"} <= codes


def test_labels_alone_suggest_on_the_first_day():
    suggester = CpvSuggester(ENCODE).fit([], [])
    first = suggester.suggest(["Hotelltjänster och restaurangtjänster"])[0]
    assert first.divisions[0].code == "55000000"
    assert first.codes
    assert suggester.suggest([]) == []


def test_what_is_known_to_be_alike_tells_codes_and_how_surely():
    def familiar(vectors):
        return [{"33196200": 0.9, "90620000": 0.1}, {}][: len(vectors)]

    texts = ["Mormor faller på natten", "Något helt annat"]
    known = CpvSuggester(ENCODE, familiar=familiar).fit([], []).suggest(texts)
    plain = CpvSuggester(ENCODE).fit([], []).suggest(texts)
    assert (known[0].divisions[0].code, known[0].groups[0].code) == ("33000000", "33100000")
    assert known[0].divisions[0].confidence > 5 * plain[0].divisions[0].confidence
    assert known[1] == plain[1]


def test_known_codes_are_told_apart_within_their_group():
    table = CpvTable(
        {f"33196{n}00": {"sv": f"Hjälpmedel {n}"} for n in range(9)} | {"33100000": {"sv": "Medicinsk"}}
    )
    suggester = CpvSuggester(
        ENCODE, table=table, familiar=lambda vectors: [{"33196700": 1.0} for _ in vectors]
    )
    assert suggester.fit([], []).suggest(["Hon faller"])[0].codes[0].code == "33196700"


def test_only_the_latest_coded_texts_are_learnt_from_and_check_digits_are_left_out():
    texts, codes = coded(40)
    few = CpvSuggester(ENCODE, max_coded=10).fit(texts, [f"{code}-9" for code in codes])
    same = CpvSuggester(ENCODE).fit(texts[-10:], codes[-10:])
    found, wanted = few.probabilities(["sandning"])[0], same.probabilities(["sandning"])[0]
    assert found == pytest.approx(wanted)
