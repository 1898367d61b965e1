"""Stop words and synonyms of an organisation, for its own searches.

What is proposed does not change with them: proposals rest on the recipe alone, which is the same for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput
from matcher.services.actor import ADMINISTRATORS, Actor
from models.records import SearchWord
from models.repositories.audit import AuditRepository
from models.repositories.search_words import SearchWordRepository, SearchWordView

__all__ = ["SearchWordView", "add", "list_words", "remove"]

MAX_CHARS: Final = 100
MAX_WORDS: Final = 500
MAX_MEANT: Final = 10


def list_words(session: Session, *, actor: Actor) -> list[SearchWordView]:
    """Return the words of the actor's organisation: stop words first, in their order.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    """
    return SearchWordRepository(session, _organisation(actor)).list_views()


def add(session: Session, word: str, *, means: Sequence[str] = (), actor: Actor) -> SearchWordView:
    """Leave a word out of searches, or with ``means`` look for those, too.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    InvalidInput
        If it is no single word, one is too long, or there are too many.
    Conflict
        If the word is there already.
    """
    owner = _organisation(actor)
    repository = SearchWordRepository(session, owner)
    plain, meant = (
        word.strip().casefold(),
        list(dict.fromkeys(each.strip() for each in means if each.strip())),
    )
    if not plain or len(plain.split()) != 1 or not any(sign.isalnum() for sign in plain):
        raise InvalidInput("This is not one word.", field="word", remedy="Write one word.")
    if max(map(len, (plain, *meant))) > MAX_CHARS or len(meant) > MAX_MEANT:
        raise InvalidInput(
            "The word or what it stands for is too long.", field="means", remedy="Give up to ten short ones."
        )
    if len(repository.list_views()) >= MAX_WORDS:
        raise InvalidInput("There are too many words.", field="word", remedy="Remove some first.")
    if repository.has(plain):
        raise Conflict("The word is in the list already.", remedy="Remove it first.")
    added = repository.add(
        SearchWord(
            organisation_id=owner, word=plain, is_stop=not meant, means=meant, member_id=actor.member_id
        )
    )
    AuditRepository(session).add("organisation.search_word", owner, by=actor, word=plain, is_there=True)
    return added


def remove(session: Session, word_id: str, *, actor: Actor) -> None:
    """Forget a word.

    Raises
    ------
    NotAllowed, SearchWordNotFound
        If the actor is no administrator, or its organisation has no such word.
    """
    owner = _organisation(actor)
    word = SearchWordRepository(session, owner).remove(word_id)
    AuditRepository(session).add("organisation.search_word", owner, by=actor, word=word, is_there=False)


def _organisation(actor: Actor) -> str:
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    return actor.organisation_id or ""
