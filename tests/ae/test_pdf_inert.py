"""What a PDF would run or fetch by itself is not in our result; what a person reads, follows or opens is."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from ae import cli
from ae.documents.pdf_inert import is_active, make_inert
from tests.pdfs import book, born_digital, opened, through
from tests.pictures import dirty, pdf_bytes, scan

CANARY = "canary4711"
LINK = "https://example.org/kept"


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{CANARY}')"))


def launch() -> Dictionary:
    return Dictionary(S=Name.Launch, F=String(f"{CANARY}.exe"))


def add(pdf: pikepdf.Pdf, **annotation: object) -> None:
    """An annotation on the first page."""
    page = pdf.pages[0].obj
    entry = Dictionary(Type=Name.Annot, Rect=[0, 0, 50, 50], **annotation)
    page["/Annots"] = Array([*page.get("/Annots", []), pdf.make_indirect(entry)])


def document_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/Names"] = Dictionary(JavaScript=Dictionary(Names=[String("a"), pdf.make_indirect(script())]))


def open_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/OpenAction"] = pdf.make_indirect(script())


def page_action(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj["/AA"] = Dictionary(O=script())


def chained(pdf: pikepdf.Pdf) -> None:
    go = Dictionary(S=Name.GoTo, D=[pdf.pages[0].obj, Name.Fit], Next=Array([pdf.make_indirect(launch())]))
    add(pdf, Subtype=Name.Link, A=go)


def launching_link(pdf: pikepdf.Pdf) -> None:
    add(pdf, Subtype=Name.Link, A=launch())


def file_link(pdf: pikepdf.Pdf) -> None:
    add(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(f"file:///etc/{CANARY}")))


def script_link(pdf: pikepdf.Pdf) -> None:
    add(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(f" JavaScript:{CANARY}")))


def other_document(pdf: pikepdf.Pdf) -> None:
    add(pdf, Subtype=Name.Link, A=Dictionary(S=Name.GoToR, F=String(f"\\\\{CANARY}\\share"), D=[0, Name.Fit]))


def sending_form(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F=String(f"http://{CANARY}")))
    field = Dictionary(FT=Name.Btn, T=String("send"), A=action)
    pdf.Root["/AcroForm"] = Dictionary(Fields=[pdf.make_indirect(field)])


def form_program(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/AcroForm"] = Dictionary(Fields=[], XFA=pdf.make_stream(CANARY.encode()))


def film(pdf: pikepdf.Pdf) -> None:
    content = Dictionary(Assets=Dictionary(Names=[String(CANARY), Dictionary()]))
    add(pdf, Subtype=Name.RichMedia, RichMediaContent=pdf.make_indirect(content))


def stream_elsewhere(pdf: pikepdf.Pdf) -> None:
    stream = pdf.make_stream(b"q Q", F=String(f"http://{CANARY}"))
    page = pdf.pages[0].obj
    page["/Contents"] = Array([page.Contents, stream])


def disguised(pdf: pikepdf.Pdf) -> None:
    """With a key that elements of a structure have."""
    pdf.Root["/OpenAction"] = Dictionary(S=Name.Launch, F=String(f"{CANARY}.exe"), K=0)


def disguised_link(pdf: pikepdf.Pdf) -> None:
    add(
        pdf,
        Subtype=Name.Link,
        A=Dictionary(S=Name.GoToR, F=String(f"\\\\{CANARY}\\share"), K=0, P=Dictionary()),
    )


def deeply_chained(pdf: pikepdf.Pdf) -> None:
    action = launch()
    for _ in range(50):
        action = Dictionary(S=Name.GoTo, D=[pdf.pages[0].obj, Name.Fit], Next=action)
    pdf.Root["/OpenAction"] = action


THREATS = [
    document_script, open_action, page_action, chained, launching_link, file_link, script_link,
    other_document, sending_form, form_program, film,
    stream_elsewhere, disguised, disguised_link, deeply_chained,
]  # fmt: skip


def plain(data: bytes) -> bytes:
    """The file without compression and object streams: what is in it can be searched for."""
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            buffer,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
        )
    return buffer.getvalue()


@pytest.mark.parametrize("is_scan", [True, False], ids=["scan", "born digital"])
@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat.__name__)
def test_a_threat_is_not_in_the_result(threat, is_scan: bool, tmp_path: Path) -> None:
    pdf = pikepdf.new()
    if is_scan:
        scan(pdf, dirty())
    else:
        born_digital(pdf)
    threat(pdf)
    data = pdf_bytes(pdf)
    assert CANARY.encode() in plain(data)
    result = plain(through(data, tmp_path))
    assert CANARY.encode() not in result
    for word in (b"/JavaScript", b"/Launch", b"/SubmitForm", b"/GoToR", b"/XFA"):
        assert word not in result


@pytest.mark.parametrize("threat", [threat for threat in THREATS if threat is not stream_elsewhere])
def test_what_is_left_out_is_told(threat) -> None:
    pdf = pikepdf.new()
    scan(pdf, dirty())
    threat(pdf)
    assert is_active(pdf)
    with opened(pdf_bytes(pdf)) as document:
        assert any("are left out" in note for note in document.notes)


def test_the_command_line_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pdf = pikepdf.new()
    scan(pdf, dirty())
    open_action(pdf)
    (tmp_path / "a.pdf").write_bytes(pdf_bytes(pdf))
    out = str(tmp_path / "b.pdf")
    assert cli.main(["clean", str(tmp_path / "a.pdf"), "-o", out, "--model", "division", "--json"]) == 0
    assert "are left out" in json.loads(capsys.readouterr().out.splitlines()[0])["note"]


def test_links_outlines_comments_and_attachments_stay(tmp_path: Path) -> None:
    pdf = pikepdf.open(io.BytesIO(book()))
    add(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String(LINK)))
    add(pdf, Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=[pdf.pages[1].obj, Name.Fit]))
    add(pdf, Subtype=Name.Text, Contents=String("a comment"))
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert document.notes == ()
    with pikepdf.open(io.BytesIO(through(data, tmp_path))) as result:
        found = list(result.pages[0].obj.Annots)
        assert [str(entry.A.URI) for entry in found if "/A" in entry and entry.A.S == "/URI"] == [LINK]
        assert any("/A" in entry and entry.A.S == "/GoTo" for entry in found)
        assert any(entry.get("/Contents") == "a comment" for entry in found)
        assert result.attachments["notes.txt"].get_file().read_bytes() == b"attached"
        with result.open_outline() as outline:
            assert len(outline.root) == 3


def test_structure_of_a_tagged_page_is_no_action() -> None:
    pdf = pikepdf.new()
    scan(pdf, dirty())
    element = pdf.make_indirect(Dictionary(S=Name.Sound))
    element["/K"] = Dictionary(S=Name.Span, P=element, K=0)
    pdf.Root["/StructTreeRoot"] = Dictionary(
        K=element,
        ParentTree=Dictionary(Nums=[0, element, 1, Array([element])]),
        IDTree=Dictionary(Names=[String("a"), element]),
    )
    before = pdf_bytes(pdf, deterministic_id=True)
    assert not is_active(pdf)
    make_inert(pdf)
    assert pdf_bytes(pdf, deterministic_id=True) == before
