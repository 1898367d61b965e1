from matcher.cli.console import ProgressBar
from matcher.services import matching
from matcher.services.actor import SYSTEM
from models.database import make_engine, make_sessions


def runs(cli):
    engine = make_engine(f"sqlite:///{(cli.folder / 'data' / 'demo.db').as_posix()}")
    with make_sessions(engine)() as session:
        found = matching.list_runs(session, actor=SYSTEM).items
    engine.dispose()
    return found


def test_the_demonstration_goes_the_whole_way_and_the_second_time_reuses_what_it_found(bare):
    first = bare("demo", "--once")
    assert "377 needs, ideas and offerings of 72 organisations" in first.stdout
    assert "Match done: 625 of 625 queries" in first.stdout
    for heading in ("Offerings for needs", "Needs for ideas", "Alike", "groups of needs"):
        assert heading in first.stdout
    assert " %  " in first.stdout
    assert "Both mention" in first.stdout
    assert "/link/" not in first.stdout, "nothing listens"
    second = bare("demo", "--once")
    assert "Match done" not in second.stdout
    assert len(runs(bare)) == 1
    assert (
        first.stdout.partition("Offerings for needs")[2] == second.stdout.partition("Offerings for needs")[2]
    )
    assert not (bare.folder / "data" / "matcher.db").exists(), "the demonstration has a database of its own"


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
    assert len(runs(bare)) == 1
