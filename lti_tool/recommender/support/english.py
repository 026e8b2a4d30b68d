"""English words of one's own crisis: patterns over lower-case words with single spaces between.

An apostrophe parts words, so "don't" is "don t". Where a phrase may be meant harmlessly, what
follows it decides; where that does not tell, it counts as a crisis.
"""

from __future__ import annotations

# Typed apart it must not be a part of self-doubt or self-esteem.
_MYSELF = (
    r"(?:myself|my self(?= (?:and|because|but|or|if|i|it|today|tonight|now|please|help|so|when|"
    r"every|all|any|anymore|again|in|on|by|this|after|before|right|soon|tomorrow|sometimes)\b|$))"
)
_DEATH = r"(?:kill|hang|shoot|drown|poison|harm|hurt|cut|injure|unalive)"
_NOT = r"(?:don t|do not|dont|no longer|never)"
_CANNOT = r"(?:can t|cant|cannot|can not|couldn t)"
_ANY_MORE = r"(?:any ?more|any longer|much longer)"
# People leave the I out; then the words must begin the need.
_I = r"(?:\bi (?:\w+ ){0,2}|^(?:just |really |honestly )?)"
_OTHERS = (
    r"(?:everyone|everybody|they|people|the world|(?:my|our) (?:\w+ )?(?:family|kids|children|"
    r"wife|husband|partner|parents|friends|team)|the team|colleagues)"
)
_PILLS = r"(?:pills|tablets|paracetamol|meds|medication|medicine|sleeping pills)"
_GONE = (
    r"(?:(?:was|were|m|am|d be)(?: just| suddenly)? (?:gone|dead|not here|no longer here|"
    r"not around)(?! (?:early|on|at|an|a|before|home|from|for (?!good|ever)))|died|killed myself|"
    r"(?:just )?(?:disappeared|vanished)|(?:wasn t|weren t) (?:here|around|alive)"
    r"(?! (?:on|at|for|in|this|next)))"
)
# Nothing follows, or nothing but a sigh.
_END = (
    r"(?= (?:please|help|me|sorry|honestly|really|now|today|tonight|it|s|is|too|much|all|i|m|am|"
    r"so|tired|just|done|empty|broken|at|for|good|ever|forever|again)\b|$)"
    r"(?: (?:please|help|me|sorry|honestly|really|now|today|tonight|it|s|is|too|much|all|i|m|am|"
    r"so|tired|just|done|empty|broken|at|for|good|ever|forever|again))*$"
)

OWN = (
    # Deeds that leave no doubt.
    r"\bi\b(?: \w+){0,6} (?:kill|killing|hang|hanging|shoot|shooting|drown|drowning) "
    rf"{_MYSELF}\b(?! in the foot)",
    rf"\b(?:kill|killing|unalive|unaliving) {_MYSELF}\b",
    r"\bkill(?:ing)?my ?self\b",
    r"(?<! t )(?<!not )(?<!never )\b(?:cut|cutting|hurt|hurting|burn|burned|burning|harm|harming|"
    rf"injure|injured) {_MYSELF} (?:on purpose|deliberately|intentionally)\b",
    rf"\b(?:take|taking|swallow|swallowing) all (?:of )?(?:the|my|these) (?:\w+ )?{_PILLS} "
    r"(?:that )?i (?:have|ve got|own|can find|could find)\b(?! (?:to|with me|in my bag))",
    r"\bi (?:\w+ ){0,2}(?:want|wanna|going|gonna) (?:to )?(?:just )?(?:take|swallow) all (?:of )?"
    r"(?:the|my|these) (?:\w+ )?(?:pills|paracetamol)(?: (?:at once|now|tonight))?$",
    r"\b(?:want(?:ed)?|wanna|going|gonna|about|plan|planning|urge|thoughts?|thinking|think|like|"
    rf"keep|started?|need)\b(?: (?:to|of|about|on|i|should|could))? {_DEATH}(?:t?ing)? "
    rf"{_MYSELF}\b(?! in the foot)",
    r"\b(?:want|going|goin|about|need) to kms\b|\b(?:wanna|gonna|might|should|just) kms\b|^kms$",
    r"\bi (?:(?:m|am|have|ve|had|been|started|keep|kept|still|want|to|used|do|might|will|ll|"
    r"also|just|really|sometimes|often|could|need|think|about|of|feel|like) ){0,5}"
    r"self ?harm(?:ed|ing)?\b(?! (?:policy|training|protocol|risk|prevention|awareness|cases))",
    r"\b(?:cut|cutting|slit|slitting) my (?:wrists?|arms?|veins?|thighs?)\b"
    r"(?! (?:on|at|while|by accident|in the))",
    r"\b(?:end|ending|take|taking) my (?:own )?life\b",
    r"(?:\bi (?:\w+ ){0,2}|^(?:just )?)(?:want|wanna|would like|d like|am going|m going) (?:to )?"
    r"(?:just )?end it all\b(?! with| on| in| at| politely)",
    r"(?:\bi (?:\w+ ){0,6}|^(?:\w+ ){0,3})jump(?:ing)? (?:off|from|in front of|under) "
    r"(?:a |the |my )?(?:\w+ )?(?:bridge|building|roof|train|balcony|cliff)\b",
    rf"\bi (?:\w+ ){{0,2}}(?:took|taken|swallowed) (?:too many|all (?:my|the)) (?:\w+ )?{_PILLS}\b",
    rf"\bhow many (?:\w+ )?{_PILLS} (?:\w+ ){{0,4}}(?:die|kill|overdose)\b",
    r"\b(?:painless|painlessly|quickest|easiest|easy|best|quick) (?:way )?(?:to )?die\b(?! in| of)",
    r"\bi (?:(?:m|am|want|wanna|going|gonna|to|took|have|ve|just|an|might|will|ll) ){1,5}"
    r"overdos(?:e|ed|ing)\b(?! of)",
    r"\bi (?:\w+ ){0,2}(?:written|wrote|writing) (?:all )?(?:my |the )?(?:goodbye|farewell) "
    r"(?:letters?|notes?)\b(?! (?:to|for) (?:\w+ )?(?:customers?|clients?|colleagues?|team|boss))",
    # Wishes.
    r"\bi (?:\w+ ){0,2}(?:want|wanna) (?:(?:to|2) )?(?:die|be dead)\b"
    r"(?! of| from| laughing| on| cast| cuts?)",
    r"^(?:just )?(?:want|wanna) (?:(?:to|2) )?(?:die|be dead)$",
    r"\bi (?:d|would) (?:much )?rather be dead\b(?! than)",
    r"\bi (?:just )?(?:might|may) (?:just )?as well be dead\b(?! (?:to|in|on|weight|wood))",
    r"\bi (?:wish|wished) i (?:wasn t|weren t|wasnt|werent|(?:was|were) (?:not|no longer)) "
    r"alive\b(?! (?:when|during|to see))",
    r"\bi (?:wish|wished) i (?:was|were) (?:dead|never born)\b",
    r"\bi (?:wish|hope) i (?:don t|do not|dont|didn t|never|wouldn t|would not) wake up\b",
    r"\bsleep and (?:not|never) wake up\b",
    r"\bi (?:m|am|d be|would be|ll be) better (?:off )?dead\b",
    rf"\b{_OTHERS} (?:\w+ ){{0,2}}(?:better off|happier) without me\b(?! in| on| at| as| for)",
    rf"{_I}{_NOT} (?:\w+ )?(?:want|wanna) (?:(?:to|2) )?"
    r"(?:live|be alive|go on living|wake up|exist)\b(?! in| at| near| with| here| on| stream)",
    rf"{_I}{_NOT} (?:\w+ )?(?:want|wanna) (?:to )?(?:be here|be around|be on this earth|go on)"
    r"(?: any ?more| any longer)\b",
    r"\bi no longer want to (?:be here|be around|go on)\b(?! in| at| on)",
    r"\bi (?:don t|do not|dont) deserve to (?:live|be alive|exist)\b(?! in| at| on| here)",
    r"\b(?:i have|i ve|i see|there is|there s) (?:no reason|nothing left|nothing) to live\b",
    r"\b(?:no|what s the|what is the) (?:point|sense) (?:in|of|to) "
    r"(?:living|being alive|my life)\b",
    r"\b(?:my life|life) (?:is not|isn t|isnt) worth (?:living|it)\b(?! in| as)",
    r"\bi (?:m|am) (?:so )?tired of (?:living|being alive|life)\b(?! in| at| with)",
    r"\bi (?:m|am) (?:\w+ )?done with (?:my |this )?(?:life|living)\b"
    r"(?! (?:insurance|sciences?|cycle|coaching|in|at|story))",
    rf"\b(?:notice|care|miss me|mind)(?: at all)? if i {_GONE}",
    # States and plans.
    r"\bi (?:m|am|feel|felt|have been|ve been|was) (?:\w+ ){0,3}suicidal\b",
    r"\b(?:i have|i ve|i get|i keep having|i m having|i am having|my) (?:\w+ ){0,3}"
    r"(?:suicidal thoughts|suicidal feelings|thoughts of suicide)\b",
    r"\bi (?:m|am|keep|have been|ve been|want|plan|was) (?:\w+ ){0,3}"
    r"(?:committing|commit|considering|consider|contemplating|thinking about|thinking of|planning)"
    r" (?:to commit )?suicide\b(?! prevention)",
    r"^(?:\w+ )?(?:thinking|thoughts) (?:about|of) (?:suicide|killing myself)\b(?! prevention)",
    r"\bi (?:\w+ ){0,3}(?:think|thinking|dream|dreaming|fantasi[sz]e|fantasi[sz]ing) "
    r"(?:\w+ )?(?:about|of) (?:\w+ )?(?:dying|being dead|my death)\b(?! my| of| in)",
    r"^(?:(?:help|i|am|m|feel|feeling|so|me) )*suicidal(?: (?:thoughts|help|please|now))*$",
)

HINTS = (
    r"\bi (?:d|would) (?:much )?rather be dead than\b"
    r"(?! (?:late|wrong|red|bored|boring|rude|seen|caught|wear|eat|drink)\b)",
    rf"\bi (?:\w+ )?{_CANNOT} (?:\w+ )?(?:do this|do it|take it|take this|keep doing this|"
    rf"go on|carry on|keep going|cope|bear it|bear this)(?: like this)? {_ANY_MORE}{_END}",
    rf"\bi (?:\w+ )?{_CANNOT} (?:\w+ )?(?:go on|live|carry on) like this{_END}",
    rf"\b(?:{_NOT}|{_CANNOT}) see (?:the|any|a) point(?: (?:in|of) (?:anything|life|it all|"
    rf"any of (?:it|this)|being here|going on))?(?: {_ANY_MORE})?{_END}",
    rf"\bi (?:\w+ ){{0,2}}want (?:it|it all|this|the pain|everything|all of it) (?:all )?"
    rf"to (?:stop|end|be over){_END}",
    rf"\bi (?:\w+ ){{0,3}}(?:want|wanna|going|gonna|ready) (?:to )?end it{_END}",
    rf"\bi (?:\w+ ){{0,2}}(?:want|wanna|wish i could) (?:to )?(?:just )?disappear{_END}",
    r"\bi (?:m|am|feel like|ve become) (?:\w+ )?(?:a )?burden (?:to|on|for) (?:everyone|everybody|"
    r"them all|my (?:family|kids|children|wife|husband|partner|parents|friends))\b",
    rf"\b(?:there is|there s|i see|see) no way out(?: for me)?(?: {_ANY_MORE})?{_END}",
)
"""Said of oneself and not outright: they count where no piece of work is spoken of."""
