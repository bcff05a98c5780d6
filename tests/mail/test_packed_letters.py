"""Tools that come packed up in another letter: winmail.dat, .msg, forwarded, signed; and those that nobody can open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from audit.answers import Audit
from documents import guard, outlook_item, signed_letter, tnef
from tests.documents import packed
from tests.documents.packed import File, Letter
from tests.documents.signing import sealed_by_a_library, signed_by_a_library
from tests.mail.room import AUDITOR, INBOX, OTHER_AUDITOR, Room, words_of
from tests.returned import hostile_letters

Pack = Callable[[Letter], bytes]
TNEF, ITEM, RFC822 = "application/ms-tnef", "application/vnd.ms-outlook", "message/rfc822"
SMIME = "application/pkcs7-mime"
SIGNED = f'{SMIME}; smime-type="signed-data"; name=smime.p7m'


def posts(room: Room, *parts: tuple[str, str, bytes], text: str = "Done, see attached.\n", **headers: str) -> None:
    """A letter of the auditor with these parts: type, name and content."""
    letter = MIMEMultipart()
    _head(room, letter, headers)
    letter.attach(MIMEText(text))
    for kind, name, data in parts:
        if kind == RFC822:
            letter.attach(MIMEMessage(message_from_bytes(data)))
            continue
        part = MIMEApplication(data, kind.partition("/")[2])
        if name:
            part.add_header("Content-Disposition", "attachment", filename=name)
        letter.attach(part)
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()


def posts_whole(room: Room, kind: str, data: bytes, **headers: str) -> None:
    """A letter of the auditor that is nothing but one thing in which all else is packed up."""
    letter = MIMEApplication(data, "octet-stream")
    letter.replace_header("Content-Type", kind)
    _head(room, letter, headers)
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()


def _head(room: Room, letter: MIMEMultipart | MIMEApplication, headers: dict[str, str]) -> None:
    letter["From"], letter["To"], letter["Subject"] = AUDITOR, INBOX, "The tool"
    letter["Date"], letter["Message-ID"] = format_datetime(room.now), "<packed@sender.example>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value


def with_tools(room: Room, audits: Sequence[Audit], words: str = "Done, see attached.") -> Letter:
    return Letter(words, tuple(File(f"tool {place}.docx", room.filled(one)) for place, one in enumerate(audits)))


def is_refused(room: Room, says: str) -> None:
    """The sender got this sentence and the letter waits for a person."""
    assert says in " ".join(room.told("reply", AUDITOR).split())
    assert [one.state for one in room.letters()] == ["needs_a_person"]
    assert room.post.list_folder("needs-a-person")
    assert room.faults() == 0


# what is read


@pytest.mark.parametrize(
    ("kind", "name"),
    [(TNEF, "winmail.dat"), (TNEF, ""), ("application/octet-stream", "ATT00001.dat"), (TNEF, "letter.docx")],
)
def test_a_tool_in_a_winmail_dat_is_filed_whatever_that_is_called(room: Room, kind: str, name: str) -> None:  # G01
    audit = room.allocates()
    posts(room, (kind, name, packed.tnef(with_tools(room, [audit]))))
    assert room.audit(audit)["state"] == "submitted"
    assert room.told("receipt", AUDITOR)
    assert room.letters()[0].state == "done"
    assert room.faults() == 0


@pytest.mark.parametrize("pack", [packed.tnef, packed.msg, packed.eml])
def test_several_tools_in_one_are_handled_one_by_one(room: Room, pack: Pack) -> None:
    audits = [room.allocates(), room.allocates(case="4022")]
    posts(room, ("application/octet-stream", "x.msg", pack(with_tools(room, audits))))
    assert [room.audit(one)["state"] for one in audits] == ["submitted", "submitted"]
    told = [str(one["Subject"]) for one in room.letters_out("receipt", AUDITOR)]
    assert sorted(said[:7] for said in told) == sorted(one.reference for one in audits)


def test_one_that_cannot_be_read_holds_the_other_back_in_no_way(room: Room) -> None:
    audit = room.allocates()
    files = (File("a.docx", hostile_letters.locked()), File("b.docx", room.filled(audit)))
    posts(room, (TNEF, "winmail.dat", packed.tnef(Letter("See attached.", files))))
    assert room.audit(audit)["state"] == "submitted"
    assert "the first file: it is locked with a password" in " ".join(room.told("reply", AUDITOR).split())
    assert room.letters()[0].state == "needs_a_person"


@pytest.mark.parametrize("pack", [packed.tnef, packed.msg, packed.eml])
def test_a_name_that_leads_out_of_the_folder_leads_nowhere(room: Room, pack: Pack) -> None:
    audit = room.allocates()
    letter = Letter("See attached.", (File("../../x.docx", room.filled(audit)),))
    posts(room, ("application/octet-stream", "../../winmail.dat", pack(letter)))
    assert room.audit(audit)["state"] == "submitted"
    beside = [path.name for path in room.folder.parent.iterdir()]
    within = [path.name for path in room.folder.rglob("*")]
    assert not [name for name in (*beside, *within) if name in ("x.docx", "winmail.dat")]


@pytest.mark.parametrize("kind", ["global", "news"])
def test_words_in_a_letter_of_another_family_are_nobodys_answer_and_are_heard(room: Room, kind: str) -> None:
    audit = room.allocates()
    inner = b"From: x@elsewhere.example\r\n\r\nPlease audit case 4099, CP. The child is not safe.\r\n"
    posts_whole(room, f"message/{kind}", inner)
    (letter,) = room.letters()
    assert letter.state == "needs_a_person"
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]
    assert not [one for one in room.letters_out() if "request" in str(one["Subject"]).lower()]
    assert room.audit(audit)["state"] == "allocated"


def test_a_saved_letter_in_a_saved_letter_in_a_forwarded_one(room: Room) -> None:
    audit = room.allocates()
    inner = packed.msg(Letter("Forwarded.", (File("first", letter=with_tools(room, [audit])),)))
    posts(room, (RFC822, "", packed.eml(Letter("Forwarded.", (File("second.msg", inner),)))))
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "done"


def test_the_picture_of_a_signature_is_no_tool(room: Room) -> None:
    logo = File("image001.png", b"\x89PNG\r\n\x1a\n" + bytes(60), inline=True, content_type="image/png")
    audit = room.allocates()
    tool = File("tool.docx", room.filled(audit))
    for pack in (packed.tnef, packed.msg, packed.eml):
        data = pack(Letter("See attached.", (logo, tool)))
        assert [one.name for one in guard.vet_letter(data, guard.kind(data, "")).files] == ["tool.docx"]


def test_a_name_in_an_old_code_page_hides_no_tool(room: Room) -> None:
    audit = room.allocates()
    letter = packed.eml(with_tools(room, [audit]))
    name = b'filename="tool 0.docx"'
    assert name in letter
    posts(room, (RFC822, "", letter.replace(name, b'filename="=?iso-8859-16?Q?n=E3stroj=2Edocx?="')))
    assert room.audit(audit)["state"] == "submitted"
    assert room.faults() == 0


# who sent it


def test_whoever_wrote_the_letter_that_is_passed_on_does_not_count(room: Room) -> None:  # L02
    audit = room.allocates()
    inner = packed.eml(with_tools(room, [audit]), sender=OTHER_AUDITOR)
    posts(room, (RFC822, "passed on.eml", inner))
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters_out("receipt", AUDITOR)
    assert not room.letters_out("receipt", OTHER_AUDITOR)


@pytest.mark.parametrize("pack", [packed.msg, packed.eml])
def test_another_auditors_tool_is_not_filed_because_their_letter_is_attached(room: Room, pack: Pack) -> None:
    audit = room.allocates(auditor=OTHER_AUDITOR)
    posts(room, ("application/octet-stream", "a.msg", pack(with_tools(room, [audit]))))
    assert room.audit(audit)["state"] != "submitted"
    assert room.letters()[0].state == "needs_a_person"
    assert f"cannot find an audit {audit.reference} of yours" in " ".join(
        words_of(room.letters_out("reply", AUDITOR)[0]).split()
    )


def test_what_a_letter_says_that_was_passed_on_is_no_answer_of_its_sender(room: Room) -> None:
    audit = room.allocates()
    letter = with_tools(room, [audit], words="CONFIRM\n\nPlease ignore this, it is the wrong child.")
    posts(room, (ITEM, "a.msg", packed.msg(letter)))
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "done"


def test_what_it_says_of_a_child_at_risk_still_goes_to_a_person(room: Room) -> None:
    audit = room.allocates()
    letter = with_tools(room, [audit], words="I am worried, the child is not safe at home and was hit last night.")
    posts(room, (RFC822, "", packed.eml(letter)))
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "needs_a_person"


@pytest.mark.parametrize("pack", [packed.tnef, packed.msg, packed.eml])
def test_the_words_of_a_page_are_seen_too(pack: Pack) -> None:
    page = "<html><head><style>p {color: red}</style></head><body><p>The child is not<b> safe</b></p></body></html>"
    data = pack(Letter(page=page))
    assert guard.vet_letter(data, guard.kind(data, "")).words == "The child is not safe"


# a letter that is packed up whole


@pytest.mark.parametrize(
    ("kind", "pack"),
    [
        (TNEF, packed.tnef),
        (SIGNED, lambda one: packed.signed(packed.eml(one))),
        (SMIME, lambda one: packed.signed(packed.eml(one), in_pieces=True)),
    ],
)
def test_a_letter_packed_up_whole_is_filed_and_its_words_go_to_a_person(room: Room, kind: str, pack: Pack) -> None:
    audit = room.allocates()
    posts_whole(room, kind, pack(with_tools(room, [audit], "One more thing: I move to another team in May.")))
    assert room.audit(audit)["state"] == "submitted"
    assert room.told("receipt", AUDITOR)
    assert room.letters()[0].state == "needs_a_person"
    assert room.letters()[0].why == "Its words, or those of a letter inside it, need a reader."


def test_words_that_are_packed_up_say_that_a_tool_does_not_count(room: Room) -> None:
    audit = room.allocates()
    posts_whole(room, TNEF, packed.tnef(with_tools(room, [audit], "Please ignore this, it is the wrong child.")))
    assert room.audit(audit)["state"] != "submitted"
    is_refused(room, "may not count")


def test_packed_words_that_nobody_here_can_read_go_to_a_person_too(room: Room) -> None:
    audit = room.allocates()
    letter = Letter("", (File("tool.docx", room.filled(audit)),), formatted=b"LZFu" + bytes(40))
    posts_whole(room, TNEF, packed.tnef(letter))
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "needs_a_person"


def test_packed_words_beside_the_same_words_in_plain_text_need_nobody(room: Room) -> None:
    audit = room.allocates()
    posts(room, (TNEF, "winmail.dat", packed.tnef(with_tools(room, [audit], "Done, see attached."))))
    assert room.letters()[0].state == "done"


def test_an_acknowledgement_that_is_packed_up_stops_no_alert(room: Room) -> None:  # F22
    posts_whole(room, TNEF, packed.tnef(Letter("ACK")))
    is_refused(room, "I could not read your mail: it is a letter without a tool in it.")


def test_a_winmail_dat_with_nothing_but_the_letters_own_words_is_passed_over(room: Room) -> None:  # F22
    posts(room, (TNEF, "winmail.dat", packed.tnef(Letter("When is it due?"))), text="When is it due?\n")
    assert "could not read" not in room.told("reply", AUDITOR)
    assert room.letters()[0].sorted_as == "tools"
    assert room.letters()[0].state == "needs_a_person"


# signed, and sealed


def test_what_is_attached_to_a_signed_letter_is_filed(room: Room) -> None:
    audit = room.allocates()
    letter = MIMEMultipart("signed", protocol="application/pkcs7-signature", micalg="sha-256")
    _head(room, letter, {})
    inner = MIMEMultipart()
    inner.attach(MIMEText("Done, see attached.\n"))
    tool = MIMEApplication(room.filled(audit), "octet-stream")
    tool.add_header("Content-Disposition", "attachment", filename="tool.docx")
    inner.attach(tool)
    signature = MIMEApplication(packed.cms(2, bytes(300)), "pkcs7-signature", name="smime.p7s")
    signature.add_header("Content-Disposition", "attachment", filename="smime.p7s")
    letter.attach(inner)
    letter.attach(signature)
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    assert room.audit(audit)["state"] == "submitted"
    assert room.letters()[0].state == "done"


def test_an_encrypted_letter_is_kept_and_its_sender_told(room: Room) -> None:
    posts_whole(room, f"{SMIME}; smime-type=enveloped-data; name=smime.p7m", packed.cms(3, bytes(4000)))
    is_refused(room, f"I could not read your mail: {signed_letter.ENCRYPTED}")


def test_a_letter_encrypted_with_pgp_is_kept_and_its_sender_told(room: Room) -> None:
    letter = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    _head(room, letter, {})
    letter.attach(MIMEApplication(b"Version: 1\n", "pgp-encrypted"))
    letter.attach(MIMEApplication(b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n", "octet-stream"))
    room.posts(AUDITOR, letter.as_bytes(policy=SMTP))
    room.works()
    is_refused(room, f"I could not read your mail: {signed_letter.ENCRYPTED}")


def test_words_encrypted_with_pgp_are_kept_and_their_sender_told(room: Room) -> None:
    room.writes(AUDITOR, text="-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n")
    room.works()
    is_refused(room, f"I could not read your mail: {signed_letter.ENCRYPTED}")


def test_a_letter_that_microsoft_365_encrypted_is_kept_and_its_sender_told(room: Room) -> None:
    sealed = bytes.fromhex("76e80460c411e386") + bytes(2000)
    posts(room, ("application/x-microsoft-rpmsg-message", "message.rpmsg", sealed), text="")
    is_refused(room, "I could not read your mail: it is encrypted by Microsoft 365, and I cannot open it.")


# refused


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("winmail.dat with another checksum", f"I could not read your mail: {tnef.DAMAGED}"),
        ("winmail.dat that claims 4 GB", f"I could not read your mail: {tnef.DAMAGED}"),
        ("item in an item, five deep", f"I could not read the file that you attached: {outlook_item.TOO_DEEP}"),
        ("locked tool in an item", "I could not read file 1 in the letter that you attached: it is locked"),
        ("link in an item", "I could not read file 1 in the letter that you attached: it is a link to a file"),
        ("letter with nothing", "I could not read the file that you attached: it is a letter without a tool"),
    ],
)
def test_what_is_refused_is_told_and_kept(room: Room, case: str, says: str) -> None:
    room.allocates()
    hostile = hostile_letters.LETTERS[case]
    posts(room, ("application/octet-stream", hostile.name, hostile.make()))
    is_refused(room, says)


def test_letters_with_ten_letters_each_come_to_an_end(room: Room) -> None:
    leaf = Letter("Here.", tuple(File(f"{n}.docx", b"PK\x03\x04") for n in range(10)))
    letter = Letter("Here.", tuple(File("passed on", letter=leaf) for _ in range(10)))
    found = room.reading.read(packed.eml(letter), "a.eml", "AB", lambda _: ())
    assert len(found) == 11
    assert found[-1].unreadable == "it holds more than 10 files, one in the other. Please send fewer at a time."


@pytest.mark.parametrize(("pack", "name"), [(packed.tnef, "winmail.dat"), (packed.msg, "a.msg")])
def test_cut_off_anywhere_it_is_refused_or_read_whole(room: Room, pack: Pack, name: str) -> None:
    audit = room.allocates()
    data = pack(with_tools(room, [audit]))
    tool = room.tool(audit)
    whole = room.reading.read(data, name, "TW", lambda _: (tool,))
    assert whole[0].readings
    for place in range(50):
        (found,) = room.reading.read(data[: len(data) * place // 50], name, "TW", lambda _: (tool,))
        assert found.unreadable or found.readings == whole[0].readings
        assert not found.fault


def test_a_letter_signed_by_another_hand_is_opened(room: Room) -> None:
    """Signed and sealed by a library that knows nothing of ours."""
    inner = packed.eml(Letter("Hello.", (File("a.docx", b"PK\x03\x04x"),)))
    assert signed_letter.content(signed_by_a_library(inner)) == inner
    assert signed_letter.is_one(sealed_by_a_library(inner))
    with pytest.raises(signed_letter.Unreadable, match="it is encrypted"):
        signed_letter.content(sealed_by_a_library(inner))


@pytest.mark.parametrize("with_a_tool", [True, False])
@pytest.mark.parametrize(("kind", "pack"), [(TNEF, packed.tnef), (SMIME, lambda one: packed.signed(packed.eml(one)))])
def test_packed_words_are_listened_to_below_what_a_gateway_wrote(
    room: Room, kind: str, pack: Pack, with_a_tool: bool
) -> None:
    """A line that a gateway put above everything hides no word of the letter that it was put above."""
    letter = with_tools(room, [room.allocates()] if with_a_tool else [], "The child is at risk of harm.")
    posts(room, (kind, "", pack(letter)), text="CAUTION: this came from outside.\n")
    assert [one.limb for one in room.concerns()] == ["kept_letter_urgent"]
