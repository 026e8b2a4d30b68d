"""Words that speak of a crisis of someone or of nobody named: nine languages, unaccented."""

from __future__ import annotations

_HIMSELF = r"(?:himself|herself|themselves|themself|oneself)"
_ZICH = r"(?:zich|zichzelf)"

QUOTED = (
    # Right before the words: someone else is quoted ("my patient says I want to die").
    r"(?:\b(?:he|she|they|who|someone|somebody|patient|client|customer|caller|resident|student|"
    r"pupil|colleague|coworker|friend|employee|child|son|daughter|brother|sister|hij|zij|ze|die|"
    r"iemand|klant|beller|bewoner|leerling|collega|medewerker|vriend|"
    r"vriendin|kind|zoon|dochter|broer|zus)"
    r" (?:just |often |keeps |always |once )?(?:says?|said|saying|tells?|told|texts?|wrote|zegt|"
    r"zei|schrijft|appt)(?: me| us| to me| that| dat| tegen me| tegen mij)?"
    r"|\b(?:sagt|sagte|il dit|elle dit|dice|dijo|diz|disse|mowi|sager)"
    r"(?: mir| me| mi| que| dass| che| ze| att)?) $"
)

NAMED = (
    r"(?<!career )(?<!political )(?<!commercial )(?<!social )(?<!financial )"
    r"\bsuicid\w*\b(?! (?:squad|linux|burn|doors?|sprints?|runs?|genes?|girls))",
    r"\bself ?(?:harm(?!ony)\w*|injury|mutilat\w*)\b",
    r"\b(?:zelfmoord|zelfdoding|automutil|zelfbeschadig|zelfverwond|selbstmord|suizid|"
    r"selbstverletz|autolesi|scarifi|samoboj|samookalecz|sjalvmord|sjalvskad)\w*",
    r"\b(?:doodswens|levensmoe|lebensmude|lebensmuede)\b",
    rf"\b(?:kill|kills|killing|killed|hang|hanged|hanging) {_HIMSELF}\b(?! (?:to|for|laughing))",
    r"\b(?:end|ends|ended|ending|take|takes|took|taking) (?:his|her|their) own life\b",
    r"\b(?:end|ends|ended|ending) (?:his|her|their) life\b",
    r"\b(?:eind|einde) (?:te )?(?:maken )?aan (?:zijn|haar|hun) (?:eigen )?leven\b",
    r"\buit het leven (?:te |wil )?(?:ge)?stap\w*\b",
    r"\bsich (?:\w+ )?(?:das leben (?:zu )?nehm\w*|umbring\w*|umzubringen)\b",
    r"\b(?:quitarse|togliersi) la (?:vida|vita)\b|\btirar a propria vida\b",
    r"\bodebrac sobie zycie\b|\bta sitt liv\b",
)
"""Words that name it, whoever is meant."""

OF_PERSONS = (
    rf"\b(?:cut|cuts|cutting|hurt|hurts|hurting|harm|harms|harming|burns|burning) {_HIMSELF}\b",
    r"\b(?:want|wants|wanted|wanting|wish|wishes|ready) (?:\w+ )?to (?:die|be dead)\b"
    r"(?! (?:of|from|laughing|on))",
    r"\b(?:no longer|not|doesn t|doesnt|don t|dont|didn t|never) (?:\w+ )?"
    r"(?:want|wants|wanted|wanting) to (?:live|be alive|wake up)\b(?! (?:in|at|near|with|here|on))",
    r"\bno longer wants? to (?:live|be alive)\b(?! (?:in|at|near|with|here|on))",
    r"\bwish(?:es|ed)? (?:he|she|they) (?:was|were|had) (?:dead|never been born|never born)\b",
    r"\bwants? to end it\b(?! (?:with|on|at|in))",
    r"\b(?:took|taken|taking) an overdose\b",
    r"\b(?:niet meer|niet langer) (?:wil |wilt |wilde |willen |wou )?leven\b"
    r"(?! (?:van|in|op|met|zonder|bij))",
    r"\b(?:wil|wilt|wilde) (?:\w+ )?(?:dood|sterven|doodgaan)\b(?! (?:punt|spoor|gewicht|van))",
    r"\bdood (?:wil|wilt|wilde|willen|zou willen)\b",
    r"\bwil(?:de)? er niet meer zijn\b|\ber niet meer (?:wil|wilde) zijn\b",
    r"\ber (?:een )?einde? aan (?:wil|wilt|wilde|willen) maken\b",
    r"\bwil(?:t|de)? er (?:een )?einde? aan maken\b",
    rf"\b{_ZICH} (?:\w+ )?(?:snij\w*|beschadig\w*|verwond\w*|van kant\w*|iets aan\w*|ophang\w*|"
    r"pijn doe\w*)\b",
    rf"\b(?:snijdt|snijden|beschadigt|verwondt|verwonden) {_ZICH}\b",
    r"\bnicht mehr leben\b|\bsterben (?:will|mochte|moechte|wolle)\b",
    r"\bveut (?:mourir|se tuer|plus vivre)\b|\bse (?:tuer|mutile)\b",
    r"\bquiere (?:morir|morirse|matarse)\b|\bno quiere vivir\b",
    r"\bvuole (?:morire|uccidersi|ammazzarsi)\b|\bnon vuole piu vivere\b",
    r"\bquer (?:morrer|se matar|matar se)\b|\bnao quer (?:mais )?viver\b",
    r"\bchce (?:umrzec|sie zabic)\b|\bnie chce (?:juz )?zyc\b",
    r"\bvill (?:inte leva|do)\b",
)
"""Words that speak of it where somebody is spoken of; of a server they are a figure of speech."""

PERSON = (
    r"\b(?:he|she|they|him|her|someone|somebody|who|patients?|clients?|customers?|callers?|"
    r"residents?|students?|pupils?|colleagues?|coworkers?|friends?|employees?|child|children|kids?|"
    r"teens?|teenagers?|son|daughter|brother|sister|mother|father|mum|mom|dad|wife|husband|partner|"
    r"boy|girl|man|woman|people|hij|zij|ze|iemand|bewoners?|leerlingen|leerling|collega|"
    r"medewerkers?|vriend|vriendin|kind|kinderen|zoon|dochter|broer|zus|moeder|vader|vrouw|client\w*|"
    r"jongeren?|jongen|meisje|er|sie|jemand|patientin|kunde|kundin|schuler\w*|kollegin|kollege|"
    r"freund\w*|sohn|tochter|bruder|schwester|mutter|vater|il|elle|quelqu|eleve|patiente|collegue|"
    r"ami|amie|fils|fille|frere|soeur|mere|pere|alguien|paciente|alumn[oa]|companer[oa]|amig[oa]|"
    r"hij[oa]|hermano|hermana|madre|padre|qualcuno|paziente|studente|studentessa|collega|figlio|"
    r"figlia|alguem|alun[oa]|colega|filh[oa]|irma|irmao|mae|pai|ktos|pacjent\w*|uczen|uczennica|"
    r"kolega|kolezanka|syn|corka|brat|siostra|patienten|elev|eleven|kollega|nagon|han|hon)\b"
)

BY_ACCIDENT = (
    r"\b(?:kitchen|knife|knives|slicer|machines?|lifting|tools?|oven|stove|glass|paper|boxes|"
    r"ladder|first aid|forklift|accidents?|keuken|mes|messen|tillen|gereedschap|ehbo)\b"
)
"""Whoever hurts himself with these is spoken of in a course on safety."""
