"""What columns are called in Swedish, English, Finnish, Norwegian and Danish files, by field."""

from __future__ import annotations

from typing import Final

from matcher.types import EntryKind

# Best first: of several columns for one field, the one whose name stands first is taken. Fields are served in
# this order, so that "behov" beside "beskrivning" becomes the title.
COLUMN_NAMES: Final = {
    "text": """
        text; brödtext; fritext; beskrivning; beskrivning av behovet; behovsbeskrivning; beskrivning av
        behov; beskrivning av idén; idébeskrivning; beskrivning av erbjudandet; erbjudandebeskrivning;
        innehåll; meddelande; description; full description; body; content; details; message; need
        description; abstract; kuvaus; teksti; tarpeen kuvaus; sisältö; ehdotuksen kuvaus; idean kuvaus;
        beskrivelse; tekst; innhold; indhold; behovsbeskrivelse; behov; behovet; need; the need; idé; idén;
        idea; förslag; förslaget; proposal; suggestion; erbjudande; offering; offer; lösning; solution;
        problem; problembeskrivning; utmaning; challenge; synpunkt; önskemål; tarve; ehdotus; ratkaisu;
        haaste; forslag; løsning; tilbud; utfordring; udfordring
    """,
    "title": """
        title; titel; rubrik; ärenderubrik; rubriken; namn på behovet; behovets namn; projektnamn; otsikko;
        nimi; tittel; overskrift; headline; heading; subject; ämne; name; namn; benämning; navn; aihe; emne;
        kortnamn; behov; idé; förslag; erbjudande; need; idea; proposal; offering; lösning; tjänst; produkt;
        service; product
    """,
    "id": """
        id; source id; ident; nr; nummer; number; no; löpnummer; ärendenummer; diarienummer; dnr; referens;
        referensnummer; reference; ref; case number; case id; tunnus; tunniste; numero; asianumero;
        saksnummer; sagsnummer; behovsid; idéid; need id; idea id; offering id; radnr; identifier;
        identifierare; uuid; key
    """,
    "source": """
        source; källa; källsystem; ursprung; source system; lähde; kilde; datakälla; kanal
    """,
    "kind": """
        kind; typ; type; posttyp; slag; sort; entry type; entry kind; kategori av post; tyyppi; laji; slags
    """,
    "organisation_number": """
        organisationsnummer; orgnr; org nr; org nummer; organisation number; organization number;
        registration number; company number; y tunnus; ytunnus; organisasjonsnummer; organisasjonsnr; cvr;
        cvr nr; cvr nummer; vat number; vat; momsregistreringsnummer; momsnummer; vat nummer
    """,
    "municipality": """
        kommunkod; kommun kod; kommunkoden; municipality code; municipality; kommunenummer; kommunenr;
        kommunekode; kuntakoodi; kuntanumero; kunnan koodi; lkf
    """,
    "organisation": """
        organisation; organization; organisationsnamn; organisation name; organization name; kommun;
        kommunnamn; leverantör; leverantörsnamn; företag; företagsnamn; bolag; supplier; vendor; company;
        company name; buyer; köpare; beställare; upphandlande myndighet; myndighet; contracting authority;
        authority; partner; aktör; avdelning; förvaltning; enhet; verksamhet; nämnd; department; unit;
        organisaatio; kunta; kaupunki; yritys; toimittaja; osasto; organisasjon; kommune; leverandør;
        selskap; virksomhed; virksomhet; avdeling; afdeling
    """,
    "organisation_size": """
        organisation size; företagsstorlek; företagets storlek; leverantörens storlek; storleksklass;
        organisationens storlek; company size; supplier size; size of company; enterprise size; yrityksen
        koko; yrityskoko; bedriftsstørrelse; foretaksstørrelse; virksomhedsstørrelse
    """,
    "regions": """
        regions; region; regioner; län; nuts; nuts kod; nuts code; nuts koder; område som betjänas; served
        regions; geografiskt område; geografi; verksamhetsområde; alue; maakunta; fylke; fylker; county;
        counties; lan; geographic area; area served; levererar till; leveransområde
    """,
    "cpv": """
        cpv; cpv kod; cpv koder; cpv code; cpv codes; cpv main; cpv nummer; cpv koodi; cpv koodit; cpv kode;
        huvudsaklig cpv kod; main cpv code
    """,
    "language": """
        language; språk; lang; språkkod; language code; kieli; kielikoodi; sprog; språket
    """,
    "estimated_value": """
        estimated value; värde; uppskattat värde; belopp; beräknat värde; kontraktsvärde; budget; kostnad;
        årsvärde; value; amount; cost; contract value; arvo; arvioitu arvo; kustannus; summa; verdi; anslått
        verdi; beløp; værdi; anslået værdi; uppskattad kostnad; estimated cost
    """,
    "currency": """
        currency; valuta; valutakod; currency code; valuutta; myntenhet
    """,
    "starts_on": """
        starts on; startdatum; start; start date; från; från och med; fr o m; from; gäller från; giltig
        från; avtalsstart; valid from; begins; alkaa; alkupäivä; alkaen; fra; startdato; gyldig fra; önskad
        start
    """,
    "ends_on": """
        ends on; slutdatum; slut; end date; end; till; till och med; t o m; to; gäller till; giltig till;
        avtalsslut; valid to; valid until; ends; deadline; sista dag; päättyy; loppupäivä; asti; til;
        sluttdato; slutdato; gyldig til; förfaller
    """,
    "tags": """
        tags; taggar; etiketter; nyckelord; keywords; tag; tagg; ämnesord; kategori; kategorier; category;
        categories; tema; teman; theme; themes; avainsanat; tunnisteet; kategoria; emneord; nøkkelord;
        stikkord; nøgleord; labels
    """,
    "status": """
        status; tillstånd; tila; tilstand; publiceringsstatus
    """,
    "role": """
        role; roll; rolle; rooli; uppgiftslämnare roll; inlämnad som; submitted as
    """,
    "capacity": """
        capacity; kapacitet; kapasiteetti; kapasitet
    """,
    "created_at": """
        created at; created; skapad; skapat; skapad datum; inkom; inkommen; inkommet; inkomstdatum; datum;
        date; registrerad; registreringsdatum; published; published at; publicerad; publiceringsdatum;
        submitted at; inlämnad; timestamp; tidsstämpel; luotu; päivämäärä; pvm; julkaistu; opprettet;
        oprettet; dato
    """,
}

KIND_WORDS: Final = {
    EntryKind.NEED: """
        behov behovet behoven behovs need needs tarve tarpeet utmaning utmaningar önskemål problem haaste
    """,
    EntryKind.IDEA: """
        idé idéer idén ideas idea ideat förslag förslaget forslag proposal proposals ehdotus ehdotukset
    """,
    EntryKind.OFFERING: """
        erbjudande erbjudanden offering offerings offer offers leverantör leverantörer supplier suppliers
        lösning lösningar solution solutions ratkaisu ratkaisut tarjonta tilbud leverandør leverandører
    """,
}
"""Words in a cell, a column's or a file's name that tell the kind of an entry."""
