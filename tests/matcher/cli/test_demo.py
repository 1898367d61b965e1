import re

from matcher.cli.console import ProgressBar
from matcher.sample.key import planted
from matcher.services import runs
from matcher.services.actor import SYSTEM
from matcher.types import RunKind
from models.database import make_engine, make_sessions


def matches(cli):
    engine = make_engine(f"sqlite:///{(cli.folder / 'data' / 'demo.db').as_posix()}")
    with make_sessions(engine)() as session:
        found = runs.list_runs(session, actor=SYSTEM).items
    engine.dispose()
    return [run for run in found if run.kind is RunKind.MATCH]


def test_the_demonstration_goes_the_whole_way_and_the_second_time_reuses_what_it_found(bare):
    first = bare("demo", "--once")
    assert "377 needs, ideas and offerings of 72 organisations" in first.stdout
    assert "Match done: 625 of 625 queries" in first.stdout
    for heading in ("Offerings for needs", "Needs for ideas", "Alike", "told twice", "Themes", "together"):
        assert heading in first.stdout
    assert " %  " in first.stdout
    assert "Both mention" in first.stdout
    assert "/link/" not in first.stdout, "nothing listens"
    second = bare("demo", "--once")
    assert "Match done" not in second.stdout
    assert len(matches(bare)) == 1
    assert (
        first.stdout.partition("Offerings for needs")[2] == second.stdout.partition("Offerings for needs")[2]
    )
    assert not (bare.folder / "data" / "matcher.db").exists(), "the demonstration has a database of its own"


def test_the_demonstration_tells_how_much_of_what_was_planted_is_found(bare):
    """With the encoder that loads at once; it tells of one need in other words and languages less surely."""
    told = bare("demo", "--once", MATCHER_ENCODER="fast").stdout
    counted = r"duplicates +(\d+) of 68 groups whole and (\d+) in part; (\d+) of 251 pairs, among (\d+) "
    duplicates = re.search(counted + "likely pairs", told)
    with_unlikely = re.search(counted + "with the unlikely ones", told)
    joint = re.search(r"joint needs +(\d+) of 37 whole and (\d+) in part, among (\d+) proposed", told)
    assert duplicates
    assert with_unlikely
    assert joint
    whole, part, right, asked = map(int, duplicates.groups())
    assert whole + part > 25
    # Among all pairs of needs and ideas one in 120 is right.
    assert right / asked > 8 / 120
    assert int(with_unlikely[3]) > right
    assert int(with_unlikely[4]) > asked
    assert int(joint[1]) + int(joint[2]) > 5
    assert int(joint[3]) < 100


def test_the_key_names_groups_of_two_and_more():
    for name, column in (("duplicates.tsv", "group"), ("joint_needs.tsv", "case")):
        assert all(len(needs) > 1 for needs in planted(name, column).values())


def test_the_demonstration_is_refused_in_production(bare):
    result = bare("demo", "--once", code=1, MATCHER_ENVIRONMENT="production")
    assert "development" in result.stderr


def test_an_interrupted_demonstration_carries_on(bare, monkeypatch):
    def interrupt(bar, done, total=None, *, text=None):
        if text == "Matching":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProgressBar, "set", interrupt)
        assert "are kept" in bare("demo", "--once", code=130).stderr
    assert "Match done" in bare("demo", "--once").stdout
    assert len(matches(bare)) == 1
