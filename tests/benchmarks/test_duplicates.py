from benchmarks.duplicates import review
from matcher.encoders import load_encoder
from matcher.settings import Settings


def test_a_simulated_review_brings_planted_groups_together():
    told = review(load_encoder(Settings(encoder="fast")), every=20, most=60)
    last = told["review"][-1]
    assert last["answers"] == 60
    assert 10 < last["merged"] <= 60
    assert 0 < last["whole"] <= last["merged"]
    # What was merged is proposed to be procured together.
    before, after = told["joint_needs_before"], told["joint_needs_after"]
    assert before["planted"] == after["planted"] == 37
    assert after["whole"] > before["whole"]
