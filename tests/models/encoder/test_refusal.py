import pytest

from matcher.errors import InvalidInput, UnreadableFile
from models.encoder.training import refusal
from models.encoder.training.nearness import EvaluationTexts, digest
from tests.models.encoder import tiny

SENTENCE = "Kommunen ska rusta upp lekplatsen vid Storgatan innan sommaren kommer."
EVALUATED = [
    SENTENCE,
    "Snöröjning",
    "Biblioteket håller stängt på söndagar. Ring receptionen om du vill låna en nyckel i förväg.",
]


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        SENTENCE.upper().replace(" ", "  "),
        "  kommunen ska rusta upp lekplatsen, vid storgatan: innan sommaren kommer",
        SENTENCE.replace("Storgatan", "Storgatn"),
        "Snöröjning!",
        f"Det här sägs också av andra i staden varje dag. {SENTENCE} Och mer därtill finns det att säga.",
        "Ring receptionen om du vill låna en nyckel i förväg.",
    ],
)
def test_a_text_that_equals_or_nearly_equals_an_evaluated_one_is_found(text):
    assert EvaluationTexts(EVALUATED).near(["En helt annan text om vägar och broar.", text]) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "Kommunen ska bygga en ny simhall vid järnvägsstationen nästa år.",
        "Snöröjning av gångvägar",
        "Kommunen ska rusta upp",
        "",
        "abc",
    ],
)
def test_other_texts_are_kept(text):
    assert EvaluationTexts(EVALUATED).near([text]) == []


def test_positions_are_right_across_blocks():
    texts = [f"Rad nummer {i} handlar om något eget som ingen annan rad säger." for i in range(9)]
    texts[4] = SENTENCE
    texts[8] = SENTENCE
    assert EvaluationTexts(EVALUATED).near(texts, block=2) == [4, 8]


def test_training_on_an_evaluated_text_is_refused_without_showing_it():
    with pytest.raises(InvalidInput, match=r"1 training texts .* position 2") as caught:
        refusal.ensure_none_evaluated(["ett", "två", SENTENCE], EvaluationTexts(EVALUATED))
    assert "lekplatsen" not in str(caught.value)
    refusal.ensure_none_evaluated(["ett", "två"], EvaluationTexts(EVALUATED))


def test_the_list_of_refused_texts_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "refused.txt"
    assert refusal.save_refused([SENTENCE, SENTENCE.lower(), "Snöröjning"], path) == 2
    assert refusal.load_refused(path) == {digest(SENTENCE), digest("snöröjning")}


def test_training_without_the_list_or_the_sets_is_never_silent(tmp_path):
    with pytest.raises(UnreadableFile):
        refusal.load_refused(tmp_path / "refused.txt")
    with pytest.raises(UnreadableFile):
        refusal.read_evaluation_texts(tmp_path)


def test_every_text_field_of_an_evaluation_set_is_read(tmp_path):
    found = refusal.read_evaluation_texts(tiny.write_data(tmp_path))
    assert found["swefaq"] == ["Var hittar jag kommunens öppettider?", tiny.aligned_rows()[7][0]]


def test_the_list_is_kept_in_the_repository():
    assert len(refusal.load_refused()) > 0
