"""Dutch words of one's own crisis: patterns over lower-case words, unaccented, single spaces."""

from __future__ import annotations

_IK = r"(?:\bik (?:\w+ ){0,2}|^(?:echt |gewoon )?)"
_IEDEREEN = (
    r"(?:iedereen|ze|zij|mensen|de wereld|(?:mijn|ons) (?:gezin|familie|kinderen|vrouw|man|"
    r"partner|ouders|vrienden|team)|het team|collega s)"
)
_ZELF = r"(?:mezelf|mijzelf|me zelf)"
_PILLEN = r"(?:pillen|slaappillen|medicijnen|paracetamol\w*|tabletten)"
_OBJECT = r"(?! (?:om|met|in|op|bij|dat|deze|dit|die|als)\b(?! (?:mijn leven|alles|te leven)\b))"
_END = (
    r"(?: (?:help|alsjeblieft|aub|sorry|echt|zo|alles|allemaal|ik|ben|moe|op|kapot|wat|nu|hoor|"
    r"vandaag|vanavond|voorgoed|altijd|voor))*$"
)

OWN = (
    r"\bik\b(?: \w+){0,6} (?:mezelf|mijzelf|me zelf|zelf) (?:\w+ )?"
    r"(?:van kant|vermoord\w*|ophang\w*|op te hangen|dood\w*|te doden|verdrink\w*|iets aan\w*)",
    r"\bik\b(?: \w+){0,3} (?:me|mij|mezelf|mijzelf) (?:\w+ )?van (?:kant|het leven)\b",
    r"\bik (?:wil|ga|zou|moet|denk|blijf)\b(?: \w+){0,3} (?:mezelf|mijzelf) "
    r"(?:\w+ ){0,2}(?:snijden|beschadigen|verwonden|pijn (?:te )?doen)\b",
    r"\bik (?:snij|snijd|beschadig|verwond) (?:mezelf|mijzelf)\b(?! met)",
    rf"\bik doe {_ZELF} (?:\w+ )?pijn\b",
    r"\bik (?:\w+ ){0,3}(?:niet meer|niet langer|niet) (?:wil |wilt )?leven\b"
    r"(?! in| met| bij| van| zonder| op)",
    r"^(?:wil )?niet meer (?:willen )?leven$",
    r"\bik (?:\w+ ){0,4}(?:nooit|niet) meer wakker (?:te )?(?:word|werd)\w*\b",
    rf"{_IK}(?:liever |gewoon |echt |alleen maar )?dood (?:wil|zijn|zijn wil)\b",
    rf"{_IK}wil (?:\w+ ){{0,2}}(?:dood|doodgaan|sterven)\b(?! punt| spoor| gewicht| van)",
    r"\bik (?:was|ben|zou) (?:\w+ )?(?:liever|beter) dood\b",
    r"\b(?:eind|einde) (?:te )?(?:maken )?aan mijn (?:eigen )?leven\b",
    r"\bmijn (?:eigen )?leven (?:te |wil |wilt )?beeindigen\b",
    r"(?:\bik (?:\w+ ){0,4}|^(?:\w+ )?)uit het leven (?:te |wil )?stap\w*\b",
    r"\bik (?:\w+ ){0,2}stap uit het leven\b",
    r"\bik (?:\w+ ){0,6}(?:voor (?:de|een) trein|van (?:de|het|een) (?:brug|dak|flat|gebouw)) "
    r"(?:af )?(?:te )?(?:spring|stap|gooi)\w*\b",
    rf"\bik (?:\w+ ){{0,2}}(?:te veel|teveel|alle|al mijn) {_PILLEN} (?:in)?"
    r"(?:genomen|geslikt|nemen|slikken)\b",
    rf"\bhoeveel {_PILLEN} (?:\w+ ){{0,6}}(?:dood|sterven|doodgaan)\b",
    r"\bpijnloos (?:\w+ )?(?:dood\w*|sterven|uit het leven)\b",
    r"\bik (?:heb|schreef) (?:\w+ ){0,3}afscheidsbrie\w+\b"
    r"(?! (?:\w+ )?(?:voor|aan) (?:een|de|mijn) (?:collega|klant|team))",
    r"\bik verdien het niet (?:om )?te leven\b",
    r"\b(?:het|mijn) leven (?:heeft|had) (?:\w+ ){0,2}(?:geen|weinig) zin(?: meer)?\b",
    r"\bik ben (?:\w+ ){0,2}klaar met (?:het|mijn|dit) leven\b",
    r"\bik ben het leven (?:\w+ )?(?:zat|moe|beu)\b",
    # To be gone, and to make an end of it.
    r"\bik (?:\w+ ){0,3}er (?:\w+ ){0,2}niet (?:meer|langer) (?:wil |willen |zou willen )?"
    r"(?:zijn|was|ben|wil zijn)\b(?! bij)",
    r"\bwas ik er maar niet(?: meer)?\b",
    r"\bik (?:\w+ ){0,2}er (?:\w+ )?(?:een )?(?:eind|einde) aan(?: te)?(?: maken)?\b",
    r"\ber (?:een )?(?:eind|einde) aan (?:wil |ga |zou )?maak\b",
    r"^(?:hoe )?maak ik er (?:een )?(?:eind|einde) aan$",
    r"\bniemand (?:\w+ ){1,4}als ik (?:er niet (?:meer )?(?:ben|was|zou zijn)|dood|weg (?:ben|was))"
    r"\b(?! (?:bij|op|in))",
    rf"(?:\bik zie|\bzie ik|^zie) (?:het leven|het|t) (?:\w+ )?niet meer zitten\b{_OBJECT}",
    r"\bhet hoeft (?:voor|van) mij (?:\w+ )?niet meer\b(?! om| dat| deze| dit| die| te)",
    r"\bik (?:\w+ ){0,2}geen zin meer in (?:het|mijn) leven\b",
    rf"\b{_IEDEREEN} (?:\w+ ){{0,2}}beter af(?: \w+)? zonder (?:mij|me)\b(?! in| op| als| bij)",
    r"\bik (?:ben|voel me) (?:\w+ ){0,2}(?:suicidaal|levensmoe)\b",
    r"\bik (?:\w+ ){0,4}(?:zelfmoord|zelfdoding|suicide) (?:te )?(?:plegen|overweeg|pleeg)\b",
    r"\bik (?:overweeg|pleeg|denk aan|denk vaak aan|denk steeds aan) "
    r"(?:\w+ )?(?:zelfmoord|zelfdoding|suicide)\b",
    r"\bik (?:heb|krijg) (?:\w+ ){0,2}(?:zelfmoordgedachten|suicidale gedachten|"
    r"gedachten aan zelfmoord|gedachten aan zelfdoding)\b",
    r"^(?:(?:help|ik|ben|voel|me|mijn|zo) )*"
    r"(?:suicidaal|zelfmoordgedachten|levensmoe)(?: (?:help|hulp|nu|gedachten))*$",
)

HINTS = (
    rf"\bik (?:kan|wil|trek|red) (?:het |dit |echt |gewoon |zo |allemaal )*"
    rf"niet (?:meer|langer)(?: aan| opbrengen| volhouden| dragen| verder| zo| trekken)?{_END}",
    rf"\bik (?:hou|houd) (?:het |dit )(?:\w+ )?niet (?:meer|langer) vol{_END}",
    rf"\bik kan zo niet (?:meer )?verder{_END}",
    rf"\b(?:ik zie|zie ik|^zie|er is|is er) (?:\w+ )?geen uitweg(?: meer)?{_END}",
    rf"\bik wil dat (?:het|alles|de pijn) (?:\w+ )?(?:ophoudt|stopt|voorbij is){_END}",
    rf"\bik wil (?:\w+ ){{0,2}}verdwijnen{_END}",
    r"\bik ben (?:\w+ )?(?:iedereen|mijn (?:gezin|familie|kinderen|partner)) "
    r"(?:\w+ ){0,2}tot last\b",
)
"""Said of oneself and not outright: they count where no piece of work is spoken of."""
