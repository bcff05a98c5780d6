"""What sounds as if a child may be coming to harm: it hurries a person and decides nothing.

So it hears rather too much: a calm sentence costs somebody a look; an alarming one that is missed may cost a child.

But what audits say every day is calm: a missing chronology, a child who was seen alone, targets that were hit.
"""

from __future__ import annotations

import re

_CHILD = (
    r"(?:child(?:ren)?|kid(?:s|die)?|baby|babies|boys?|girls?|toddlers?|infants?|teenagers?|lad|lass|pupil|student|"
    r"twins?)"
)
_KIN = (
    r"(?:mum|mums|mom|mam|mummy|mother|dad|dads|daddy|father|parents?|carers?|brothers?|sisters?|siblings?|sons?|"
    r"daughters?|nan|gran|granny|grandmother|grandad|grandfather|aunt|aunty|uncle|cousin|step\w+|wife|husband|"
    r"partner|"
    r"boyfriend|girlfriend|woman|man|people|somebody|someone)"
)
_NAME = r"[A-Z]\w+"
_WHOSE = r"(?:(?:the|my|his|her|their|our|your|this|that|a|each|both|little|younger|older|young) ){0,3}"
_WHO = rf"(?:{_WHOSE}(?:{_CHILD}|{_KIN})|he|she|they|we|i)"
_WHOM = (
    rf"(?:{_WHOSE}(?:{_CHILD}|{_KIN})|(?:me|her|him|them|us|you)(?! (?:targets?|milestones?|goals?|deadlines?|"
    "timescales?|feelings|hands?|best|that|as|how|outcomes?)))"
)
_SELF = r"(?:him|her|my|them|your|it|our)sel(?:f|ves)"
_IS = r"(?:is|are|was|were|am|been|being|be|gets?|getting|got|'s|'re|'m|has|have|had|still|now|gone|again|also)"
_LIMB = r"(?:wrists?|arms?|legs?|face|neck|throat|head|back|body|thighs?|hands?|stomach|chest|ears?|eyes?|cheeks?|feet)"
_HURTS = (
    r"(?:hits?|hitting|beats?|beaten|beating|hurts?|hurting|harms?|harming|harmed|punch(?:e[sd]|ing)?|kick(?:s|"
    r"ed|ing)?|"
    r"slap(?:s|ped|ping)?|smack(?:s|ed|ing)?|whipp?(?:s|ed|ing)?|bit(?:es?|ing|ten)?|burn(?:s|t|ed|ing)?|"
    r"chok(?:es?|ed|ing)|"
    r"grab(?:s|bed|bing)?|drag(?:s|ged|ging)?|attack(?:s|ed|ing)?|assault(?:s|ed|ing)?|abus(?:es?|ed|ing)|"
    r"touch(?:e[sd]|ing)?|threaten(?:s|ed|ing)?|batter(?:s|ed|ing)?|shoot(?:s|ing)?|shot|struck|"
    r"throttl(?:e[sd]?|ing)|headbutt\w*|"
    r"sh(?:akes?|ook|aken|aking)|drown(?:s|ed|ing)?|poison(?:s|ed|ing)?)"
)

_MISSING = (
    r"missing(?! (?:school|education|lessons?|out|appointments?|visits?|sessions?|contact|information|"
    r"details?|an?|any|some|the|his|her|their|its|on|in|from (?:the|this|that|any|all|most|every|these|those|"
    r"much|parts?)"
    r" (?:\w+ ){0,2}(?:plans?|records?|files?|assessments?|chronology|minutes|notes?|genogram|reports?|work|reviews?|"
    r"recordings?|discussions?|analysis|forms?|documents?|tool|audit|meetings?|list|sections?)))"
)
_RISK = (
    r"inadequate|inad|(?:not|never|no longer|\w+n't) (?:\w+ ){0,2}safe|unsafe",
    r"at (?:immediate |serious |significant |high )?risk|risk of (?:\w+ )?harm|significant(?:ly)? harm(?:ed)?",
    r"in (?:\w+ )?danger|immediate (?:danger|concern|risk)|safeguarding concerns?",
    rf"(?:scared|afraid|frightened|terrified|petrified) (?:of|for) {_WHOM}|(?:scared|afraid|frightened) to go home",
    r"(?:am|is|are|'m|'s|'re|so|too|really|very) (?:\w+ )?(?:scared|frightened|terrified)",
)
_VIOLENCE = (
    r"(?:being|been|is|was|gets|got) (?:\w+ ){0,2}(?:hurt|hit)",
    r"(?:being|been|is|are|was|were|gets?|getting|got) (?:\w+ ){0,2}(?:beaten|abused|harmed|assaulted|punched|"
    r"kicked(?! off)|"
    r"slapped|smacked|stabbed|strangled|choked|burnt|burned|bitten|raped|molested|groomed|exploited|trafficked|"
    r"starved|"
    r"tortured|attacked|shaken)|being (?:\w+ )?(?:threatened|neglected|controlled)",
    rf"{_HURTS} {_WHOM}",
    r"(?:shakes?|shook|shaking) (?:it|so hard)|(?:hits?|hurts?|beats?|bit|cuts?|attacked) (?:\w+ )?again",
    r"(?:keeps?|kept|stop|started|always|is|was|are|been) (?:\w+ )?(?:hitting|punching|kicking|slapping|"
    r"beating|abusing|biting)",
    rf"push(?:e[sd]|ing)? {_WHOM} (?:down|over|against|off|into|downstairs|around|onto|out)",
    rf"thr(?:ew|ows?|owing|own) (?:{_WHOM} (?:down|against|across|into|onto|out)|(?:\w+ ){{1,3}}at {_WHOM})",
    r"strangl\w*|suffocat\w*|stab(?:s|bed|bing)|tortur\w*",
    r"(?:is|are|'s|gets?|got|getting|turned|turns|became|becoming|was|being) (?:\w+ )?violent",
    r"bruis\w+|black eyes?|bite marks?|broken (?:\w+ )?(?:arms?|legs?|ribs?|bones?|nose|jaw|wrist|collarbone)|"
    r"fractur\w+|"
    r"injur(?:y|ies|ed)|bleeding|unconscious(?! bias)|not breathing|unresponsive",
    rf"(?:cuts?|marks?|burns?|blood|welts?|scratches) (?:on|to|across|over|all over) (?:\w+ ){{1,2}}{_LIMB}",
    rf"{_WHO} (?:is|are) dead|{_CHILD} (?:has |have )?died",
)
_KILLING = (
    rf"kill(?:s|ed|ing)? (?:{_WHOM}|{_SELF}|everyone|everybody)|death threats?|going to die|will die",
    r"threat(?:s|en|ens|ened|ening)? (?:\w+ )?(?:to|of|with) (?:kill|hurt|harm|stab|hit|burn|shoot|take (?:her|"
    r"him|them)|a knife|violence)",
    r"kni(?:fe|ves)|machetes?|(?:shot)?guns?|firearms?|weapons?|with (?:an? )?(?:axe|hammer|belt|blade|"
    r"baseball bat|sword|bat)",
)
_SELF_HARM = (
    r"suicid\w*|self[ -]?harm\w*|overdos\w*|(?:end|ends|ending|take|takes|taking|took) (?:his|her|their|my|"
    r"its) (?:own )?li(?:fe|ves)",
    rf"(?:hang|hangs|hanged|hanging|hurts?|hurting|harms?|harming|harmed|cuts?|cutting|burns?|burning|starv\w+|"
    rf"drown\w*) {_SELF}",
    r"(?:want|wants|wanted|wanting|wish|wishes|wished) (?:\w+ ){0,3}(?:to die|to be dead|dead)|better off dead|"
    r"end it all",
    r"(?:not|\w+n't) want to (?:live|be alive|be here(?: any ?more)?|go on)|no reason to live",
)
_GONE = (
    rf"(?<!of )(?<!of the )(?<!of his )(?<!of her )(?<!of each )(?<!of this )(?<!of their )"
    rf"{_WHO} (?:{_IS} ){{1,3}}{_MISSING}",
    r"(?:gone|went|goes|going|reported) missing|missing (?:child(?!ren's)|boy|girl|person|since|overnight|again|"
    r"from (?:home|care|school|placement|his|her|their))",
    rf"(?:ran|run|runs|running) away|abscond\w*|(?:not|never|\w+n't) (?:come|came) home|"
    rf"(?:taken|snatched|abducted|kidnapped)(?: \w+)? (?:{_CHILD}|her|him|them)|kidnap\w*|abduct\w*",
)
_LEFT = (
    rf"(?:left|leaves?|leaving) (?:\w+ ){{0,3}}(?:alone|on (?:his|her|their|my) own|by {_SELF}|unattended|"
    rf"unsupervised)",
    r"home alone|alone (?:all|over|for) (?:\w+ )?(?:night|nights|day|days|hours|weekend)|alone overnight|all alone",
    r"(?:no|without|any|enough) food|nothing to eat|(?:not|never|\w+n't) (?:\w+ )?(?:fed|eaten|feed|feeding)|"
    r"starv\w+|hungry",
    rf"{_WHO} (?:{_IS} ){{1,3}}(?:neglected|abandoned|trapped|tied up|chained)|neglect(?:s|ing) {_WHOM}",
    rf"lock(?:s|ed|ing)? {_WHOM} (?:in|up|out|inside|outside)|{_WHO} (?:(?:{_IS}|kept|left) ){{1,3}}locked "
    r"(?:in|up|inside|away|outside)|locked in (?:an? |the |his |her |their )?(?:\w+ )?(?:room|bedroom|cellar|"
    r"house|flat|"
    r"cupboard|bathroom|loft|garage|shed|car|basement|wardrobe)|(?:tied|chained) (?:her|him|them|me)",
)
_SEXUAL = (
    r"groom(?:s|ed|ing|er)?|rap(?:e[sd]?|ing|ist)|molest\w*|traffick\w*|incest\w*|paedophiles?|county lines|nudes|"
    r"naked|indecent\w*|touch\w* (?:\w+ ){0,2}inappropriately|inappropriate(?:ly)? touch\w*|(?:forced|"
    r"child) marriage|fgm",
    r"sexual(?:ly|ised|ized)? (?:\w+ )?(?:abus|assault|exploit|harm|touch|violen|contact|activ|act|predat|image|"
    r"photo|"
    r"pictur|messag|behav)\w*|(?:had|having|has|have) sex with|(?:his|her|their|my|our) private parts?|"
    r"exploit(?:s|ing) \w+",
)

_NO_NAME = (
    r"(?!(?i:chronolog|plan|supervis|record|assess|evidence|entr|analys|date|signature|page|comment|review|"
    r"minute|note|"
    r"genogram|form|section|what|voice|there|this|that|something|nothing|which|much|detail|information|here|it|one|"
    r"management|oversight|consent|grade|document|history|context|contact|attachment|file|tool|audit|report|visit))"
)
_OF_A_NAME = (
    rf"(?i:{_HURTS}|kill(?:s|ed|ing)?|neglect(?:s|ing)) {_NAME}|(?i:lock(?:s|ed|ing)?) {_NAME} (?:in|up|outside)",
    rf"{_NO_NAME}{_NAME} (?i:(?:{_IS} ){{1,3}}(?:{_MISSING}|locked (?:in|up)|dead|neglected|abandoned))",
    rf"(?i:scared|afraid|frightened|terrified) (?:of|for) {_NAME}",
)


def _finds(rules: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(rules)})(?!\w)")


_ALARMING = _finds((*_RISK, *_VIOLENCE, *_KILLING, *_SELF_HARM, *_GONE, *_LEFT, *_SEXUAL))
_NAMED = _finds(_OF_A_NAME)


def is_heard(words: str) -> bool:
    """Whether words say inadequate, not safe, or that somebody is hurt, hurts themselves, is gone, left or used."""
    text = " ".join(words.split()).replace("’", "'").replace("'s ", " 's ")
    return bool(_ALARMING.search(text.lower()) or _NAMED.search(text))
