import pytest

from matcher.text import identify_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Vi behöver bättre belysning på gångvägen till skolan.", "sv"),
        ("Kävelytielle tarvitaan parempi valaistus koulun lähelle.", "fi"),
        ("Vi trenger bedre belysning på gangveien til skolen, og det er mye trafikk.", "nb"),
        ("Vi treng betre lys på gangvegen til skulen, og det er mykje trafikk.", "nn"),
        ("Vi har brug for bedre belysning på stien til skolen, og der er meget trafik.", "da"),
        ("We need better lights on the path to the school.", "en"),
        ("Wir brauchen eine bessere Beleuchtung auf dem Weg zur Schule.", "de"),
        ("Necesitamos mejor iluminación en el camino a la escuela.", "es"),
        ("Mii dárbbašit buoret čuovggaid bálgás skuvlii.", "se"),
        ("מיר דאַרפֿן בעסערע ליכט אויפֿן וועג צו דער שול", "yi"),
        ("Met haluama ette kläpit saava oppia meänkieltä meän koulussa.", "fit"),
        ("Se oon vaikea vanhoile ko met emmä saa puhua omaa kieltä.", "fit"),
        ("Te ette ole vastanneet, ja tien kunto on yhä huono.", "fi"),
        ("VI BEHÖVER BÄTTRE BELYSNING PÅ GÅNGVÄGEN", "sv"),
    ],
)
def test_the_language_of_a_sentence_is_told(text, code):
    guess = identify_language(text)
    assert guess.code == code
    assert guess.is_known and 0.6 <= guess.confidence <= 1


@pytest.mark.parametrize("text", ["", "Park", "Ny park", "12345 67890 11 22", "asdf qwer zxcv", "!!! ???"])
def test_what_is_too_short_or_no_language_is_honestly_unknown(text):
    guess = identify_language(text)
    assert (guess.code, guess.confidence, guess.is_known) == ("und", 0.0, False)


@pytest.mark.parametrize(
    ("norwegian", "danish"),
    [
        ("Hva koster det å bygge en ny vei?", "Hvad koster det at bygge en ny vej?"),
        ("Barna må ikke gå alene etter mørkets frembrudd", "Børnene må ikke gå alene efter mørkets frembrud"),
        ("Hun har jobbet mye med dette nå", "Hun har arbejdet meget med dette nu"),
    ],
)
def test_norwegian_and_danish_are_told_apart_by_their_small_words(norwegian, danish):
    assert identify_language(norwegian).code == "nb"
    assert identify_language(danish).code == "da"


def test_only_the_beginning_of_a_long_text_counts():
    swedish = "Vi behöver bättre belysning på gångvägen till skolan. "
    assert identify_language(swedish * 40 + "We need better lights. " * 5_000).code == "sv"
