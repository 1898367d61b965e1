from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from matcher.encoders import SentenceTransformerEncoder

pytestmark = [pytest.mark.encoder, pytest.mark.xdist_group("weights")]

TEXTS = [
    "Better lights on the path to the school.",
    "We need street lighting where children walk to school.",
    "Cooking class for pensioners.",
    "",
    "x",
    "A bench. " * 60,
]


def test_rows_are_unit_vectors_in_the_order_of_the_texts(minilm):
    vectors = minilm.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 384) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert minilm.encode([text])[0] @ vector > 0.9995
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]


def test_vectors_equal_those_of_the_library(minilm):
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    expected = SentenceTransformer(str(minilm.folder), device="cpu").encode(
        TEXTS[:5], show_progress_bar=False
    )
    exact = SentenceTransformerEncoder(minilm.folder, backend="torch-fp32")
    np.testing.assert_allclose(exact.encode(TEXTS[:5]), expected, atol=1e-5)
    assert np.sum(minilm.encode(TEXTS[:5]) * expected, axis=1).min() > 0.9995
    assert exact.digest == SentenceTransformerEncoder(minilm.folder).digest


def test_the_end_of_a_long_text_counts(minilm):
    filler = "The committee met and read the minutes of the last meeting. " * 60
    plain, ending = minilm.encode([filler, filler + "A new swimming pool for the children. " * 30])
    pool = minilm.encode(["A new swimming pool for the children."])[0]
    assert ending @ pool > plain @ pool + 0.1


def test_a_prompt_changes_the_vectors_of_its_role_alone(minilm):
    prompted = SentenceTransformerEncoder(minilm.folder, query_prompt="a question about swimming pools: ")
    assert prompted.role_matters
    as_query, as_passage = (prompted.encode(TEXTS[:1], role=role)[0] for role in ("query", "passage"))
    plain = minilm.encode(TEXTS[:1])[0]
    assert as_passage @ plain > 0.9999 and as_query @ plain < 0.99


def test_progress_adds_up_with_long_texts(minilm):
    done = []
    minilm.encode([*TEXTS, "word " * 3_000], progress=done.append)
    assert sum(done) == len(TEXTS) + 1


def test_no_texts_give_no_rows(minilm):
    assert minilm.encode([]).shape == (0, 384)


def test_threads_may_share_an_encoder(minilm):
    texts = [f"Text number {i} about lights" for i in range(24)]
    alone = minilm.encode(texts)
    with ThreadPoolExecutor(6) as pool:
        shared = list(pool.map(lambda text: minilm.encode([text], role="query")[0], texts))
    assert np.sum(np.array(shared) * alone, axis=1).min() > 0.9995


def test_an_error_in_a_batch_reaches_the_caller_and_the_encoder_goes_on(minilm):
    def fail(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minilm.encode(["word " * 100] * 60, progress=fail)
    assert minilm.encode(["still here"]).shape == (1, 384)
