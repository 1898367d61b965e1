import numpy as np

from matcher.encoders.hashing import HashingEncoder
from matcher.grouping.names import Nearness, group_terms, name_groups, subjects
from matcher.text import analyse
from matcher.types import Entry, EntryKind


def entries(*texts, language="sv"):
    return [
        Entry(id=str(i), kind=EntryKind.NEED, text=text, language=language) for i, text in enumerate(texts)
    ]


SNOW = entries(
    "Snöröjningen på trottoaren är dålig, vi vill ha snöröjning varje morgon.",
    "Ingen snöröjning i Granälven, trottoarerna är fulla av snövallar.",
    "Trottoar utan snöröjning. Mvh [namn], [telefon]",
)
SCHOOL = entries(
    "Skolbussen kommer för sent till skolan.", "Skolbuss saknas för min dotter.", "Vi väntar på skolbussen."
)


def test_terms_set_a_group_apart_and_keep_compounds_in_their_plain_form():
    snow, school = group_terms([SNOW, SCHOOL], analyse=analyse)
    assert snow[0] == "snöröjning"
    assert "trottoar" in snow
    assert school[0] == "skolbuss"


def test_a_term_is_shown_as_a_dictionary_has_it_where_it_stands_so_in_another_group():
    bus = entries("Bussen till skolan kör förbi", "Vänta på bussen varje morgon", "Bussen är sen")
    other = entries("Barn på buss nummer fyra", "Vi vill ha snö", "En skola")
    terms, _ = group_terms([bus, other], analyse=analyse)
    assert terms[0] == "buss"
    snow, _ = group_terms([entries("Snön ligger kvar", "Snön är djup"), other], analyse=analyse)
    assert snow == ("snö",)
    children, _ = group_terms(
        [entries("Barn väntar", "Barn fryser"), entries("Jag bar den")], analyse=analyse
    )
    assert children == ("barn",)


def test_what_somebody_does_names_nothing():
    bus = entries("Vi kör till skolan. En buss", "Att köra kostar. Min buss", "De som kör får ingen buss")
    assert group_terms([bus, SNOW], analyse=analyse)[0] == ("buss",)
    english = entries("We drive the tractor", "You drive a tractor", language="en")
    assert group_terms([english], analyse=analyse) == [("tractor",)]


def test_a_term_must_be_near_to_its_group_and_is_told_once():
    near = {"trottoar": 0.3, "snöröjning": 0.5, "snö": 0.4}
    words = entries("Trottoar, snö, snöröjning, äpple", "Äpple, snö, snöröjning, trottoar")

    def encode(asked):
        return np.array([[near.get(word, 0.1), 0.0] for word in asked], dtype=np.float32)

    nearness = Nearness(encode, np.eye(2, dtype=np.float32))
    terms = group_terms([words, SCHOOL], analyse=analyse, nearness=nearness)
    assert terms == [("snöröjning", "trottoar"), ()]
    assert group_terms([[], []], analyse=analyse, nearness=nearness) == [(), ()]


def test_masks_and_ignored_words_name_nothing():
    snow, _ = group_terms([SNOW, SCHOOL], analyse=analyse, ignored={"granälven"}, n_terms=50)
    assert not {"namn", "telefon", "granälven"} & set(snow)


def test_one_long_entry_does_not_name_its_group():
    group = [*entries("fiber fiber fiber fiber fiber fiber fiber"), *SNOW]
    assert group_terms([group, SCHOOL], analyse=analyse)[0][0] == "snöröjning"


def test_a_group_is_named_in_both_languages_after_the_subject_that_it_is_nearest_to():
    encoder = HashingEncoder()
    vectors = encoder.encode([f"{subject.sv} {subject.en}" for subject in subjects()])
    centres = np.stack(
        [encoder.encode(["snöröjning snow clearing"])[0], encoder.encode(["skolskjuts school transport"])[0]]
    )
    snow, school = name_groups([SNOW, SCHOOL], analyse=analyse, centres=centres, subject_vectors=vectors)
    assert snow.sv.startswith("Snöröjning: ")
    assert "trottoar" in snow.sv
    assert snow.en == "Snow clearing"
    assert (school.sv.split(":")[0], school.en) == ("Skolskjuts", "School transport")


def test_a_part_is_not_named_after_the_subject_of_the_whole():
    encoder = HashingEncoder()
    vectors = encoder.encode([f"{subject.sv} {subject.en}" for subject in subjects()])
    centres = np.repeat(encoder.encode(["snöröjning snow clearing, skolskjuts"]), 2, axis=0)
    whole, part = name_groups(
        [SNOW, SNOW], analyse=analyse, centres=centres, subject_vectors=vectors, parents=[None, 0]
    )
    assert whole.en == "Snow clearing"
    assert not part.en.startswith("Snow clearing")


def test_a_whole_is_named_after_its_parts_where_they_are_about_other_things():
    encoder = HashingEncoder()
    vectors = encoder.encode([f"{subject.sv} {subject.en}" for subject in subjects()])
    parts = encoder.encode(["snöröjning snow clearing", "skolskjuts school transport"])
    centres = np.vstack([encoder.encode(["bibliotek libraries"]), parts])
    whole, *_ = name_groups(
        [[*SNOW, *SCHOOL], SNOW, SCHOOL],
        analyse=analyse,
        centres=centres,
        subject_vectors=vectors,
        parents=[None, 0, 0],
    )
    assert (whole.sv, whole.en) == ("Snöröjning, skolskjuts", "Snow clearing, school transport")


def test_a_short_form_and_a_people_keep_their_capitals_within_a_name():
    encoder = HashingEncoder()
    vectors = encoder.encode([f"{subject.sv} {subject.en}" for subject in subjects()])
    inner = ["IT-stöd till personal IT support for staff", "samiskt språk kultur Sami language culture"]
    whole, first, second = name_groups(
        [[*SNOW, *SCHOOL], SNOW, SCHOOL],
        analyse=analyse,
        centres=np.vstack([encoder.encode(["bibliotek libraries"]), encoder.encode(inner)]),
        subject_vectors=vectors,
        parents=[None, 0, 0],
    )
    assert whole.sv == "IT-stöd till personal, samiskt språk och kultur"
    assert whole.en == "IT support for staff, Sami language and culture"
    assert (first.en.split(":")[0], second.sv.split(":")[0]) == (
        "IT support for staff",
        "Samiskt språk och kultur",
    )


def test_what_is_said_everywhere_tells_no_group_apart():
    snow = entries("Halka vid skolan", "Halka på trottoaren vid skolan", "Halka igen")
    net = entries("Bredband till skolan", "Bredband saknas på skolan", "Bredband nu")
    found = group_terms([snow, net], analyse=analyse, min_entries=2, min_times=3.0)
    assert found == [("halka",), ("bredband",)]


def test_without_a_subject_the_terms_are_the_name():
    english = entries("Broadband is slow", "No broadband in the village", language="en")
    snow, net = name_groups([SNOW, english], analyse=analyse)
    assert snow.sv.startswith("Snöröjning, ")
    assert net.en.startswith("Broadband")
    assert net.terms_sv == ()


def test_subjects_are_told_once_in_each_language():
    found = subjects()
    assert len(found) > 200
    for language in ("sv", "en"):
        words = [getattr(subject, language) for subject in found]
        assert all(words)
        assert len({word.lower() for word in words}) == len(words)


def test_nothing_to_name():
    assert name_groups([], analyse=analyse) == []
    assert name_groups([[]], analyse=analyse)[0].sv == ""
