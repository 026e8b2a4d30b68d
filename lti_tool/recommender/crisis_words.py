"""The words of one's own crisis: patterns over lower-case words with single spaces between.

An apostrophe parts words, so "don't" is "don t". Where a phrase may be meant harmlessly, what
follows it decides; where that does not tell, it counts as a crisis.
"""

from __future__ import annotations

_DEATH = r"(?:kill|hang|shoot|drown|poison|harm|hurt|cut|injure)"
_NOT = r"(?:don t|do not|dont|no longer|never)"
# People leave the I out; then the words must begin the need.
_I = r"(?:\bi (?:\w+ ){0,2}|^(?:just |really |honestly )?)"
_IK = r"(?:\bik (?:\w+ ){0,2}|^(?:echt |gewoon )?)"
_OTHERS = (
    r"(?:everyone|everybody|they|people|the world|(?:my|our) (?:\w+ )?(?:family|kids|children|"
    r"wife|husband|partner|parents|friends|team)|the team|colleagues)"
)
_IEDEREEN = (
    r"(?:iedereen|ze|zij|mensen|de wereld|(?:mijn|ons) (?:gezin|familie|kinderen|vrouw|man|"
    r"partner|ouders|vrienden|team)|het team|collega s)"
)

ENGLISH = (
    # Deeds that leave no doubt.
    r"\bi\b(?: \w+){0,6} (?:kill|killing|hang|hanging|shoot|shooting|drown|drowning) myself\b"
    r"(?! in the foot)",
    r"\b(?:kill|killing) myself\b",
    r"\b(?:want(?:ed)?|wanna|going|gonna|about|plan|planning|urge|thoughts?|thinking|think|like|"
    rf"keep|started?|need)\b(?: (?:to|of|about|on|i|should|could))? {_DEATH}(?:t?ing)? myself\b"
    r"(?! in the foot)",
    r"\bi\b(?: \w+){0,3} self harm(?:ing)?\b",
    r"\b(?:end|ending|take|taking) my (?:own )?life\b",
    r"(?:\bi (?:\w+ ){0,2}|^(?:just )?)(?:want|wanna|would like|d like|am going|m going) (?:to )?"
    r"(?:just )?end it all\b(?! with| on| in| at| politely)",
    # Wishes.
    r"\bi (?:\w+ ){0,2}(?:want|wanna) (?:to )?(?:die|be dead)\b(?! of| from| laughing| on)",
    r"^(?:just )?(?:want|wanna) (?:to )?(?:die|be dead)$",
    r"\bi (?:wish|wished) i (?:was|were) (?:dead|never born)\b",
    r"\bi (?:wish|hope) i (?:don t|do not|dont|didn t|never|wouldn t|would not) wake up\b",
    r"\bi (?:m|am|d be|would be|ll be) better off dead\b",
    rf"\b{_OTHERS} (?:\w+ ){{0,2}}better off without me\b(?! in| on| at| as| for)",
    rf"{_I}{_NOT} (?:\w+ )?(?:want|wanna) (?:to )?"
    r"(?:live|be alive|go on living|wake up|exist)\b(?! in| at| near| with| here| on| stream)",
    rf"{_I}{_NOT} (?:\w+ )?(?:want|wanna) (?:to )?(?:be here|be around|be on this earth|go on)"
    r"(?: any ?more| any longer)\b",
    r"\bi no longer want to (?:be here|be around|go on)\b(?! in| at| on)",
    r"\b(?:i have|i ve|i see|there is|there s) (?:no reason|nothing left|nothing) to live\b",
    r"\b(?:no|what s the|what is the) (?:point|sense) (?:in|of|to) "
    r"(?:living|being alive|my life)\b",
    r"\b(?:my life|life) (?:is not|isn t|isnt) worth (?:living|it)\b(?! in| as)",
    r"\bi (?:m|am) (?:so )?tired of (?:living|being alive|life)\b(?! in| at| with)",
    # States and plans.
    r"\bi (?:m|am|feel|felt|have been|ve been|was) (?:\w+ ){0,3}suicidal\b",
    r"\b(?:i have|i ve|i get|i keep having|i m having|i am having|my) (?:\w+ ){0,3}"
    r"(?:suicidal thoughts|suicidal feelings|thoughts of suicide)\b",
    r"\bi (?:m|am|keep|have been|ve been|want|plan|was) (?:\w+ ){0,3}"
    r"(?:committing|commit|considering|consider|contemplating|thinking about|thinking of|planning)"
    r" (?:to commit )?suicide\b(?! prevention)",
    r"^(?:\w+ )?(?:thinking|thoughts) (?:about|of) (?:suicide|killing myself)\b(?! prevention)",
)

_OBJECT = r"(?! (?:om|met|in|op|bij|dat|deze|dit|die|als)\b(?! (?:mijn leven|alles|te leven)\b))"

DUTCH = (
    r"\bik\b(?: \w+){0,6} (?:mezelf|mijzelf|me zelf|zelf) (?:\w+ )?"
    r"(?:van kant|vermoord\w*|ophang\w*|op te hangen|dood\w*|te doden|verdrink\w*|iets aan\w*)",
    r"\bik\b(?: \w+){0,3} (?:me|mij|mezelf|mijzelf) (?:\w+ )?van (?:kant|het leven)\b",
    r"\bik (?:wil|ga|zou|moet|denk|blijf)\b(?: \w+){0,3} (?:mezelf|mijzelf) "
    r"(?:\w+ ){0,2}(?:snijden|beschadigen|verwonden|pijn (?:te )?doen)\b",
    r"\bik (?:snij|snijd|beschadig) (?:mezelf|mijzelf)\b(?! met)",
    r"\bik (?:\w+ ){0,3}(?:niet meer|niet langer|niet) (?:wil |wilt )?leven\b"
    r"(?! in| met| bij| van| zonder| op)",
    r"^(?:wil )?niet meer (?:willen )?leven$",
    rf"{_IK}(?:liever |gewoon |echt |alleen maar )?dood (?:wil|zijn|zijn wil)\b",
    rf"{_IK}wil (?:\w+ ){{0,2}}(?:dood|doodgaan|sterven)\b(?! punt| spoor| gewicht| van)",
    r"\bik (?:was|ben|zou) (?:\w+ )?(?:liever|beter) dood\b",
    r"\b(?:eind|einde) (?:te )?(?:maken )?aan mijn (?:eigen )?leven\b",
    r"\bmijn (?:eigen )?leven (?:te |wil |wilt )?beëindigen\b",
    r"\buit het leven (?:te |wil )?stap\w*\b",
    r"\bik (?:\w+ ){0,2}stap uit het leven\b",
    # To be gone, and to make an end of it.
    r"\bik (?:\w+ ){0,3}er (?:\w+ ){0,2}niet (?:meer|langer) (?:wil |willen |zou willen )?"
    r"(?:zijn|was|ben|wil zijn)\b",
    r"\bwas ik er maar niet(?: meer)?\b",
    r"\bik (?:\w+ ){0,2}er (?:\w+ )?(?:een )?(?:eind|einde) aan(?: te)?(?: maken)?\b",
    r"\ber (?:een )?(?:eind|einde) aan (?:wil |ga |zou )?maak\b",
    r"^(?:hoe )?maak ik er (?:een )?(?:eind|einde) aan$",
    rf"(?:\bik zie|\bzie ik|^zie) (?:het leven|het|t) (?:\w+ )?niet meer zitten\b{_OBJECT}",
    r"\bhet hoeft (?:voor|van) mij (?:\w+ )?niet meer\b(?! om| dat| deze| dit| die| te)",
    r"\bik (?:\w+ ){0,2}geen zin meer in (?:het|mijn) leven\b",
    rf"\b{_IEDEREEN} (?:\w+ ){{0,2}}beter af(?: \w+)? zonder (?:mij|me)\b(?! in| op| als| bij)",
    r"\bik (?:ben|voel me) (?:\w+ ){0,2}(?:suïcidaal|suicidaal|levensmoe)\b",
    r"\bik (?:\w+ ){0,4}(?:zelfmoord|zelfdoding|suïcide|suicide) "
    r"(?:te )?(?:plegen|overweeg|pleeg)\b",
    r"\bik (?:overweeg|pleeg|denk aan|denk vaak aan|denk steeds aan) "
    r"(?:\w+ )?(?:zelfmoord|zelfdoding|suïcide|suicide)\b",
    r"\bik (?:heb|krijg) (?:\w+ ){0,2}(?:zelfmoordgedachten|suïcidale gedachten|"
    r"suicidale gedachten|gedachten aan zelfmoord|gedachten aan zelfdoding)\b",
)

ALONE = (
    # Nothing but the word: the writer may be asking for others, but may not.
    r"^(?:(?:help|my|i|am|m|feel|feeling|so|about|ik|ben|mijn) )*"
    r"(?:suicide|suicidal|zelfmoord|zelfdoding|suïcide|suïcidaal|suicidaal|zelfmoordgedachten)"
    r"(?: (?:thoughts|help|please|now|gedachten|hulp))*$",
)

QUOTED = (
    # Right before the words: someone else is quoted ("my patient says I want to die").
    r"(?:\b(?:he|she|they|who|someone|somebody|patient|client|customer|caller|resident|student|"
    r"pupil|colleague|coworker|friend|employee|child|son|daughter|brother|sister|hij|zij|ze|die|"
    r"iemand|patiënt|cliënt|klant|beller|bewoner|leerling|student|collega|medewerker|vriend|"
    r"vriendin|kind|zoon|dochter|broer|zus)"
    r" (?:just |often |keeps |always |once )?(?:says?|said|saying|tells?|told|texts?|wrote|zegt|"
    r"zei|schrijft|appt)(?: me| us| to me| that| dat| tegen me| tegen mij)?) $"
)

SLIPPED = """
    kill killing myself suicide suicidal harm want live living alive anymore everyone
    everybody without better zelfmoord zelfdoding mezelf mijzelf leven suïcide suïcidaal
    suicidaal levensmoe zelfmoordgedachten zitten einde vermoorden ophangen
"""
"""The words of the patterns that are also read with one slip."""

_HEAVY = """
    end ends ending live lives living life alive die dies dying dead death kill killing hurt
    hurts hurting harm pain painful suffer suffering alone lonely hopeless hope worthless
    pointless point meaning useless burden tired exhausted empty dark darkness goodbye bye gone
    disappear leave leaving lost exist wake sleep see go going take anymore any longer reason
    reasons cry crying tears afraid scared fear desperate hate sad sadness depressed depression
    anxious give up stop stopping final last forever world myself suicide suicidal self left
    eind einde leven leef dood doodgaan sterven pijn lijden lijd alleen eenzaam hopeloos hoop
    waardeloos zinloos zin last moe uitgeput leeg donker afscheid weg verdwijnen verlaten
    slapen wakker zie zien ga gaan stoppen stop reden huilen tranen bang angst wanhopig
    verdriet verdrietig depressief haat wereld mezelf mijzelf zelfmoord zelfdoding suïcide
    suïcidaal suicidaal meer langer zitten nooit laatste
"""

HEAVY = frozenset(_HEAVY.split())
"""Words that find nothing below support: a module found by them would mock the writer."""
