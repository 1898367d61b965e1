import numpy as np

from matcher.pipeline.reasoning import SentenceVectors


class Counting:
    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked += texts
        return np.array([[len(text), ord(text[0])] for text in texts], dtype=np.float32)


def test_a_sentence_is_encoded_once():
    encode = Counting()
    vectors = SentenceVectors(encode)
    first = vectors(["is", "snö"])
    assert vectors(["snö", "halka", "is"])[[2, 0]].tolist() == first.tolist()
    assert encode.asked == ["is", "snö", "halka"]


def test_little_is_remembered_and_nothing_is_mixed_up():
    encode = Counting()
    vectors = SentenceVectors(encode, most=3)
    for texts in (["a", "bb"], ["ccc", "dddd"], ["a", "ccc"]):
        assert vectors(texts)[:, 0].tolist() == [len(text) for text in texts]
    assert encode.asked == ["a", "bb", "ccc", "dddd", "a"]
