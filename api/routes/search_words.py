"""Words that an organisation's searches leave out, or look for in other words, too."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.dependencies import Acting, Reading, Work
from api.schemas.common import Id, Listing, listing
from api.schemas.steering import SearchWordCreate, SearchWordShown
from matcher.services import search_words

router = APIRouter(route_class=GuardedRoute, tags=["search words"])


@router.get("/search-words")
@allows(ADMINISTRATORS)
def list_search_words(session: Reading, actor: Acting) -> Listing[SearchWordShown]:
    """List the words of the caller's organisation: stop words first, in their order."""
    views = search_words.list_words(session, actor=actor)
    return listing(map(SearchWordShown.model_validate, views), None)


@router.post("/search-words", status_code=201)
@allows(ADMINISTRATORS)
def add_search_word(body: SearchWordCreate, work: Work, actor: Acting) -> SearchWordShown:
    """Leave a word out of searches, or look for what it ``means``, too; proposals stay as they are."""
    return SearchWordShown.model_validate(search_words.add(work, body.word, means=body.means, actor=actor))


@router.delete("/search-words/{word_id}", status_code=204)
@allows(ADMINISTRATORS)
def remove_search_word(word_id: Id, work: Work, actor: Acting) -> None:
    """Forget a word."""
    search_words.remove(work, word_id, actor=actor)
