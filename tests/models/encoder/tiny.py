import gzip
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from models.encoder.training import vocabulary
from models.encoder.training.students import DeepStudent, Shape, StaticStudent

BASE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz", *".,?!"]
BASE += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
SHAPE = Shape(n_dims=16, n_layers=1, n_heads=2, n_hidden=32)
PLACES = (
    "skolan",
    "biblioteket",
    "torget",
    "hamnen",
    "parken",
    "badhuset",
    "simhallen",
    "stigen",
    "bron",
    "kajen",
)
THINGS = {
    "lampan": "lamp", "bänken": "bench", "dörren": "door", "taket": "roof", "trappan": "stairs",
    "fönstret": "window", "grinden": "gate", "gungan": "swing", "brunnen": "well", "skylten": "sign",
}  # fmt: skip
ENGLISH_PLACES = dict(
    zip(
        PLACES,
        ("school", "library", "square", "harbour", "park", "baths", "pool", "path", "bridge", "quay"),
        strict=True,
    )
)


def tokenizer() -> Tokenizer:
    words = {
        word: 50 for word in (*PLACES, *THINGS, *THINGS.values(), *ENGLISH_PLACES.values(), "är", "trasig")
    }
    pieces = vocabulary.learn_pieces(words, n_pieces=300)
    return vocabulary.extend({piece: i for i, piece in enumerate(BASE)}, pieces)


def deep(seed: int = 0) -> DeepStudent:
    import torch

    torch.manual_seed(seed)
    return DeepStudent(tokenizer(), shape=SHAPE)


def fast() -> StaticStudent:
    return StaticStudent(tokenizer(), n_dims=16)


def aligned_rows() -> list[tuple[str, str]]:
    return [
        (f"{thing} vid {place} är trasig", f"the {english} at the {ENGLISH_PLACES[place]} is broken")
        for thing, english in THINGS.items()
        for place in PLACES
    ]


def topic(number: int, **changes: object) -> dict[str, object]:
    thing, place = list(THINGS)[number % 10], PLACES[number // 10 % 10]
    return {
        "id": f"topic-{number}",
        "topic": f"{THINGS[thing]} {ENGLISH_PLACES[place]}",
        "area": "building",
        "needs": [
            {"language": "sv", "text": f"{thing} vid {place} är trasig igen"},
            {"language": "en", "text": f"the {THINGS[thing]} at the {ENGLISH_PLACES[place]} is broken"},
        ],
        "offerings": [
            {"language": "sv", "title": f"Service {thing}", "text": f"Vi lagar {thing} vid {place}."}
        ],
        "confusable": {"language": "sv", "title": f"Kurs om {thing}", "text": f"Vi berättar om {thing}."},
    } | changes


def write_topics(folder: Path, count: int = 30) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(topic(i), ensure_ascii=False) for i in range(count)]
    (folder / "topics.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def write_data(folder: Path) -> Path:
    """The files of a data folder, tiny, with one evaluation set."""
    rows = [f"made\tCC0\tsv\t{text}\t{english}" for text, english in aligned_rows()]
    pairs = [f"sv\ttitle-body\t{e}\t{t} och ingen har lagat den\tmade\tCC0" for t, e in aligned_rows()[::3]]
    titles = ["Boken om gamla trappan i parken\ttrappor|parker\tstairs|parks"]
    _write(folder / "parallel" / "parallel.tsv.gz", "source\tlicence\tlang\ttext\ten", rows)
    _write(folder / "parallel" / "parallel2.tsv.gz", "source\tlicence\tlang\ttext\ten", rows[:3])
    _write(folder / "pairs" / "pairs.tsv.gz", "lang\tkind\ta\tb\tsource\tlicence", pairs)
    _write(folder / "pairs" / "nordic.tsv.gz", "lang\tkind\ta\tb\tsource\tlicence", pairs[:2])
    for language in ("sv", "fi"):
        path = folder / "parallel" / f"titles_{language}.tsv.gz"
        _write(path, f"title\tsubjects_{language}\tsubjects_en", titles)
    (folder / "swefaq").mkdir()
    question = {
        "question": "Var hittar jag kommunens öppettider?",
        "candidate_answers": [aligned_rows()[7][0]],
        "label": 0,
    }
    (folder / "swefaq" / "dev.jsonl").write_text(json.dumps(question), encoding="utf-8")
    return folder


def _write(path: Path, header: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join([header, *rows]) + "\n")


def write_teacher(folder: Path, n_dims: int = 16) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    texts = sorted({english for _, english in aligned_rows()})
    words = {word: i for i, word in enumerate(sorted({word for text in texts for word in text.split()}))}
    of_word = np.random.default_rng(3).normal(size=(len(words), n_dims))
    vectors = np.array([of_word[[words[word] for word in text.split()]].sum(0) for text in texts])
    np.save(folder / "en.npy", (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16))
    (folder / "en.txt").write_text("\n".join(texts), encoding="utf-8")
    return folder
