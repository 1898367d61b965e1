"""Stop words: what a text in each language is full of and what tells nothing about its matter."""

from __future__ import annotations

from typing import Final

_SWEDISH: Final = """
och att det den de i en ett är som på av för med till inte om har jag vi man så ni du han hon dem oss mig
dig sig kan ska skall skulle vill vara var blir bli blev från när då där här eller men mycket mer mest också
även bara nu än under över efter före vid hos mot utan mellan genom ut upp ner in hur vad vem vilken vilka
vilket varför dess deras vår vårt våra min mitt mina din ditt dina sin sitt sina denna detta dessa alla allt
all annan annat andra någon något några ingen inget inga måste får få fick hade ha haft gör göra gjort går
gå kommer komma kom finns varit åt per ju väl nog sedan sen redan igen samt dock ännu både vare kunna kunde
borde bör typ liksom lite
"""
_BOKMAL: Final = """
og i jeg det at en et den til er som på de med han av ikke der så var meg seg men har om vi min mitt mine ha
hadde hun nå over da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv her alle vil bli
ble blitt kunne inn når være kom noen noe ville dere deres kun ja etter ned skulle denne for deg si sine
sitt mot å meget mye mer hvorfor dette disse uten hvordan ingen din ditt dine blir samme hvilken hvilke sånn
inni mellom vår vårt våre hver hvem vært enn bare også både må får få fikk gjør gjøre går gå kommer finnes
hos under før litt slik ennå igjen
"""
_NYNORSK: Final = """
og i eg det at ein eit ei den til er som på dei med han av ikkje der så var meg seg men har om vi me min
mitt mine ha hadde ho no over da ved frå du ut sin dykk oss opp kan hans kor eller kva skal sjølv her alle
vil bli blei vart vorte kunne inn når vere vera kom nokon noko nokre ville berre etter ned skulle denne for
deg sine sitt mot å mykje meir kvifor dette desse utan korleis ingen di din ditt dine blir same mellom vår
vårt våre kvar kven vore enn også både må får få fekk gjer gjere går gå kjem finst hos under før litt slik
enno igjen
"""
_DANISH: Final = """
og i jeg det at en et den til er som på de med han af ikke der var mig sig men har om vi min mit mine havde
ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind
når være dog noget nogle nogen ville jo deres efter ned skulle denne end dette også under have dig anden
hende meget mere vores disse uden hvordan ingen din dit dine bliver blive mellem hver hvem været kun bare
både må får få fik gør gøre går gå kommer findes hos før lidt sådan endnu igen for ved så kan sit sine jer
jeres hvorfor hvilken hvilke mod
"""
_FINNISH: Final = """
ja on ei se että oli olen olet ole olla olisi ovat olivat hän minä sinä me te he tämä tuo nämä nuo ne joka
jotka jonka jossa johon josta joita mikä mitä missä mihin mistä kuka ketkä kun kuin niin myös mutta vaan tai
eli jos koska vaikka sekä nyt vielä jo aina enää en et emme ette eivät sen sitä siitä siinä siihen sille
niitä niiden niille tätä tämän tässä tästä tähän minun sinun hänen meidän teidän heidän minulle meille meitä
itse kaikki kaikkien kanssa ilman mukaan vain hyvin paljon enemmän siis sitten siellä täällä tänne sinne voi
voisi voidaan pitää pitäisi tulee tulisi saa saada saisi ihan noin kuten yli alle ennen jälkeen vähän aika
ehkä mm esim ettei eikä
"""
_ENGLISH: Final = """
the and to of in is it that for on with as are was be this have has had not but or by from at an we you they
he she i my our your their his her its them us me if so do does did can could would should will may might
must there here when where what which who how why all any some no than then just also only more most very
been being were into out up down over under about after before between through while because such each other
these those am too own same again get got
"""

STOP_WORDS: Final = {
    "sv": frozenset(_SWEDISH.split()),
    "nb": frozenset(_BOKMAL.split()),
    "no": frozenset(_BOKMAL.split()) | frozenset(_NYNORSK.split()),
    "nn": frozenset(_NYNORSK.split()),
    "da": frozenset(_DANISH.split()),
    "fi": frozenset(_FINNISH.split()),
    "en": frozenset(_ENGLISH.split()),
}
"""Stop words in lower case, by ISO 639-1 code."""
