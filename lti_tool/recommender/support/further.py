"""One's own crisis in seven further languages: plain words, unaccented, in the first person.

People write in their own language, whatever language the page has. The net is small here.
"""

from __future__ import annotations

_GERMAN = (
    r"\bich (?:\w+ ){0,3}(?:nicht mehr|nicht langer|nicht laenger) leben\b"
    r"(?! (?:in|von|mit|ohne|bei|wie))",
    r"\bkeine?n? (?:lust|kraft|grund|sinn) (?:mehr )?(?:zu|am) leben\b",
    r"\bich (?:will|mochte|moechte|wollte|konnte) (?:\w+ ){0,4}"
    r"(?:sterben|tot sein|nicht mehr aufwachen|nicht mehr da sein)\b(?! vor)",
    r"\bich (?:\w+ ){0,2}bring(?:e)? mich (?:\w+ )?um\b(?! (?:den|die|das|meine\w*)\b)",
    r"\bich (?:\w+ ){0,3}mich (?:\w+ )?(?:umbringen|umzubringen|toten|zu toten)\b",
    r"\bmir (?:\w+ )?das leben (?:zu )?nehm\w*\b",
    r"\bich (?:\w+ ){0,3}mir (?:\w+ )?(?:etwas|was) an(?:zu)?tu\w*\b",
    r"\b(?:ich habe?|habe?|meine) (?:\w+ ){0,2}(?:selbstmord|suizid)gedanken\b",
    r"\bich (?:\w+ ){0,2}denke? (?:\w+ ){0,2}an (?:selbstmord|suizid)\b",
    r"\bich wa(?:e)?re? (?:lieber|besser|am liebsten) tot\b",
    r"\bich wu(?:e)?nschte? ich wa(?:e)?re? (?:tot|nie geboren)\b",
    r"\bich bin (?:\w+ )?(?:suizidal|lebensmude|lebensmuede)\b",
    r"\bmein(?:em)? leben (?:zu |ein ende )(?:be)?(?:enden|setzen|machen)\b",
)

_FRENCH = (
    r"\b(?:je|j ai|j) (?:\w+ ){0,2}(?:envie|veux|voudrais|vais|pense|songe|aimerais)"
    r"(?: \w+){0,3} (?:mourir|me tuer|me suicider|en finir|me faire du mal)\b"
    r"(?! (?:de (?:rire|faim|honte|soif)|avec))",
    r"\b(?:je|j) (?:\w+ )?(?:veux|voudrais) (?:pas|plus) (?:\w+ )?vivre\b"
    r"(?! (?:a|au|en|dans|avec|chez|de|sans))",
    r"\b(?:je|j) (?:\w+ ){1,3}(?:plus|pas) (?:\w+ )?(?:envie|raison|raisons) de vivre\b"
    r"(?! (?:a|au|en|dans|avec|chez|sans))",
    r"\b(?:j ai|mes) (?:\w+ ){0,2}(?:pensees|idees) suicidaires\b",
    r"\bje (?:suis suicidaire|pense (?:\w+ )?au suicide|me scarifie|me mutile)\b",
    r"\bmettre fin a (?:mes jours|ma vie)\b",
    r"\bmieux sans moi\b(?! (?:en|au|a|dans))",
)

_SPANISH = (
    r"\b(?:quiero|quisiera|voy a|pienso en|pensando en|ganas de) (?:\w+ )?(?:morir|morirme|"
    r"matarme|suicidarme|quitarme la vida|acabar con mi vida|hacerme dano)\b(?! (?:de|por))",
    r"\bme (?:quiero|quisiera|voy a) (?:\w+ )?(?:morir|matar|suicidar)\b(?! (?:de|por))",
    r"\bno (?:quiero|deseo) (?:\w+ )?(?:vivir|seguir viviendo|estar vivo|estar viva)\b"
    r"(?! (?:en|de|con|sin|aqui|para))",
    r"\bno tengo (?:\w+ )?(?:ganas|razones|motivos|razon|motivo) (?:de|para) vivir\b",
    r"\b(?:tengo|mis) (?:\w+ )?(?:pensamientos|ideas) suicidas?\b",
    r"\bpienso en el suicidio\b|\bme autolesiono\b|\bmejor sin mi\b(?! en)",
)

_ITALIAN = (
    r"\b(?:voglio|vorrei|penso di|pensando di|voglia di) (?:\w+ )?(?:morire|uccidermi|ammazzarmi|"
    r"suicidarmi|togliermi la vita|farla finita)\b(?! (?:di|con|dal|dalle))",
    r"\bmi (?:voglio|vorrei) (?:uccidere|ammazzare|suicidare)\b",
    r"\bnon voglio (?:piu )?vivere\b(?! (?:in|a|di|con|come))",
    r"\bnon ho (?:piu )?(?:nessun )?(?:voglia|motivo|ragione) di vivere\b(?! (?:in|a|con))",
    r"\bpenso (?:\w+ )?al suicidio\b|\bho (?:\w+ )?pensieri suicidi\b|\bmi faccio del male\b",
    r"\bfine alla mia vita\b",
)

_PORTUGUESE = (
    r"\b(?:quero|queria|vou|penso em|pensar em|pensando em|vontade de) (?:\w+ )?(?:morrer|"
    r"me matar|matar me|suicidar me|me suicidar|acabar com a minha vida|tirar a minha vida)\b"
    r"(?! (?:de|a rir))",
    r"\bnao quero (?:mais )?(?:viver|estar vivo|estar viva)\b(?! (?:em|de|com|no|na|sem))",
    r"\bnao tenho (?:mais )?(?:vontade|razao|motivo) (?:de|para|pra) viver\b",
    r"\b(?:tenho|meus) (?:\w+ )?(?:pensamentos|ideias) (?:suicidas|de suicidio)\b",
    r"\b(?:penso|estou (?:\w+ )?(?:pensar|pensando)) (?:\w+ )?(?:em|no) suicidio\b",
)

# Without accents "I want" is also "he wants": what stands before tells.
_JA = r"(?:^|\b(?:ja|juz|i|bo|ze|tylko|prostu|czasem|naprawde|ciagle) )"
_POLISH = (
    rf"{_JA}chce (?:\w+ )?(?:umrzec|sie zabic|zabic sie|nie zyc|odebrac sobie zycie)\b(?! ze)",
    rf"{_JA}nie chce (?:\w+ )?(?:zyc|mi sie (?:\w+ )?zyc)\b(?! (?:w|z|bez|jak))",
    r"\bchcial(?:by|aby)m (?:umrzec|nie zyc|sie zabic)\b(?! ze)",
    r"\bmysle (?:\w+ )?o (?:samobojstwie|smierci|zabiciu sie)\b",
    r"\bmam (?:\w+ )?mysli samobojcze\b|\bnie mam po co zyc\b|\bmam dosc zycia\b",
    rf"{_JA}zabije sie\b",
)

_SWEDISH = (
    r"\bjag (?:vill|orkar|ska|tanker|kommer)(?: \w+){0,4} (?:do|ta mitt liv|ta livet av mig|"
    r"bega sjalvmord|skada mig)\b(?! av)",
    r"\bjag (?:vill|orkar) inte (?:\w+ )?leva\b(?! (?:pa|i|med|av|som))",
    r"\bjag har (?:\w+ )?sjalvmordstankar\b|\bjag tanker (?:\w+ )?pa sjalvmord\b",
    r"\bjag skar mig sjalv\b",
)

OWN = (*_GERMAN, *_FRENCH, *_SPANISH, *_ITALIAN, *_PORTUGUESE, *_POLISH, *_SWEDISH)

HINTS = (
    r"\bich (?:kann|will) (?:\w+ )?nicht mehr$",
    r"\bich halte? (?:es|das) nicht mehr aus$",
    r"\b(?:je n|j) en peux plus$",
    r"\b(?:ya )?no puedo mas$",
    r"\bnon ce la faccio piu$",
    r"\bnao aguento mais$",
    r"\bnie daje juz rady$",
    r"\bjag orkar inte (?:mer|langre)$",
)
"""Said of oneself and not outright: they count where no piece of work is spoken of."""
