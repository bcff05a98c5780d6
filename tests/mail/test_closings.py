"""Disclaimers, phone footers and signatures are nobody's words; whatever else stands below a letter is its writer's."""

from __future__ import annotations

import time

import pytest

from mail.bodies import own_words

RULE = "_" * 32
HARMLESS = {
    "short": "This email and any attachments are confidential.",
    "a phone": "Sent from my iPhone",
    "a phone of the office": "Sent from my work mobile, please excuse any typos",
    "a phone with a program": "Sent from my Samsung Galaxy S21 using Outlook",
    "Outlook on a phone": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Outlook on a phone, older": "Sent from Outlook for Android",
    "Windows": "Sent from Mail for Windows 10",
    "Yahoo": "Sent from Yahoo Mail on Android",
    "Outlook's rule above a quote": f"{RULE}\nFrom: QA <qa@telford.example>\nSent: Monday\nTo: Morgan\n\nReply ACK",
    "Outlook's rule in Welsh": f"{RULE}\nOddi wrth: QA <qa@telford.example>\nAnfonwyd: dydd Llun\n\nReply ACK",
    "in error": (
        "This email is intended solely for the use of the individual to whom it is addressed. If you are not the "
        "intended recipient, you have received this email in error. Please do not read, copy or disclose it, notify "
        "the sender immediately and delete it from your system."
    ),
    "in lines of a mail program": (
        "This message and any attachments may contain confidential and privileged\n"
        "information. If you have received it by mistake please tell the sender and\n"
        "delete it; you must not disclose its contents to anyone else."
    ),
    "a council's, long": (
        f"{RULE}\n\nIMPORTANT NOTICE\n\n"
        "The information contained in this e-mail is confidential and may be legally privileged. It is intended only "
        "for the addressee. If you are not the named addressee you must not use, copy, distribute or disclose it. If "
        "this message was sent to you in error, please disregard this message and notify the postmaster.\n\n"
        "Any views or opinions expressed are those of the author and do not necessarily represent those of the "
        "Council. The Council does not accept any liability for any loss or damage caused by any virus transmitted "
        "by this email, and cannot guarantee that it is free from viruses. You should carry out your own virus checks "
        "before opening any attachment.\n\n"
        "E-mails sent to and from the Council may be monitored and recorded, and may have to be disclosed under the "
        "Freedom of Information Act 2000. For how we use personal data see our privacy notice at "
        "www.council.example.gov.uk/privacy."
    ),
    "a council's, with whom to ring": (
        "This email is confidential and may contain privileged information.\n\n"
        "If you are worried about a child, ring Family Connect on 01952 385385.\n"
        "If you think that a child is at risk of harm, call 999."
    ),
    "a heading": (
        "DISCLAIMER:\nThis communication may contain personal data and must not be forwarded without permission."
    ),
    "a council's heading": (
        "Telford & Wrekin Council Disclaimer\n"
        "This transmission is intended for the named addressee(s) only and may contain sensitive or protectively "
        "marked material up to OFFICIAL SENSITIVE and should be handled accordingly. Unless you are the named "
        "addressee (or authorised to receive it for the addressee) you may not copy or use it, or disclose it to "
        "anyone else. If you have received this transmission in error please notify the sender immediately."
    ),
    "whom to ring about the mail": (
        "The contents of this email and any attachments are confidential to the intended recipient. If this email is "
        "received in error, please contact Central Bedfordshire Council on 0300 300 8000 quoting the name of the "
        "sender and the email address to which it has been sent and then delete it."
    ),
    "a marking": "OFFICIAL-SENSITIVE",
    "thanks": "If you received this message by mistake, please delete it. Thank you for your co-operation.",
    "paper": "Please consider the environment before printing this email.",
    "views": "The views expressed in this message are personal and do not necessarily represent those of the council.",
    "monitored": "This message has been scanned for viruses and malware and automatically recorded by our systems.",
    "a signature": "-- \nMorgan Example (she/her)\nTeam Manager, Children in Care\nTel: 01952 380000\nwww.t.example",
    "a signature with whom to ring": (
        "--\nMorgan Example\nWorried about a child? To report safeguarding concerns, ring 01952 385385"
    ),
}
SAID = (
    "This message is urgent: she has been beaten again tonight and I cannot go.",
    "This message was sent to me in error: I have nothing to do with this child.",
    "This message was sent in error.",
    "This email was sent with the wrong child's form: please do not file it.",
    "This message is intended for Sam, who deals with this case.",
    "This email is confidential, please call Sam instead.",
    "This communication was not for me.",
    "Sent from my car. I can't deal with this until tonight.",
    "Sent from my phone - she is being hurt, please ring me now.",
    "Important notice: the child is not safe at home.",
    "If you do nothing the child is at risk, ring 01952 385385 now.",
    "I cannot do this.",
    "We do not accept responsibility for this family.",
    "The recipient of this email has left.",
    "This email address is no longer monitored.",
    "Sam is covering until Monday.",
)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_closes_a_letter_is_nobodys_words(name: str) -> None:
    assert own_words(f"ACK\n\n{HARMLESS[name]}\n") == "ACK"


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize(
    "above", ["", RULE, "Sent from my iPhone", "-- \nMorgan Example", HARMLESS["a council's, long"]]
)
def test_words_are_the_writers_wherever_they_stand(said: str, above: str) -> None:
    """The start of a line cuts nothing off: "This email is" may be a person's, and a person may write below a rule."""
    assert own_words(f"ACK\n{above}\n{said}\n").split() == f"ACK {said}".split()


@pytest.mark.parametrize("said", ["She has been beaten and is at risk tonight.", "Please do not file it, wrong child."])
def test_words_in_the_middle_of_a_disclaimer_are_kept(said: str) -> None:
    text = f"1 good\n\nThis email and any attachments are confidential. {said} If received in error, please delete it."
    assert own_words(text) == f"1 good\n\n{said}"


@pytest.mark.parametrize(
    "text",
    ["This email is " * 40_000, "a. " * 200_000, "If you " * 100_000, ("x " * 30 + "\n") * 10_000, "-- \n" * 50_000,
     "if this is show use copy " * 40_000, "Sent from my " * 60_000, ("if you are " * 40 + "confidential. ") * 600],
    ids=["a marker", "sentences", "signpost", "wrapped", "dashes", "usual", "phones", "conditions"],
)  # fmt: skip
def test_no_closing_keeps_the_reader_busy(text: str) -> None:
    began = time.process_time()
    own_words(text)
    assert time.process_time() - began < 10
