"""Small pieces of WordprocessingML as text, and the package around them. Knows nothing of audits."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from documents import look

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = (
    f'xmlns:w="{_W}" xmlns:r="{_R}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" '
    'mc:Ignorable="w14 w15"'
)
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 11906, 16838, 1134  # A4 and 2 cm, in twentieths of a point
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN


def text(words: str) -> str:
    """Words safe inside XML."""
    return escape(_FORBIDDEN.sub("", words))


def attribute(words: str) -> str:
    """Words safe as a quoted attribute."""
    return quoteattr(_FORBIDDEN.sub("", words))


def run(words: str, style: str = "", extra: str = "") -> str:
    """A run of text; line breaks stay line breaks."""
    properties = (f'<w:rStyle w:val="{style}"/>' if style else "") + extra
    properties = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{text(line)}</w:t>' for line in words.split("\n"))
    return f"<w:r>{properties}{lines}</w:r>"


def paragraph(content: str, style: str = "", extra: str = "") -> str:
    """A paragraph around runs that are XML already."""
    properties = (f'<w:pStyle w:val="{style}"/>' if style else "") + extra
    properties = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{properties}{content}</w:p>"


def tab() -> str:
    """A step to the next tab stop."""
    return "<w:r><w:tab/></w:r>"


def says(words: str, style: str = "") -> str:
    """A paragraph of plain words."""
    return paragraph(run(words), style)


def _hollow(words: str) -> str:
    """Words that wait to be written over; the colour stands here too, because some editors drop the style's."""
    return run(words, "PlaceholderText", f'<w:color w:val="{look.QUIET}"/>')


@dataclass
class Writer:
    """Hands out the ids that must be unique in a document and collects its outside links."""

    controls: int = 1000
    bookmarks: int = 0
    links: list[str] = field(default_factory=list)

    def bookmarked(self, name: str, content: str) -> str:
        """Runs between the two ends of a bookmark."""
        start, end = self.bookmark_ends(name)
        return start + content + end

    def bookmark_ends(self, name: str) -> tuple[str, str]:
        """The two ends of a bookmark that spans paragraphs."""
        self.bookmarks += 1
        return (
            f'<w:bookmarkStart w:id="{self.bookmarks}" w:name={attribute(name)}/>',
            f'<w:bookmarkEnd w:id="{self.bookmarks}"/>',
        )

    def link(self, address: str, words: str) -> str:
        """A link that can be clicked."""
        self.links.append(address)
        return f'<w:hyperlink r:id="rIdL{len(self.links)}" w:history="1">{run(words, "Hyperlink")}</w:hyperlink>'

    def text_control(self, tag: str, alias: str, placeholder: str) -> str:
        """A control for words, as rich text: of a plain one LibreOffice joins the lines when it saves, and shows the
        placeholder like an answer.
        """
        return self._control(tag, alias, "", _hollow(placeholder), empty=True)

    def date_control(self, tag: str, alias: str, placeholder: str) -> str:
        """A control for a day, with Word's calendar."""
        kind = (
            f'<w:date><w:dateFormat w:val="d MMMM yyyy"/><w:lid w:val="{look.LANGUAGE}"/>'
            '<w:storeMappedDataAs w:val="date"/><w:calendar w:val="gregorian"/></w:date>'
        )
        return self._control(tag, alias, kind, _hollow(placeholder), empty=True)

    def dropdown(self, tag: str, alias: str, placeholder: str, items: Iterable[tuple[str, str]]) -> str:
        """A control with a list; `items` are values and words. The first entry takes a choice back."""
        entries = "".join(
            f"<w:listItem w:displayText={attribute(words)} w:value={attribute(value)}/>"
            for value, words in (("", placeholder), *items)
        )
        kind = f"<w:dropDownList>{entries}</w:dropDownList>"
        return self._control(tag, alias, kind, _hollow(placeholder), empty=True)

    def checkbox(self, tag: str, alias: str) -> str:
        """A box to tick."""
        kind = (
            '<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
            '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>'
        )
        fonts = (
            '<w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic" w:eastAsia="MS Gothic" w:hint="eastAsia"/>'
            f'<w:color w:val="{look.ACCENT}"/>'
        )
        return self._control(tag, alias, kind, run("☐", extra=fonts))

    def _control(self, tag: str, alias: str, kind: str, content: str, empty: bool = False) -> str:
        self.controls += 1
        showing = "<w:showingPlcHdr/>" if empty else ""
        return (
            f"<w:sdt><w:sdtPr><w:alias w:val={attribute(alias[:64])}/><w:tag w:val={attribute(tag)}/>"
            f'<w:id w:val="{self.controls}"/><w:lock w:val="sdtLocked"/>{showing}{kind}</w:sdtPr>'
            f"<w:sdtContent>{content}</w:sdtContent></w:sdt>"
        )


def cell(width: int, content: str, shade: str = "", heads: bool = False) -> str:
    """A table cell around whole paragraphs; a heading one is ruled off in the accent colour."""
    rule = f'<w:bottom w:val="single" w:sz="12" w:space="0" w:color="{look.ACCENT}"/>'
    rule = f"<w:tcBorders>{rule}</w:tcBorders>" if heads else ""
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{rule}{fill}</w:tcPr>{content}</w:tc>'


def row(cells: Iterable[str], header: bool = False, height: int = 0) -> str:
    """A table row. It may run over a page: LibreOffice 7.4 drops the rows after one that is told not to."""
    properties = (f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else "") + (
        "<w:tblHeader/>" if header else ""
    )
    properties = f"<w:trPr>{properties}</w:trPr>" if properties else ""
    return f"<w:tr>{properties}{''.join(cells)}</w:tr>"


def header_row(widths: Sequence[int], titles: Sequence[str]) -> str:
    """The row that names the columns and is repeated on every page."""
    cells = (cell(width, says(title, "TableHeader"), heads=True) for width, title in zip(widths, titles, strict=True))
    return row(cells, header=True)


def table(widths: Sequence[int], rows: Iterable[str], caption: str, description: str) -> str:
    """A table with alternative text, ruled by thin grey lines only."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{look.RULE}"'
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="Ruled"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f"<w:tblBorders><w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders>"
        '<w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:top w:w="85" w:type="dxa"/><w:left w:w="113" w:type="dxa"/>'
        '<w:bottom w:w="85" w:type="dxa"/><w:right w:w="113" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1"'
        ' w:noVBand="1"/>'
        f"<w:tblCaption w:val={attribute(caption)}/><w:tblDescription w:val={attribute(description)}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def page_number() -> str:
    """ "Page 2 of 9", counted by the editor."""
    count = '<w:fldSimple w:instr=" {} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    return run("Page ") + count.format("PAGE") + run(" of ") + count.format("NUMPAGES")


@dataclass(frozen=True)
class Document:
    """Everything a package holds. `body` and `footer` are paragraphs and tables, as XML."""

    title: str
    author: str
    subject: str
    body: str
    footer: str
    properties: tuple[tuple[str, str], ...]
    links: tuple[str, ...] = ()


_WHEN = (1980, 1, 1, 0, 0, 0)  # a fixed time: the same tool is the same bytes


def package(document: Document) -> bytes:
    """The .docx file."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            ("rId1", f"{_R}/officeDocument", "word/document.xml"),
            ("rId2", f"{_RELS}/metadata/core-properties", "docProps/core.xml"),
            ("rId3", f"{_R}/extended-properties", "docProps/app.xml"),
            ("rId4", f"{_R}/custom-properties", "docProps/custom.xml"),
        ),
        "word/document.xml": _document(document.body),
        "word/_rels/document.xml.rels": _relations(
            ("rId1", f"{_R}/styles", "styles.xml"),
            ("rId2", f"{_R}/settings", "settings.xml"),
            ("rId3", f"{_R}/numbering", "numbering.xml"),
            ("rId4", f"{_R}/footer", "footer1.xml"),
            *((f"rIdL{place}", f"{_R}/hyperlink", link) for place, link in enumerate(document.links, 1)),
        ),
        "word/styles.xml": _STYLES,
        "word/settings.xml": _SETTINGS,
        "word/numbering.xml": _NUMBERING,
        "word/footer1.xml": f"{_HEAD}<w:ftr {_SPACES}>{document.footer}</w:ftr>",
        "docProps/core.xml": _core(document),
        "docProps/app.xml": _APP,
        "docProps/custom.xml": _custom(document.properties),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode())
    return file.getvalue()


def _content_types() -> str:
    word = f"{_TYPES}.wordprocessingml"
    parts = (
        ("/word/document.xml", f"{word}.document.main+xml"),
        ("/word/styles.xml", f"{word}.styles+xml"),
        ("/word/settings.xml", f"{word}.settings+xml"),
        ("/word/numbering.xml", f"{word}.numbering+xml"),
        ("/word/footer1.xml", f"{word}.footer+xml"),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ("/docProps/app.xml", f"{_TYPES}.extended-properties+xml"),
        ("/docProps/custom.xml", f"{_TYPES}.custom-properties+xml"),
    )
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts)
        + "</Types>"
    )


def _relations(*relations: tuple[str, str, str]) -> str:
    entries = "".join(
        f'<Relationship Id="{name}" Type="{kind}" Target={attribute(target)}{_outside(kind)}/>'
        for name, kind, target in relations
    )
    return f'{_HEAD}<Relationships xmlns="{_RELS}">{entries}</Relationships>'


def _outside(kind: str) -> str:
    return ' TargetMode="External"' if kind.endswith("/hyperlink") else ""


def _document(body: str) -> str:
    section = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId4"/>'
        f'<w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/>'
        f'<w:pgMar w:top="{MARGIN}" w:right="{MARGIN}" w:bottom="{MARGIN}" w:left="{MARGIN}"'
        ' w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    return f"{_HEAD}<w:document {_SPACES}><w:body>{body}{section}</w:body></w:document>"


def _core(document: Document) -> str:
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_RELS.replace("relationships", "metadata/core-properties")}"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{text(document.title)}</dc:title><dc:subject>{text(document.subject)}</dc:subject>"
        f"<dc:creator>{text(document.author)}</dc:creator><dc:language>{look.LANGUAGE}</dc:language>"
        "</cp:coreProperties>"
    )


def _custom(properties: Iterable[tuple[str, str]]) -> str:
    entries = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{place}" name={attribute(name)}>'
        f"<vt:lpwstr>{text(value)}</vt:lpwstr></property>"
        for place, (name, value) in enumerate(properties, 2)
    )
    return (
        f'{_HEAD}<Properties xmlns="{_R.replace("relationships", "custom-properties")}"'
        f' xmlns:vt="{_R.replace("relationships", "docPropsVTypes")}">{entries}</Properties>'
    )


_APP = (
    f'{_HEAD}<Properties xmlns="{_R.replace("relationships", "extended-properties")}">'
    "<Application>Practice Audit Bot</Application></Properties>"
)

_SETTINGS = (
    f'{_HEAD}<w:settings {_SPACES}><w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/>'
    '<w:characterSpacingControl w:val="doNotCompress"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    f'</w:compat><w:themeFontLang w:val="{look.LANGUAGE}"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>'
    "</w:settings>"
)

_NUMBERING = (
    f'{_HEAD}<w:numbering {_SPACES}><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/>'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>'
    '<w:pPr><w:ind w:left="284" w:hanging="227"/></w:pPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _space(before: float, after: float, line: float = 1.15) -> str:
    return (
        f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}"'
        f' w:line="{round(line * 240)}" w:lineRule="auto"/>'
    )


def _style(name: str, title: str, paragraph_part: str = "", run_part: str = "", more: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"{more}><w:name w:val="{title}"/>'
        f'<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{paragraph_part}</w:pPr><w:rPr>{run_part}</w:rPr></w:style>"
    )


def _colour(value: str) -> str:
    return f'<w:color w:val="{value}"/>'


_OWN = ' w:customStyle="1"'
_KEEP = "<w:keepNext/><w:keepLines/>"
_BOLD = "<w:b/><w:bCs/>"

_STYLES = (
    f"{_HEAD}<w:styles {_SPACES}><w:docDefaults><w:rPrDefault><w:rPr>"
    f'<w:rFonts w:ascii="{look.FONT}" w:hAnsi="{look.FONT}" w:eastAsia="{look.FONT}" w:cs="{look.FONT}"/>'
    f"{_colour(look.INK)}{_size(look.BODY)}"
    f'<w:lang w:val="{look.LANGUAGE}" w:eastAsia="{look.LANGUAGE}" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
    f"<w:pPrDefault><w:pPr>{_space(0, 6)}</w:pPr></w:pPrDefault></w:docDefaults>"
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
    + _style("Title", "Title", _space(0, 2, 1.05), _BOLD + _colour(look.ACCENT) + _size(look.TITLE))
    + _style("Subtitle", "Subtitle", _space(0, 14), _colour(look.QUIET) + _size(look.LARGE))
    + _style(
        "Heading1",
        "heading 1",
        f'{_KEEP}{_space(26, 4, 1.05)}<w:outlineLvl w:val="0"/>',
        _BOLD + _colour(look.ACCENT) + _size(look.HEADING),
    )
    + _style(
        "Heading2",
        "heading 2",
        f'{_KEEP}{_space(14, 3, 1.05)}<w:outlineLvl w:val="1"/>',
        _BOLD + _colour(look.ACCENT) + _size(look.LARGE),
    )
    + _style("Reference", "Reference", _space(0, 10), _BOLD + _colour(look.QUIET) + _size(look.SMALL), _OWN)
    + _style("LookAt", "Look at", f"{_KEEP}{_space(0, 6)}", "", _OWN)
    + _style("Guidance", "Guidance", f"{_KEEP}{_space(0, 4)}", _colour(look.QUIET) + _size(look.SMALL), _OWN)
    + _style(
        "Prompt",
        "Prompt",
        f'{_KEEP}<w:numPr><w:numId w:val="1"/></w:numPr>{_space(0, 2)}<w:contextualSpacing/>',
        _colour(look.QUIET) + _size(look.SMALL),
        _OWN,
    )
    + _style("NotRelevant", "Not relevant", f"{_KEEP}{_space(4, 6)}", _size(look.SMALL), _OWN)
    + _style(
        "TableHeader",
        "Table header",
        f"<w:keepNext/>{_space(0, 0)}",
        _BOLD + _colour(look.ACCENT) + _size(look.SMALL),
        _OWN,
    )
    + _style("Label", "Label", _space(0, 2), _BOLD + _size(look.SMALL), _OWN)
    + _style(
        "GradeName",
        "Grade name",
        f'{_space(0, 2)}<w:ind w:left="340" w:hanging="340"/>',
        _BOLD + _size(look.SMALL),
        _OWN,
    )
    + _style("Note", "Note", _space(0, 1), _colour(look.QUIET) + _size(look.TINY), _OWN)
    + _style("Meaning", "Meaning", _space(0, 4), _size(look.SMALL), _OWN)
    + _style(
        "Step",
        "Step",
        f'<w:numPr><w:numId w:val="1"/></w:numPr>{_space(0, 3)}',
        more=_OWN,
    )
    + _style(
        "Grade",
        "Grade",
        f'{_space(0, 1)}<w:ind w:left="255" w:hanging="255"/>',
        _colour(look.QUIET) + _size(look.TINY),
        _OWN,
    )
    + _style("Answer", "Answer", _space(0, 2), "", _OWN)
    + _style("Statement", "Statement", f'{_space(0, 3)}<w:ind w:left="397" w:hanging="397"/>', _size(look.SMALL), _OWN)
    + _style("Gap", "Gap", _space(0, 0, 0.5), _size(look.TINY), _OWN)
    + _style(
        "Footer",
        "footer",
        f'<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="{look.RULE}"/></w:pBdr>'
        f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>{_space(0, 0)}',
        _colour(look.QUIET) + _size(look.TINY),
    )
    + '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/></w:style>'
    '<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/>'
    f"<w:rPr>{_colour(look.QUIET)}{_size(look.SMALL)}</w:rPr></w:style>"
    '<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/>'
    f'<w:rPr>{_colour(look.ACCENT)}<w:u w:val="single"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Strong"><w:name w:val="Strong"/><w:rPr><w:b/><w:bCs/></w:rPr></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/></w:style>'
    '<w:style w:type="table" w:customStyle="1" w:styleId="Ruled"><w:name w:val="Ruled"/>'
    '<w:basedOn w:val="TableNormal"/></w:style></w:styles>'
)
