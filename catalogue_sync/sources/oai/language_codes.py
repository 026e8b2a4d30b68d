"""Languages as catalogues name them, and as BCP 47 does."""

from __future__ import annotations

import re

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,4}", re.IGNORECASE)

# ISO 639-2, bibliographic and terminological, each followed by the code of ISO 639-1.
_PAIRS = """
    aaraa abkab afraf akaak albsq amham araar argan armhy asmas avaav aveae aymay azeaz bakba
    bambm baqeu belbe benbn bihbh bisbi bodbo bosbs brebr bulbg burmy catca cescs chach chece
    chizh chucu chvcv corkw cosco crecr cymcy czecs danda deude divdv dutnl dzodz ellel engen
    epoeo estet euseu eweee faofo fasfa fijfj finfi frafr frefr fryfy fulff geoka gerde glagd
    glega glggl glvgv greel grngn gujgu hatht hauha hebhe herhz hinhi hmoho hrvhr hunhu hyehy
    iboig iceis idoio iiiii ikuiu ileie inaia indid ipkik islis itait javjv jpnja kalkl kankn
    kasks katka kaukr kazkk khmkm kikki kinrw kirky komkv konkg korko kuakj kurku laolo latla
    lavlv limli linln litlt ltzlb lublu luglg macmk mahmh malml maomi marmr mayms mkdmk mlgmg
    mltmt monmn mrimi msams myamy nauna navnv nblnr ndend ndong nepne nldnl nnonn nobnb norno
    nyany ocioc ojioj orior ormom ossos panpa perfa plipi polpl porpt pusps quequ rohrm ronro
    rumro runrn rusru sagsg sansa sinsi slksk slosk slvsl smese smosm snasn sndsd somso sotst
    spaes sqisq srdsc srpsr sswss sunsu swasw swesv tahty tamta tattt telte tgktg tgltl thath
    tibbo tirti tonto tsntn tsots tuktk turtr twitw uigug ukruk urdur uzbuz venve vievi volvo
    welcy wlnwa wolwo xhoxh yidyi yoryo zhaza zhozh zulzu
"""
_SHORT = {pair[:3]: pair[3:] for pair in _PAIRS.split()}

_NO_LANGUAGE = frozenset({"mis", "mul", "und", "zxx", "none"})


def language_tag(raw: str) -> str | None:
    """The BCP 47 tag for `eng`, `en_US` or `nl-nl`; None for what names no one language.

    A code of three letters becomes the one of two where there is one (BCP 47, section 2.2.1);
    a region is written in capitals, all else small.
    """
    tag = raw.strip().replace("_", "-")
    if len(tag) > 40 or not _TAG.fullmatch(tag):
        return None
    first, *rest = tag.lower().split("-")
    if first in _NO_LANGUAGE:
        return None
    parts = [part.upper() if len(part) == 2 else part for part in rest]
    return "-".join([_SHORT.get(first, first), *parts])
