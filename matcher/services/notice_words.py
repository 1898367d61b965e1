"""What notices say, in Swedish and English, for feeds and mails."""

from __future__ import annotations

from typing import Final, Literal

from matcher.types import NoticeKind

Language = Literal["sv", "en"]

_WORDS: Final[dict[Language, dict[NoticeKind, tuple[str, str]]]] = {
    "sv": {
        NoticeKind.MERGED: (
            "Slogs ihop med andra: {title}",
            "Det du står bakom visas nu tillsammans med andra som gäller samma sak. Ditt stöd ligger kvar.",
        ),
        NoticeKind.UNMERGED: (
            "Står för sig igen: {title}",
            "Sammanslagningen togs tillbaka. Ditt stöd ligger kvar.",
        ),
        NoticeKind.SPLIT: (
            "Delades upp: {title}",
            "Texten gällde flera behov och blev flera. Ditt stöd ligger kvar hos den gamla; du kan också "
            "stödja en av delarna.",
        ),
        NoticeKind.SIMILAR: (
            "Något liknande finns: {title}",
            "En annan text verkar gälla samma sak som din.",
        ),
        NoticeKind.EXPIRES: (
            "Slutar snart gälla: {title}",
            "Erbjudandet gäller till och med {day}. Ändra dagen om det ska gälla längre.",
        ),
        NoticeKind.JOINT_NEED: (
            "Flera kan köpa tillsammans",
            "Din organisation har ett behov som andra också har. Se förslaget.",
        ),
        NoticeKind.ASSIGNED: (
            "Du ska granska: {title}",
            "En kollega har gett dig det här i kön.",
        ),
        NoticeKind.REMARK: (
            "Någon tycker att en matchning är fel: {title}",
            "Läs vad de skriver och svara.",
        ),
        NoticeKind.ANSWERED: (
            "Svar på din invändning: {title}",
            "Den som har behovet har svarat.",
        ),
        NoticeKind.INTEREST: (
            "Någon är intresserad: {title}",
            "En organisation har anmält intresse för behovet.",
        ),
        NoticeKind.PARTNER_REQUEST: (
            "Någon vill bli partner",
            "Ett företag, en förening eller ett lärosäte ber om ett konto. Läs och svara.",
        ),
    },
    "en": {
        NoticeKind.MERGED: (
            "Merged with others: {title}",
            "What you stand behind is now shown together with others about the same. Your support stays.",
        ),
        NoticeKind.UNMERGED: (
            "Stands alone again: {title}",
            "The merge was taken back. Your support stays.",
        ),
        NoticeKind.SPLIT: (
            "Was parted: {title}",
            "The text told of several needs and became several. Your support stays with the original; you "
            "may support one of the parts.",
        ),
        NoticeKind.SIMILAR: (
            "There is something similar: {title}",
            "Another text seems to be about the same thing as yours.",
        ),
        NoticeKind.EXPIRES: (
            "Ends soon: {title}",
            "The offering holds until {day}. Change the day if it is to hold longer.",
        ),
        NoticeKind.JOINT_NEED: (
            "Several could buy together",
            "Your organisation has a need that others have, too. See the proposal.",
        ),
        NoticeKind.ASSIGNED: (
            "Yours to review: {title}",
            "A colleague gave you this in the queue.",
        ),
        NoticeKind.REMARK: (
            "Somebody finds a match wrong: {title}",
            "Read what they write, and answer.",
        ),
        NoticeKind.ANSWERED: (
            "An answer to your objection: {title}",
            "The one who has the need has answered.",
        ),
        NoticeKind.INTEREST: (
            "Somebody is interested: {title}",
            "An organisation has said that it is interested in the need.",
        ),
        NoticeKind.PARTNER_REQUEST: (
            "Somebody wants to become a partner",
            "A firm, an association or a university asks for an account. Read and answer.",
        ),
    },
}
_UNTITLED: Final[dict[Language, str]] = {"sv": "utan rubrik", "en": "untitled"}
HEADINGS: Final[dict[Language, str]] = {"sv": "Meddelanden", "en": "Notices"}


def notice_words(kind: NoticeKind, language: Language, *, title: str, day: str) -> tuple[str, str]:
    """Return the heading and the sentence of a notice."""
    heading, sentence = _WORDS[language][kind]
    shown = title or _UNTITLED[language]
    return heading.format(title=shown), sentence.format(day=day)
