"""Queries about the words of organisations that their searches leave out or widen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.errors import SearchWordNotFound
from models.records import SearchWord

_WORD: Final = re.compile(r"\w[\w-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWordView:
    """A word with what it also stands for; nothing if it is left out."""

    id: str
    word: str
    is_stop: bool
    means: tuple[str, ...]


class SearchWordRepository:
    """Words of one organisation."""

    def __init__(self, session: Session, organisation_id: str) -> None:
        self._session = session
        self._organisation_id = organisation_id

    def list_views(self) -> list[SearchWordView]:
        """Return the words in their order."""
        query = (
            select(SearchWord)
            .where(SearchWord.organisation_id == self._organisation_id)
            .order_by(SearchWord.is_stop.desc(), SearchWord.word)
        )
        return [_view(each) for each in self._session.scalars(query)]

    def add(self, record: SearchWord) -> SearchWordView:
        """Keep a word; one that is there twice contradicts what is stored (``Conflict``)."""
        self._session.add(record)
        self._session.flush()
        return _view(record)

    def has(self, word: str) -> bool:
        """Whether a word is there."""
        query = select(SearchWord.id).where(
            SearchWord.organisation_id == self._organisation_id, SearchWord.word == word
        )
        return self._session.scalar(query) is not None

    def remove(self, word_id: str) -> str:
        """Forget a word and return it; or raise ``SearchWordNotFound``."""
        record = self._session.get(SearchWord, word_id)
        if record is None or record.organisation_id != self._organisation_id:
            raise SearchWordNotFound(word_id)
        self._session.delete(record)
        self._session.flush()
        return record.word

    def apply(self, text: str) -> str:
        """Return what is searched for instead of a text; the text itself if nothing would be left."""
        words = self.list_views()
        if not words:
            return text
        stops = {each.word for each in words if each.is_stop}
        kept = _WORD.sub(lambda found: "" if found[0].casefold() in stops else found[0], text)
        present = {found.casefold() for found in _WORD.findall(kept)}
        wider = [meant for each in words if each.word in present for meant in each.means]
        return " ".join([*kept.split(), *wider]) if present else text


def _view(record: SearchWord) -> SearchWordView:
    return SearchWordView(id=record.id, word=record.word, is_stop=record.is_stop, means=tuple(record.means))
