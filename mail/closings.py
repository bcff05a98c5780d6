"""What closes a letter: a disclaimer, a phone's footer, what stands below a name.

Each sentence is known by itself. Whatever else stands there, however it begins, is its writer's and is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.words import plain, sounds_alarming
from documents.mail_marks import FOOTER, REST_IS_CLOSING
from mail.taken_back import does_not_count, takes_back

_RULE = re.compile(r"[ \t]*[_=*~-]{3,}[ \t]*")
_WRAPPED = 50
"""A line as long as this goes on in the next."""
_LONGEST = 1_500
"""Letters in a sentence. No disclaimer has a longer one, and a letter made to keep us busy does."""


def without_closings(text: str) -> str:
    """A text without what closes it: from the first closing on, all of it but the sentences that are none."""
    found: list[str] = []
    closing = signed = False
    for run in _runs(text):
        line = " ".join(part.strip() for part in run)
        if line == "--":
            closing = signed = True
        elif _RULE.fullmatch(line):
            found.append("")
        elif _is_footer(line) or (signed and is_contact(line)):
            closing = True
        else:
            said = _sentences(line)
            left = [one for one in said if not (is_disclaimer(one) or (closing and is_signpost(one)))]
            begins = closing or (bool(said) and _opens(said[0]) and is_disclaimer(said[0]))
            closing = begins
            found += run if not begins or len(left) == len(said) else [" ".join(left)]
    return "\n".join(found)


def _runs(text: str) -> Iterator[list[str]]:
    """The lines of a text, those together that a mail program broke."""
    run: list[str] = []
    for line in text.split("\n"):
        goes_on = run and len(run[-1]) >= _WRAPPED and len(run) < 40
        if goes_on and re.match(r"\s*[^\W\d_(]|\s*\(", line) and not REST_IS_CLOSING.match(line):
            run.append(line)
            continue
        if run:
            yield run
        run = [line]
    yield run


def _sentences(line: str) -> list[str]:
    return [one for one in re.split(r"(?<=[.!?])[\"”)*]{0,3}\s+(?=\W{0,3}[A-Z0-9])", line) if re.search(r"\w", one)]


# a phone


def _is_footer(line: str) -> bool:
    """Whether a line is what a phone writes below a letter, and nothing else. "Sent from my car" is none."""
    return len(line) < 300 and bool(FOOTER.fullmatch(plain(re.sub(r"<[^<>]*>|\([^()]*\)", " ", line))))


# a disclaimer

_HEADING = re.compile(
    r"(?:[\w&' ]{1,40}council )?"
    r"(?:e-?mail |legal )?(?:disclaimer|confidentiality(?: notice| statement)?|important notice|"
    r"important information|privacy notice|private and confidential|security warning)(?: notice)?|"
    r"official(?:[ -]+sensitive)?|thank you for your co-?operation"
)
_KEY = re.compile(
    r"\b(?:confidential\w*|privileged|privacy|intended recipients?|intended (?:solely|only|exclusively)|addressees?|"
    r"virus(?:es)?|malware|liab(?:le|ility)|responsibility|disclos\w+|unauthori[sz]ed|prohibited|opinions?|views|"
    r"monitor\w*|freedom of information|data protection|gdpr|personal data|received (?:this|it)|sent to you|copyright|"
    r"environment|scanned|encrypt\w+|delete|destroy|recipients?|safeguards|intercepted|contract|legally|registered)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:i|(?:i|he|she|they)['’]\w+|me|my|mine|myself|he|she|him|her|his|hers|child|children|family|mother|father|case|audit|alert|today|"
    r"tonight|tomorrow|yesterday|until|till|holiday|leave|wrong|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_NOT_OF_ONE = re.compile(r"\bchildren['’]?s['’]? (?:social care|services?)\b", re.IGNORECASE)
_IF = r"\b(?:if|should|where|unless|anyone who|who) [^.]{0,200}?"
_USUAL = re.compile(
    rf"{_IF}\b(?:in|by) (?:error|mistake)\b(?:,? (?:please )?(?:ignore|disregard) (?:this|the) (?:e-?mail|message))?|"
    r"\b(?:can ?not|can['’]t|will not|unable to|not able to|does not|do not) (?:\w+ ){0,2}(?:guarantee\w*|warrant\w*|"
    r"accept(?:ed)? (?:\w+ ){0,3}(?:responsibility for|liability)|be (?:held |legally )?(?:liable|"
    r"responsible|guaranteed|relied))\b|"
    r"\bautomatically (?:\w+ ){0,2}(?:scanned|monitored|recorded|archived|logged)\b|"
    r"\b(?:disclos\w+|cop(?:y|ies|ied)|forward\w*|distribut\w+|show|use|contents|information) [^.]{0,80}?"
    r"(?:(?:any|some)(?:one|body) else|another person)\b|"
    r"\b(?:do not|don['’]t) (?:read|use|record)\b(?=[^.]{0,80}\b(?:cop(?:y|ied)|disclos\w+|distribut\w+|forward|print|"
    r"rely|contents)\b)|"
    r"\b(?:received|recipient|addressee)\b[^.]{0,120}\b(?:ignore|disregard) (?:this|the) (?:e-?mail|message)\b",
    re.IGNORECASE,
)
"""What disclaimers say that would take something back if a person said it."""
_MADE_OF = """
a about accept accepted accepts accordance accuracy accurate act act's action actions addressed addressee addressees
advice advise advised affect after against agent agreement all altered an and any anyone applicable applies
appropriate are arise arising as at attached attachment attachments authorised authorities authority authorized
based be been before behalf being believe believed belong binding body borough breach but by can cannot carry caused
check checked checks circumstances city classification click communication communications company complete computer
conclude conditions confidential confidentiality confirmed consent consequences consider considered constitute
constitutes contact contain contained containing contains content content's contents contract contracts copied
copies copy copying copyright corporate correspondence council council's councils county damage damages data defects
delay delete deleted deleting deliver delivered delivery destroy destroyed details disclaim disclaimer disclaims
disclose disclosed disclosing disclosure dispose disposed disseminate dissemination distribute distributed
distributing distribution do document documents does doing due e e-mail e-mails each either electronic
electronically email email's emails employee employees enclosed encrypted endorse endorsed england ensure entities
entity environment environmental error errors event every except exclusive exclusively exempt exemption express
expressed file files find following for form forward forwarded forwarding found free freedom from fully further gdpr
general government guarantee guaranteed had handle has have having held here how however http https if immediately
impact in inadvertently inbound including incoming individual individuals inform information informed instance
intellectual intended intercepted interference internet into is it its itself kept kind known law lawful laws legal
legally legislation liability liable like link local loss lost made mail mailbox mails maintained make making
malicious malware marked material may means message messages mistake mistakenly misuse monitor monitored monitoring
must named necessarily necessary need network no non not note notice notification notified notify notifying number
obligations obtained of officers official omitted on only open opening opinion opinions or organisation
organisations organization originator other otherwise our out outgoing own paper part parties party permission
permitted person personal please policies policy possible postmaster precautions presence present print printing
prior privacy privileged processed processing prohibited prohibition property protect protected protection
protective public purpose purposes receipt receive received receiving recipient recipients record recorded records
refer reference regarding registered regulation regulations related release released reliance relied rely replies
reply replying represent reproduce reproduced request requested requests require required responsibility responsible
result return returning review rights risk risks sanction save scan scanned scanning secrecy secure secured security
send sender senders sending sensitive sent service services shall shared should show software solely some specific
specifically staff stated statements states steps stored strictly subject such suffer suffered sustained system
systems take taken taking telephone terms than that the their them then therefore these they this those through to
transfer transmission transmissions transmit transmitted treat trees uk unauthorised unauthorized under unencrypted
unintended unitary unlawful unless upon us use used user users uses using v via view views virus virus-free viruses
visit waive waived wales warrant warranty was waste we website were when where whether which while who whole whom
whose will with within without would writing written www you your yourself
"""
_WORDS = frozenset(_MADE_OF.split())
"""The words that disclaimers are made of. A sentence with many others is somebody's own."""
_NAMES = re.compile(r"\S+@\S+|\bhttps?:\S+|\bwww\.\S+|[\w.-]+\.(?:gov|org|co|nhs)(?:\.uk)?\S*|\d+", re.IGNORECASE)


_ABOUT_MAIL = re.compile(
    r"\b(?:e-?mails?|messages?|communications?|transmissions?|intended recipient|addressee|print(?:ing)?)\b",
    re.IGNORECASE,
)


def _opens(sentence: str) -> bool:
    """Whether a disclaimer may begin with a sentence: it is a heading, or speaks of the mail itself."""
    return bool(_HEADING.fullmatch(plain(sentence)) or _ABOUT_MAIL.search(sentence))


def is_disclaimer(sentence: str) -> bool:
    """Whether a sentence is one of those that offices put below every letter: made of their words, and of no person."""
    if len(sentence) > _LONGEST:
        return False
    if _HEADING.fullmatch(plain(sentence)) or _SAVES_PAPER.fullmatch(plain(sentence)):
        return True
    said = re.findall(r"[a-z][a-z'-]*", _NAMES.sub(" ", plain(sentence)))
    others = [one for one in said if one not in _WORDS]
    if len(said) < 4 or len(others) * 4 > len(said) or not _KEY.search(sentence):
        return False
    of_its_own = _NOT_OF_ONE.sub(" ", _USUAL.sub(" ", sentence))
    return not (
        _PERSONAL.search(of_its_own)
        or sounds_alarming(sentence)
        or takes_back(of_its_own)
        or does_not_count(of_its_own)
    )


_SAVES_PAPER = re.compile(
    r"\W*(?:please )?(?:consider|think (?:of|about)) the environment(?: before (?:you )?print(?:ing)?(?: out)?"
    r"(?: (?:this|the) (?:e-?mail|message))?)?|(?:save paper|think before you print)\W*"
)


# whom to ring for a child, as offices have it below every letter

_ANY = (
    r"(?:an?|any|another) (?:(?:vulnerable|young|local) )*(?:child|young person|adult|person|children)"
    r"(?:['’]s (?:safety|welfare))?"
)
_SIGNPOST = re.compile(
    rf"\W*(?:(?:if|should) (?:you|anyone|anybody|somebody|someone) (?:\w+ ){{1,6}}{_ANY}|"
    rf"(?:if|when) {_ANY} (?:may be|might be|is)|"
    rf"(?:are you )?(?:worried|concerned) about {_ANY}|to report (?:\w+ ){{0,3}}(?:concerns?|abuse|harm)|"
    r"in (?:an|any|case of an) emergency)\b.{0,160}?"
    r"\b(?:ring|call|contact|phone|telephone|dial|report|visit|see|e-?mail)\b.{0,160}(?:\d{3}|@|www\.|https?:).{0,160}",
    re.IGNORECASE,
)
_WORRIED = re.compile(rf"\W*(?:are you )?(?:worried|concerned) about {_ANY}(?: or {_ANY})?\W*", re.IGNORECASE)
_OF_SOMEBODY = re.compile(
    r"\b(?:i|(?:i|he|she)['’]\w+|me|my|mine|he|she|him|her|his|this child|the child|was|has been)\b", re.IGNORECASE
)


def is_signpost(sentence: str) -> bool:
    """Whether a sentence says whom to ring for any child at risk, and speaks of none."""
    if len(sentence) > _LONGEST or _OF_SOMEBODY.search(sentence) or takes_back(sentence):
        return False
    return bool(_SIGNPOST.fullmatch(sentence) or _WORRIED.fullmatch(sentence))


def without_signposts(words: str) -> str:
    """Words without the sentences that say whom to ring for a child at risk."""
    lines = (" ".join(part.strip() for part in run) for run in _runs(words))
    return "\n".join(" ".join(one for one in _sentences(line) if not is_signpost(one)) for line in lines)


# below a name

_SPEAKS = re.compile(r"\b(?:i|me|my|we|us|our|mine)\b(?!/)", re.IGNORECASE)
_TELLS = re.compile(
    r"\b(?:he|she|they|you|it|is|are|was|were|has|have|had|please|not|no|who|"
    r"(?:ring|call|contact|phone|telephone|ask|try|tell|text|e-?mail)\s+[a-z]\w*)\b(?!/)",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_WHEN = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|weds?|thurs?|fri|today|tonight|tomorrow|until|till|"
    rf"cover\w*|back|return\w*|next|week\w*|hours?|holidays?|\d{{1,2}}/\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?"
    rf" {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+@\S+|\bhttps?:\S+|\bwww\.\S+|\+?\b\d[\d ()-]{6,}\d\b|\b(?:999|101|111)\b", re.IGNORECASE)
_LONGEST_TITLE = 8
"""Words in a line of a signature, but for numbers and addresses."""
_IN_TITLES = """
manager worker social team service services children children's head lead director officer practice senior principal
quality assurance duty family families support council assistant deputy independent reviewing chair advanced interim
community early help care with from office mobile phone telephone direct line email mail web website work
switchboard extension fax pronouns she/her he/him they/them
"""
_TITLES = frozenset(_IN_TITLES.split())


def is_contact(line: str) -> bool:
    """A line below a name that tells nothing: a title, a team, a number to ring. One with a day in it may tell."""
    said = _sentences(line)
    if said and all(is_signpost(one) or is_disclaimer(one) for one in said):
        return True
    bare = _ADDRESS.sub(" ", line)
    if any(found.search(line) for found in (_SPEAKS, _TELLS, _WHEN)) or takes_back(line) or sounds_alarming(line):
        return False
    words = re.findall(r"[^\W\d_][\w'’/-]*", bare)
    return len(words) <= _LONGEST_TITLE and all(
        len(one) <= 3 or one[0].isupper() or one.lower() in _TITLES for one in words
    )
