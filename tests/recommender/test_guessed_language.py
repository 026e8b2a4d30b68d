"""Which language a need is in, as its commonest words tell."""

from __future__ import annotations

import pytest

from lti_tool.recommender.languages import guess_language, split_words

NEEDS = {
    "pl": """
        jak powiedzieć szefowi, że mam za dużo pracy
        nie wiem, co zrobić z kolegą, który ciągle się spóźnia
        boję się mówić przed dużą grupą
        jak zrobić tabelę przestawną w excelu
        formuła nie działa i nie wiem dlaczego
        muszę napisać trudnego maila do klienta
        jutro mam rozmowę z moim kierownikiem o podwyżce
        jak odmówić, żeby nikt się nie obraził
        pracownik nie chce przyjąć mojej uwagi
        czy można cofnąć wysłaną wiadomość w outlooku
        jestem zmęczona i nie mogę spać przez pracę
        zespół się kłóci, a ja jestem pomiędzy
    """,
    "da": """
        hvordan siger jeg til min chef at jeg har for meget at lave
        jeg skal holde en præsentation i morgen og er nervøs
        min formel virker ikke i excel
        en kollega svarer ikke på mine mails
        hvordan laver jeg en pivottabel
        hvad gør jeg når en kunde råber ad mig
        jeg vil gerne sige nej uden at såre nogen
        min medarbejder kommer altid for sent
        kan man trække en mail tilbage i outlook
        vi skændes hele tiden i teamet
        hvorfor viser cellen kun havelåger
        jeg er træt og sover ikke på grund af arbejdet
    """,
    "no": """
        hvordan sier jeg til sjefen at jeg har for mye å gjøre
        jeg skal holde en presentasjon i morgen og er nervøs
        formelen min virker ikke i excel
        en kollega svarer ikke på mailene mine
        hvordan lager jeg en pivottabell
        hva gjør jeg når en kunde roper til meg
        jeg vil si nei uten å såre noen
        medarbeideren min kommer alltid for sent
        kan man trekke tilbake en e-post i outlook
        vi krangler hele tiden i teamet
        hvorfor viser cellen bare nummertegn
        jeg er sliten og sover ikke på grunn av jobben
    """,
    "tr": """
        müdürüme çok fazla işim olduğunu nasıl söylerim
        yarın bir sunum yapacağım ve çok heyecanlıyım
        excelde formül neden çalışmıyor, ne yapmalıyım
        bir iş arkadaşım bana cevap vermiyor
        özet tablo nasıl yapılır, bir örnek var mı
        müşteri bana bağırdığında ne demeliyim
        kimseyi kırmadan hayır demek için ne yapabilirim
        ekibimde biri hep geç kalıyor, onunla nasıl konuşayım
        bir e-postayı geri almak mümkün mü
        iki kişi arasında kavga var ve ben ortadayım
        zam istemek için en iyi zaman ne zaman
        iş yüzünden çok yorgunum ve uyuyamıyorum
    """,
    "cs": """
        jak mám říct šéfovi, že mám moc práce
        zítra mám prezentaci a jsem nervózní
        proč mi nefunguje vzorec v excelu
        kolega mi neodpovídá na maily a nevím proč
        jak se dělá kontingenční tabulka
        co mám dělat, když na mě zákazník křičí
        chci říct ne, aby se nikdo neurazil
        člověk z mého týmu chodí pořád pozdě
        dá se v outlooku vzít zpět zpráva, kterou jsem poslal
        v týmu se hádají a já jsem mezi nimi
        kdy je dobré požádat o zvýšení platu a jak
        jsem unavená a nemůžu spát kvůli práci
    """,
    "fi": """
        miten sanon esimiehelle että minulla on liikaa töitä
        pidän huomenna esityksen ja olen hermostunut
        miksi kaava ei toimi excelissä
        työkaveri ei vastaa minun viesteihin
        miten teen pivot-taulukon ja mitä siihen tarvitaan
        mitä sanon kun asiakas huutaa minulle
        haluan sanoa ei, mutta en halua loukata
        tiimissäni on joku joka on aina myöhässä
        voiko viestin perua kun se on jo lähetetty
        kaksi ihmistä riitelee ja minä olen välissä
        milloin ja miten pyydän palkankorotusta
        olen väsynyt enkä voi nukkua työn takia, mitä teen
    """,
    "hu": """
        hogyan mondjam meg a főnökömnek, hogy túl sok a munkám
        holnap előadást tartok, és nagyon izgulok
        miért nem működik a képlet az excelben
        egy kolléga nem válaszol nekem
        hogyan kell kimutatást készíteni egy táblázatból
        mit mondjak, ha egy ügyfél kiabál velem
        nemet szeretnék mondani, de nem akarok megbántani senkit
        valaki a csapatomban mindig késik, mit tegyek
        vissza lehet vonni egy elküldött levelet
        ketten veszekednek, és én közöttük vagyok
        mikor és hogyan kérjek fizetésemelést
        fáradt vagyok, és nem tudok aludni a munka miatt
    """,
    "ro": """
        cum îi spun șefului că am prea mult de lucru
        mâine am o prezentare și sunt emoționat
        de ce nu merge formula în excel
        un coleg nu îmi răspunde la mesaje
        cum fac un tabel pivot pentru vânzări
        ce spun când un client țipă la mine
        vreau să spun nu fără să supăr pe cineva
        cineva din echipa mea întârzie mereu și nu știu ce să fac
        se poate retrage un mail care a fost trimis
        doi oameni se ceartă și eu sunt la mijloc
        când este bine să cer o mărire de salariu
        sunt obosită și nu pot să dorm din cauza muncii
    """,
}

SCANDINAVIAN = frozenset({"da", "no", "sv"})
"""Short needs can be in any of them."""


@pytest.mark.parametrize("language", NEEDS)
@pytest.mark.parametrize("otherwise", ["en", "nl"])
def test_a_need_is_read_in_its_own_language(language: str, otherwise: str) -> None:
    needs = [line.strip() for line in NEEDS[language].strip().splitlines()]
    guessed = {need: guess_language(split_words(need), otherwise) for need in needs}
    alike = SCANDINAVIAN if language in SCANDINAVIAN else frozenset({language})
    assert {need: found for need, found in guessed.items() if found not in alike} == {}


@pytest.mark.parametrize(
    ("need", "language"),
    [
        ("i cant go on anymore", "en"),
        ("touch typing with ten fingers in ten days", "en"),
        ("dignity in personal care", "en"),
        ("van wie is de foto en hoe vraag ik om toestemming", "nl"),
        ("er is iets mis met de pdf's en foto's van a tot z", "nl"),
    ],
    ids=["go on", "ten", "care", "of whom", "plurals"],
)
@pytest.mark.parametrize("otherwise", ["en", "nl"])
def test_english_and_dutch_are_not_taken_for_others(
    need: str, language: str, otherwise: str
) -> None:
    assert guess_language(split_words(need), otherwise) in {language, otherwise}
