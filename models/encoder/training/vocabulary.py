"""Makes the tokenizer: the base encoder's pieces, then those of Nordic text, with å ä ö æ ø kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

KEPT = "åäöæø"  # letters of their own in the north; other accents are dropped
_PRIVATE = {letter: chr(0xE001 + i) for i, letter in enumerate(KEPT)}
LANGUAGE_SHARES = {"sv": 1.0, "fi": 0.35, "nb": 0.35, "da": 0.3}
MOST_REPEATS = 5000  # a word's weight is capped here, so that the commonest do not fill the counts
LARGEST_LIFT = 3.0
_WORD = re.compile(r"[a-zåäöæøéüđšŋ]+")


def normalizer() -> normalizers.Normalizer:
    """Lower case, accents stripped but those of `KEPT`, which hide as private characters meanwhile."""
    steps: list[Any] = [
        normalizers.BertNormalizer(
            clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True
        ),
        normalizers.NFC(),
        *(normalizers.Replace(letter, hidden) for letter, hidden in _PRIVATE.items()),
        normalizers.NFD(),
        normalizers.StripAccents(),
        *(normalizers.Replace(hidden, letter) for letter, hidden in _PRIVATE.items()),
    ]
    return normalizers.Sequence(steps)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Words as the tokenizer sees them before it cuts them."""
    normal, cut = normalizer(), pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word, _ in cut.pre_tokenize_str(normal.normalize_str(text)))
    return counts


def balance(by_language: Mapping[str, Counter[str]]) -> dict[str, int]:
    """Join the languages' counts, each brought to its share of the Swedish total; rare words out."""
    swedish = sum(by_language.get("sv", Counter()).values()) or 1
    joint: Counter[str] = Counter()
    for language, counts in by_language.items():
        factor = LANGUAGE_SHARES.get(language, 0.3) * swedish / max(sum(counts.values()), 1)
        factor = min(factor, 1.0 if language == "sv" else LARGEST_LIFT)
        for word, count in counts.items():
            joint[word] += count * factor  # type: ignore[assignment]
    return {w: int(min(c, MOST_REPEATS)) for w, c in joint.items() if c >= 2 and _WORD.fullmatch(w)}


def learn_pieces(words: Mapping[str, int], *, n_pieces: int) -> list[str]:
    """WordPiece pieces of weighted words, in the order they were learnt."""
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    # the library breaks ties by the order in which it met the letters, which varies unless they are given
    letters = sorted({letter for word in words for letter in word})
    first = ["[UNK]", *letters, *(f"##{letter}" for letter in letters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=n_pieces, min_frequency=4, special_tokens=first, show_progress=False
    )
    learner.train_from_iterator(((word + " ") * count for word, count in sorted(words.items())), trainer)
    pieces = learner.get_vocab()
    return [piece for piece in sorted(pieces, key=pieces.__getitem__) if piece != "[UNK]"]


def extend(base: Mapping[str, int], pieces: Iterable[str]) -> Tokenizer:
    """Return a tokenizer with the base pieces at their places and the new ones after them."""
    vocabulary = dict(base)
    for piece in pieces:
        vocabulary.setdefault(piece, len(vocabulary))
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer
