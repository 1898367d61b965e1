from dataclasses import replace

import numpy as np
import pytest
import torch

from matcher.errors import UnreadableFile
from models.encoder import train
from models.encoder.training import averaging, heldout, losses, noise, starting
from models.encoder.training.batches import Sampler, Targets
from models.encoder.training.corpus import Aligned, Corpus, Prose, draw_aligned, load_corpus, split
from models.encoder.training.loop import Run
from models.encoder.training.plan import Plan
from models.encoder.training.refusal import save_refused
from models.encoder.training.students import encode
from models.encoder.training.topics import load_topics, split_topics
from tests.models.encoder import tiny

PLAN = Plan(
    steps=12,
    every=4,
    patience=9,
    warm_up=2,
    aligned_tokens=200,
    prose_pairs=6,
    topics_every=2,
    n_topics=6,
    body_rate=2e-3,
    rows_rate=2e-2,
    dims=(16, 8),
)


class Killed(Exception):
    pass


@pytest.fixture
def world(tmp_path):
    """Data, teacher and topics; `run` makes a run of a student in a folder."""
    torch.set_num_threads(1)
    corpus = load_corpus(tiny.write_data(tmp_path / "data"), accept=lambda text: True, title_part=1)
    trained, held_out = split_topics(load_topics(tiny.write_topics(tmp_path / "topics")))
    targets = Targets(tiny.write_teacher(tmp_path / "teacher"), n_dims=16)

    def run(name, student, *, plan=PLAN, measure=None, say=lambda line: None):
        return Run(
            tmp_path / name,
            student=student,
            sampler=Sampler(corpus, targets, trained),
            targets=targets,
            plan=plan,
            measure=measure or (lambda: heldout.measure(student, corpus, trained, held_out)),
            say=say,
        )

    run.corpus, run.targets, run.topics = corpus, targets, (trained, held_out)
    return run


def _state(student):
    return {name: value.clone() for name, value in student.state_dict().items()}


def test_a_killed_run_that_goes_on_gives_the_weights_of_an_uninterrupted_one(world, tmp_path):
    whole = tiny.deep()
    world("whole", whole).train()

    def kill(line):
        if line.startswith("step 10/"):
            raise Killed

    with pytest.raises(Killed):
        world("killed", tiny.deep(), say=kill).train()
    lines = []
    resumed = tiny.deep(seed=7)
    world("killed", resumed, say=lines.append).train()
    assert lines[0] == "resumed at step 8"
    for name, value in _state(whole).items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_workers_that_draw_ahead_change_nothing(world):
    alone, helped = tiny.deep(), tiny.deep()
    world("alone", alone, plan=replace(PLAN, steps=8)).train()
    world("helped", helped, plan=replace(PLAN, steps=8, workers=2)).train()
    for name, value in _state(alone).items():
        assert torch.equal(value, helped.state_dict()[name]), name


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(world):
    states = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        student = tiny.fast()
        world(name, student, plan=replace(PLAN, seed=seed, steps=4)).train()
        states.append(student.rows.weight.detach().clone())
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


@pytest.mark.parametrize("make", [tiny.deep, tiny.fast])
def test_training_brings_texts_nearer_to_the_teacher(world, make):
    student = make()
    rows = world.corpus.aligned
    texts, targets = [r.text for r in rows], world.targets([r.english for r in rows])
    before = (encode(student, texts) * targets).sum(1).mean()
    world("run", student, plan=replace(PLAN, steps=40, every=40, warm_up=5)).train()
    assert (encode(student, texts) * targets).sum(1).mean() > before + 0.1


def test_a_run_stops_when_the_held_out_total_no_longer_rises_and_keeps_the_best(world, tmp_path):
    figures = iter([0.2, 0.5, 0.4, 0.3, 0.9])
    student = tiny.fast()
    kept = []

    def measure():
        kept.append(student.rows.weight.detach().clone())
        return heldout.HeldOut(links=next(figures), hard=0, needs=0, bitext=0, prose=0)

    best = world("stop", student, plan=replace(PLAN, steps=40, every=2, patience=2), measure=measure).train()
    assert len(kept) == 4
    assert torch.equal(averaging.load_state(best)["rows.weight"], kept[1])


def test_rows_with_a_held_out_side_and_refused_rows_are_not_trained_on(tmp_path):
    data = tiny.write_data(tmp_path)
    refused = tiny.aligned_rows()[5]
    corpus = load_corpus(data, accept=lambda text: text != refused[0])
    assert refused[0] not in {row.text for row in corpus.aligned}
    every = [row for i in range(40) for row in _variants(corpus.aligned, i)]
    parted = split(every, [])
    assert parted.held_out_aligned
    assert not {r.english for r in parted.aligned} & {r.english for r in parted.held_out_aligned}


def _variants(rows, number):
    return [replace(row, english=f"{row.english} {number}", text=f"{row.text} {number % 7}") for row in rows]


def test_held_out_figures_tell_a_perfect_encoder_from_a_blind_one(world):
    trained, held_out = world.topics

    class Perfect:
        n_dims = 64

        def train(self, mode=True):
            pass

        def ids(self, texts, *, max_tokens=96):
            return texts

        def embed_ids(self, texts):
            places = {name: i for i, name in enumerate([*tiny.PLACES, *tiny.THINGS])}
            english = {**tiny.THINGS, **tiny.ENGLISH_PLACES}
            rows = np.zeros((len(texts), 64), np.float32)
            for row, text in zip(rows, texts, strict=True):
                words = text.lower().replace(".", "").split()
                for name, place in places.items():
                    row[place] = name in words or english[name] in words
                row[40 if "kurs" in words else 41] = 0.5 if "kurs" in words or "service" in words else 0
            return torch.from_numpy(rows + 1e-4)

    figures = heldout.measure(Perfect(), world.corpus, trained, held_out)
    assert figures.links > 0.95
    assert figures.needs == 1.0
    assert figures.hard == 0.0

    class Blind(Perfect):
        def embed_ids(self, texts):
            return torch.ones(len(texts), 64)

    blind = heldout.measure(Blind(), world.corpus, trained, held_out)
    assert figures.total > blind.total


def test_contrast_punishes_a_wrong_order_at_every_size_but_not_what_is_hidden():
    right = torch.eye(4)
    wrong = right[[1, 0, 2, 3]]
    assert losses.contrast(right, right, (4, 2)) < losses.contrast(wrong, right, (4, 2))
    hidden = torch.zeros(4, 4, dtype=torch.bool)
    hidden[0, 1] = hidden[1, 0] = True
    alike = right.clone()
    alike[1] = alike[0]
    assert losses.contrast(alike, alike, (4,), hidden=hidden) < losses.contrast(alike, alike, (4,))


def test_confusables_are_negatives_of_their_need():
    needs = torch.eye(4)
    apart = losses.topics((needs, needs, needs, -needs, needs, needs), (4,))
    alike = losses.topics((needs, needs, needs, needs, needs, needs), (4,))
    assert alike > apart + 0.5


def test_needs_and_offerings_of_other_topics_are_negatives_too():
    needs, far = torch.eye(4)[:2], -torch.eye(4)
    parts = (needs, needs, needs, far[:2], needs, needs)
    easy = losses.topics(parts, (4,), others=(far, far))
    assert losses.topics(parts, (4,), others=(needs, far)) > easy + 0.5
    assert losses.topics(parts, (4,), others=(far, needs)) > easy + 0.5


def test_a_need_is_told_apart_by_what_is_bought_but_not_from_who_buys_the_same():
    needs, far = torch.eye(4)[:2], -torch.eye(4)[:2]
    named = losses.topics((needs, needs, needs, far, needs, needs), (4,))
    swapped = losses.topics((needs, needs, needs, far, needs, needs.flip(0)), (4,))
    assert swapped > named + 5
    alike = (needs, needs, needs, far, needs, needs[:1].repeat(2, 1))
    same = ~torch.eye(2, dtype=torch.bool)
    assert losses.topics(alike, (4,), same_product=same) < 0.01 < losses.topics(alike, (4,))


def test_the_other_telling_of_an_offerings_own_need_is_not_held_against_it():
    needs, tellings, far = torch.eye(4)[:2], torch.eye(4)[:2], -torch.eye(4)[:2]
    assert losses.topics((needs, tellings, needs, far, needs, needs), (4,)) < 0.01


def test_the_mean_of_states_is_weighted():
    states = [{"a": torch.zeros(2)}, {"a": torch.ones(2)}]
    assert torch.equal(averaging.mean(states)["a"], torch.full((2,), 0.5))
    assert torch.allclose(averaging.mean(states, [2, 3])["a"], torch.full((2,), 0.6))


def test_averaging_keeps_the_share_with_the_best_held_out_total():
    student = tiny.fast()
    before = _state(student)
    after = {name: value + 1 for name, value in before.items()}

    def measure():
        distance = (student.rows.weight.detach() - before["rows.weight"] - 0.7).abs().max()
        return heldout.HeldOut(links=1 - float(distance), hard=0, needs=0, bitext=0, prose=0)

    averaging.choose(student, before, [after], measure=measure, say=lambda line: None)
    assert torch.allclose(student.rows.weight, before["rows.weight"] + 0.7)


def test_every_other_time_all_prose_pairs_are_of_one_source(tmp_path):
    pairs = [
        Prose(source, "title-body", "sv", f"{source} {i}", f"body {source} {i}")
        for source in "ab"
        for i in range(40)
    ]
    sampler = Sampler(Corpus([], pairs, [], []), Targets(tiny.write_teacher(tmp_path), n_dims=16), [])
    mixed = 0
    for seed in range(40):
        left, right = sampler.prose(np.random.default_rng(seed), 12)
        assert len(set(right)) == len(right) == len(left)
        mixed += len({text.split()[1] for text in right}) == 2
    assert 10 < mixed < 30


def test_noise_is_drawn_by_the_seed_and_changes_but_never_empties():
    text = "Snöröjningen vid högstadieskolan är för dålig, vi halkar varje morgon."
    spoilt = {noise.spoil(text, np.random.default_rng(seed)) for seed in range(30)}
    assert len(spoilt) > 10
    assert noise.spoil(text, np.random.default_rng(3)) == noise.spoil(text, np.random.default_rng(3))
    assert all(len(noise.spoil(short, np.random.default_rng(1))) > 0 for short in ("a", "öl", "hej du"))
    assert any("högstadieskolan" not in one.lower() for one in spoilt)


def test_a_smaller_student_gets_projected_targets_that_keep_the_likeness(tmp_path):
    folder = tiny.write_teacher(tmp_path / "t")
    texts = sorted({english for _, english in tiny.aligned_rows()})
    full, small = Targets(folder, n_dims=16)(texts), Targets(folder, n_dims=12)(texts)
    assert small.shape == (len(texts), 12)
    np.testing.assert_allclose(np.linalg.norm(small, axis=1), 1, atol=1e-3)
    assert np.corrcoef((full @ full.T).ravel(), (small @ small.T).ravel())[0, 1] > 0.8


def test_targets_turn_towards_a_student_that_has_learnt_another_projection(tmp_path):
    targets = Targets(tiny.write_teacher(tmp_path / "t"), n_dims=12)
    texts = sorted({english for _, english in tiny.aligned_rows()})
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(12, 12)))[0].astype(np.float32)
    learnt = dict(zip(texts, targets(texts) @ turn, strict=True))
    assert (targets(texts) * np.stack([*learnt.values()])).sum(1).mean() < 0.6
    targets.turn_towards(lambda asked: np.stack([learnt[text] for text in asked]))
    assert (targets(texts) * np.stack([*learnt.values()])).sum(1).mean() > 0.95


def test_new_rows_of_the_deep_student_come_from_what_is_near_and_old_ones_stay():
    student = tiny.deep()
    base = {n: a.copy() for n, a in student.arrays().items()}
    n_old, n_all = len(tiny.BASE), student.tokenizer.get_vocab_size()
    name = "embeddings.word_embeddings.weight"
    base[name] = np.random.default_rng(0).normal(size=(n_old, 16)).astype(np.float32)
    base[name] = np.concatenate([base[name]] * 20)[:1200]  # the norm is taken from piece 1000 on
    table = np.random.default_rng(1).normal(size=(n_all + 2000, 8)).astype(np.float32)
    counts = np.full(len(table), 9)
    table[1200] = table[7] * 3
    near, likeness = starting._nearest(table, counts, n_old=1200)
    assert near.shape == (len(table) - 1200, 6)
    assert int(near[0, 0]) == 7
    assert float(likeness[0, 0]) == pytest.approx(1, abs=1e-5)


def test_the_program_says_what_is_missing_and_fails(tmp_path, capsys):
    assert train.main(["pack", "--work", str(tmp_path), "--data", str(tmp_path)]) == 1
    assert "Run the stage `tokenizer` first" in capsys.readouterr().err


def test_the_stages_go_from_data_to_packed_encoders(tmp_path, monkeypatch, capsys):
    from models.encoder.training import refusal, stages

    refused = tmp_path / "refused.txt"
    monkeypatch.setattr(refusal.load_refused, "__defaults__", (refused,))
    monkeypatch.setattr(refusal.save_refused, "__defaults__", (refused,))
    training = stages.Training(
        data=tiny.write_data(tmp_path / "data"),
        work=tmp_path / "work",
        out=tmp_path / "out",
        topics=tiny.write_topics(tmp_path / "topics"),
        shape=tiny.SHAPE,
        static_dims=16,
        device="cpu",
        plan={"steps": 4, "every": 2, "dims": (16, 8), "aligned_tokens": 100, "n_topics": 4},
    )
    training.refuse()
    assert len(refused.read_text().split()) == 1
    (tmp_path / "work").mkdir()
    tiny.tokenizer().save(str(tmp_path / "work" / "tokenizer.json"))
    tiny.write_teacher(tmp_path / "work" / "teacher")
    torch.save(tiny.deep().state_dict(), tmp_path / "start.pt")
    training.start = tmp_path / "start.pt"
    for stage in ("domain", "average", "pack", "measure"):
        for run in train.stages_of(training, stage):
            run()
    assert (tmp_path / "out" / "deep" / "manifest.json").is_file()
    assert "| SweFAQ nDCG@10 | 1.000 |" in capsys.readouterr().out


def test_teacher_targets_must_be_there(tmp_path):
    with pytest.raises(UnreadableFile, match="teacher"):
        Targets(tmp_path, n_dims=4)


def test_refused_digests_are_sorted_so_that_changes_show(tmp_path):
    save_refused(["b", "a", "c"], tmp_path / "r.txt")
    lines = (tmp_path / "r.txt").read_text().split()
    assert lines == sorted(lines)


def test_aligned_rows_are_drawn_by_weight_without_repetition():
    rows = [Aligned("helsinki", "sv", f"en ganska lång text om sak nummer {i}", f"e{i}") for i in range(50)]
    rows += [Aligned("debian-mo", "sv", f"ok{i}", f"d{i}") for i in range(50)]
    drawn = draw_aligned(rows, 30, seed=3)
    assert len({row.english for row in drawn}) == 30
    assert sum(row.source == "helsinki" for row in drawn) > 20
    assert drawn == draw_aligned(rows, 30, seed=3)
    assert draw_aligned(rows, 0, seed=3) == draw_aligned(rows, 1000, seed=3) == rows


def test_dropout_is_for_learning_alone():
    student = tiny.deep()
    before = encode(student, ["en bro"])
    student.set_dropout(0.5)
    ids = student.ids(["en bro"])
    assert not torch.equal(student.embed_ids(ids), student.embed_ids(ids))
    assert np.array_equal(encode(student, ["en bro"]), before)
