"""SOAP as EWS speaks it, and Microsoft's published schema to check both sides against."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from lxml import etree
from lxml.builder import ElementMaker

MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMES = {"s": SOAP, "m": MESSAGES, "t": TYPES}
M = ElementMaker(namespace=MESSAGES, nsmap={"m": MESSAGES, "t": TYPES})
T = ElementMaker(namespace=TYPES, nsmap={"t": TYPES})
S = ElementMaker(namespace=SOAP, nsmap={"s": SOAP})
E = ElementMaker(namespace=ERRORS, nsmap={"e": ERRORS})
_HEADERS = ("RequestServerVersion", "ExchangeImpersonation", "TimeZoneContext")


def envelope(body: etree._Element) -> bytes:
    """An answer, with the version that the server says it has."""
    version = T.ServerVersionInfo(
        MajorVersion="15", MinorVersion="2", MajorBuildNumber="1544", MinorBuildNumber="4", Version="V2017_07_11"
    )
    return bytes(etree.tostring(S.Envelope(S.Header(version), S.Body(body)), xml_declaration=True, encoding="utf-8"))


def fault(code: str, says: str, milliseconds: int = 0) -> bytes:
    """A SOAP fault, as for a request that was not even looked at."""
    detail = etree.Element("detail")
    detail.append(E.ResponseCode(code))
    detail.append(E.Message(says))
    if milliseconds:
        detail.append(T.MessageXml(T.Value(str(milliseconds), Name="BackOffMilliseconds")))
    made = S.Fault()
    for name, words in (("faultcode", "s:Server"), ("faultstring", says)):
        etree.SubElement(made, name).text = words
    made.append(detail)
    return bytes(etree.tostring(S.Envelope(S.Body(made)), xml_declaration=True, encoding="utf-8"))


def response(operation: str, *messages: etree._Element) -> etree._Element:
    """The answer to an operation: a message for each thing that was asked."""
    return M(f"{operation}Response", M.ResponseMessages(*messages))


def message(operation: str, *content: etree._Element) -> etree._Element:
    """A message that it went well."""
    return M(f"{operation}ResponseMessage", M.ResponseCode("NoError"), *content, ResponseClass="Success")


def failed(operation: str, code: str, *content: etree._Element) -> etree._Element:
    """A message that it did not."""
    return M(
        f"{operation}ResponseMessage",
        M.MessageText("Words of the server's that may name somebody."),
        M.ResponseCode(code),
        M.DescriptiveLinkKey("0"),
        *content,
        ResponseClass="Error",
    )


def parsed(raw: bytes) -> etree._Element:
    """A request or an answer, however large the letter in it."""
    return etree.fromstring(raw, etree.XMLParser(huge_tree=True))


def schema_folder() -> Path | None:
    """Where the schema is, if it is anywhere."""
    named = os.environ.get("EWS_SCHEMA_DIR", "")
    return Path(named) if named and (Path(named) / "messages.xsd").is_file() else None


@cache
def _schema() -> etree.XMLSchema | None:
    folder = schema_folder()
    return etree.XMLSchema(etree.parse(folder / "messages.xsd")) if folder else None


def violations(raw: bytes) -> list[str]:
    """What the schema says against a request or an answer; nothing where there is no schema."""
    schema = _schema()
    if schema is None:
        return []
    whole = parsed(raw)
    parts = [one for one in whole.find("s:Body", NAMES) if one.tag != f"{{{SOAP}}}Fault"]
    header = whole.find("s:Header", NAMES)
    parts += [one for one in (header if header is not None else ()) if etree.QName(one).localname in _HEADERS]
    found = []
    for part in parts:
        if not schema.validate(parsed(etree.tostring(part))):
            found += [f"{etree.QName(part).localname}: {one.message}" for one in schema.error_log]
    return found
