"""`python -m ae clean`, as people and scripts call it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ae import ocr
from ae.cli import main
from ae.documents.cleaning import load_cleaner
from ae.documents.page import Page
from ae.documents.shades import with_white_paper
from tests.conftest import draw_page, make_dirty
from tests.pictures import dirty_tiff, widths_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dirty_file(tmp_path, dirty_page):
    path = tmp_path / "dirty.png"
    Image.fromarray(dirty_page).save(path, dpi=(200, 200))
    return path


def clean(*arguments: object) -> int:
    """With the filter, which is quick."""
    return main(["clean", *(str(argument) for argument in arguments), "--model", "division"])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def piped(arguments: list[object], data: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ae", "clean", *map(str, arguments), "--model", "division"]
    return subprocess.run(command, input=data, capture_output=True, cwd=ROOT, timeout=120, check=False)


# One file, many files


def test_clean_writes_what_the_cleaner_gives(dirty_file, dirty_page, tmp_path, capsys):
    out = tmp_path / "clean.png"
    # not compressed, so that there is room for every shade
    Image.fromarray(dirty_page).save(dirty_file, dpi=(200, 200), compress_level=0)
    assert main(["clean", str(dirty_file), "-o", str(out), "--device", "cpu", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["output"] == str(out)
    assert row["seconds"] > 0
    with Image.open(out) as image:
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        cleaned = load_cleaner("page", "cpu").clean(Page(dirty_page)).pixels
        assert np.array_equal(np.asarray(image), with_white_paper(cleaned, dirty_page))


def test_json_has_a_line_for_each_page_with_all_its_facts(tmp_path, capsys):
    source, out = dirty_tiff(tmp_path / "fax.tif"), tmp_path / "clean.tif"
    assert clean(source, "-o", out, "--json") == 0
    found = rows(capsys)
    assert [(row["page"], row["pages"]) for row in found] == [(1, 3), (2, 3), (3, 3)]
    assert [row["width"] for row in found] == [200, 210, 220]
    for row in found:
        assert (row["input"], row["output"]) == (str(source), str(out))
        assert (row["height"], row["kind"], row["dpi"]) == (150, "grey", [150, 150])
        assert (row["model"], row["device"], row["flag"], row["reasons"]) == ("division", "cpu", False, [])
        assert row["seconds"] > 0
        assert row["bytes_in"] > 0
    assert found[-1]["file_bytes_out"] == out.stat().st_size


def test_several_inputs_go_into_a_folder_and_a_bad_one_does_not_stop_them(dirty_file, tmp_path, capsys):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    other = tmp_path / "other" / "dirty.png"
    other.parent.mkdir()
    other.write_bytes(dirty_file.read_bytes())
    out = tmp_path / "out"
    assert clean(dirty_file, bad, other, "-o", out, "--json") == 1
    captured = capsys.readouterr()
    found = [json.loads(line) for line in captured.out.splitlines()]
    assert [("error" in row) for row in found] == [False, True, False]
    assert files_below(out) == ["dirty-2.png", "dirty.png"]
    first, summary = captured.err.splitlines()
    assert first == f"ae: {bad}: the file is empty; save or upload it again"
    assert summary.startswith("2 pages of 2 files clean")
    assert "1 failed" in summary


def test_a_pattern_is_expanded_where_the_shell_did_not(dirty_file, tmp_path):
    (tmp_path / "second.png").write_bytes(dirty_file.read_bytes())
    out = tmp_path / "out"
    assert clean(tmp_path / "*.png", "-o", out) == 0
    assert files_below(out) == ["dirty.png", "second.png"]


def test_a_folder_keeps_its_structure_and_leaves_out_what_is_no_document(dirty_file, tmp_path, capsys):
    scans = tmp_path / "scans"
    for name in ("a.png", "letters/a.png", "letters/old/b.png", ".hidden/c.png"):
        path = scans / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dirty_file.read_bytes())
    (scans / "notes.txt").write_text("no page")
    assert clean(scans, "-o", tmp_path / "flat") == 0
    assert files_below(tmp_path / "flat") == ["a.png"]
    assert clean(scans, "-o", tmp_path / "deep", "--recursive") == 0
    assert files_below(tmp_path / "deep") == ["a.png", "letters/a.png", "letters/old/b.png"]
    assert f"left out, no document: {scans / 'notes.txt'}" in capsys.readouterr().err


def test_a_locked_pdf_that_a_folder_holds_fails_whatever_it_is_called(dirty_file, tmp_path, capsys):
    pikepdf = pytest.importorskip("pikepdf")
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "a.png").write_bytes(dirty_file.read_bytes())
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(scans / "letter", encryption=pikepdf.Encryption(user="secret", owner="secret"))
    (scans / "notes").write_text("no page")
    assert clean(scans, "-o", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert f"ae: {scans / 'letter'}: it is locked" in told
    assert "--password" in told
    assert f"left out, no document: {scans / 'notes'}" in told


def test_a_found_document_without_the_pages_asked_for_fails(dirty_file, tmp_path, capsys):
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "one page").write_bytes(dirty_file.read_bytes())
    assert clean(scans, "-o", tmp_path / "out", "--pages", "2-") == 1
    assert "has 1 page, none of which --pages asks for" in capsys.readouterr().err


def files_below(folder: Path) -> list[str]:
    """All but the record of what they were made with."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".ae-clean"))
    return sorted(path.relative_to(folder).as_posix() for path in files)


def test_results_in_a_folder_of_inputs_are_not_cleaned_again(dirty_file, tmp_path):
    out = tmp_path / "out"
    for _ in range(2):
        assert clean(tmp_path, "-o", out, "--recursive") == 0
    assert files_below(out) == ["dirty.png"]


def test_several_inputs_become_one_zip_with_the_names_of_the_folder(dirty_file, tmp_path, capsys):
    scans = tmp_path / "scans"
    (scans / "가").mkdir(parents=True)
    dirty_tiff(scans / "가" / "fax.tif")
    (scans / "one.png").write_bytes(dirty_file.read_bytes())
    out = tmp_path / "all.zip"
    assert clean(scans, "-o", out, "--recursive", "--json") == 0
    with zipfile.ZipFile(out) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["one.png", "가/fax.tif"]
        assert Image.open(io.BytesIO(packed.read("one.png"))).size == (300, 200)
    assert [row["output"] for row in rows(capsys)] == [
        str(out / "one.png"),
        *[str(out / "가" / "fax.tif")] * 3,
    ]
    assert files_below(tmp_path) == ["all.zip", "dirty.png", "scans/one.png", "scans/가/fax.tif"]


def test_several_inputs_become_one_pdf_in_their_order(dirty_file, tmp_path, capsys):
    from pypdfium2 import PdfDocument

    fax, out = dirty_tiff(tmp_path / "fax.tif"), tmp_path / "all.pdf"
    assert clean(fax, dirty_file, "-o", out, "--json") == 0
    assert [row["output"] for row in rows(capsys)] == [str(out)] * 4
    document = PdfDocument(out)
    sizes = [document[number].get_size() for number in range(len(document))]
    document.close()
    expected = [(width / 150 * 72, 72) for width in (200, 210, 220)] + [(300 / 200 * 72, 72)]
    assert sizes == [pytest.approx(size, abs=0.6) for size in expected]
    assert files_below(tmp_path) == ["all.pdf", "dirty.png", "fax.tif"]


def test_pages_of_a_document_become_numbered_pictures(tmp_path, capsys):
    source = dirty_tiff(tmp_path / "fax.tif")
    assert clean(source, "-o", tmp_path / "out", "--to", "png", "--json") == 0
    assert files_below(tmp_path / "out") == ["fax-001.png", "fax-002.png", "fax-003.png"]
    found = rows(capsys)
    assert [Path(str(row["output"])).name for row in found] == files_below(tmp_path / "out")
    assert all(row["bytes_out"] == Path(str(row["output"])).stat().st_size for row in found)


@pytest.mark.parametrize(("pages", "widths"), [("2", [210]), ("1,3-9", [200, 220]), ("2-", [210, 220])])
def test_only_the_pages_asked_for_go_in_and_out(tmp_path, pages, widths):
    source, out = dirty_tiff(tmp_path / "fax.tif"), tmp_path / "out.tif"
    assert clean(source, "-o", out, "--pages", pages) == 0
    assert widths_of(out) == widths


def test_pages_that_are_not_there_are_an_error_of_that_file(dirty_file, tmp_path, capsys):
    source = dirty_tiff(tmp_path / "fax.tif")
    assert clean(dirty_file, source, "-o", tmp_path / "out", "--pages", "2-3") == 1
    assert f"{dirty_file}: has 1 page, none of which --pages asks for" in capsys.readouterr().err
    assert widths_of(tmp_path / "out" / "fax.tif") == [210, 220]


def test_a_damaged_page_does_not_stop_the_others(tmp_path, capsys):
    source, out = dirty_tiff(tmp_path / "fax.tif", pages=2), tmp_path / "out.tif"
    data = bytearray(source.read_bytes())
    with Image.open(source) as image:
        start, length = image.tag_v2[273][0], image.tag_v2[279][0]
    data[start : start + length] = b"\xff" * length
    source.write_bytes(data)
    assert clean(source, "-o", out, "--json") == 1
    captured = capsys.readouterr()
    first, second = (json.loads(line) for line in captured.out.splitlines())
    assert "page 1" in first["error"]
    assert (second["page"], second["output"]) == (2, str(out))
    assert widths_of(out)[-1] == 210


# Standard streams


def test_standard_input_and_output(dirty_file, tmp_path):
    out = tmp_path / "clean.png"
    assert clean(dirty_file, "-o", out) == 0
    done = piped(["-", "-o", "-"], dirty_file.read_bytes())
    assert done.returncode == 0, done.stderr
    assert done.stdout == out.read_bytes()


def test_standard_output_of_another_kind_with_json_on_standard_error(dirty_file):
    done = piped(["-", "-o", "-", "--to", "jpeg", "--json"], dirty_file.read_bytes())
    assert Image.open(io.BytesIO(done.stdout)).format == "JPEG"
    row = json.loads(done.stderr.splitlines()[0])
    assert (row["input"], row["width"]) == ("standard input", 300)


def test_standard_output_takes_one_picture_and_messages_call_it_so(dirty_file, tmp_path):
    fax = dirty_tiff(tmp_path / "fax.tif").read_bytes()
    done = piped(["-", "-o", "-", "--to", "png"], fax)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"standard input: has 3 pages" in done.stderr
    done = piped(["-", "-o", "-", "--to", "png", "--pages", "2"], fax)
    assert Image.open(io.BytesIO(done.stdout)).size == (210, 150)
    done = piped(["-", "-o", "-"], dirty_file.read_bytes())
    assert done.stderr.startswith(b"standard output  ")


def test_nothing_is_written_to_standard_output_when_the_input_is_bad():
    done = piped(["-", "-o", "-"], b"no picture")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"standard input: " in done.stderr.splitlines()[0]


# What is never done


@pytest.mark.parametrize("place", ["dirty.png", "../same/dirty.png", "link.png", "", "."])
def test_an_input_is_never_overwritten(tmp_path, dirty_page, place, capsys):
    folder = tmp_path / "same"
    folder.mkdir()
    source = folder / "dirty.png"
    Image.fromarray(dirty_page).save(source)
    (folder / "link.png").symlink_to(source)
    before = source.read_bytes()
    assert clean(source, "-o", folder / place if place else folder) == 2
    assert "would overwrite an input" in capsys.readouterr().err
    assert source.read_bytes() == before


@pytest.mark.parametrize("place", ["result.xyz", "dirty.png/"])
def test_wrong_output_is_usage(dirty_file, place, capsys):
    before = dirty_file.read_bytes()
    assert clean(dirty_file, "-o", f"{dirty_file.parent}/{place}") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert dirty_file.read_bytes() == before


@pytest.mark.parametrize(
    "options",
    [["--to", "gif"], ["--grey", "--bw"], ["--pages", "0"], ["--pages", "3-1"], ["--strength", "2"],
     ["--keep", "1,2,3"], ["--dpi", "0"], ["--dpi", "9"], ["--dpi", "20001"], ["--jobs", "0"]],
)  # fmt: skip
def test_wrong_options_exit_with_two(dirty_file, tmp_path, options):
    with pytest.raises(SystemExit) as caught:
        clean(dirty_file, "-o", tmp_path / "o.png", *options)
    assert caught.value.code == 2


def test_kinds_that_contradict_each_other_are_usage(dirty_file, tmp_path, capsys):
    assert clean(dirty_file, "-o", tmp_path / "o.png", "--to", "pdf") == 2
    assert clean(dirty_file, dirty_file, "-o", tmp_path / "o.png") == 2
    assert "several inputs need" in capsys.readouterr().err


def test_unknown_model_is_one_line_with_the_known_ones(dirty_file, tmp_path, capsys):
    assert main(["clean", str(dirty_file), "-o", str(tmp_path / "o.png"), "--model", "magic"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("ae: unknown page model 'magic': choose one of page, ")
    assert len(error.splitlines()) == 1


def test_a_place_that_cannot_be_written_is_one_line(dirty_file, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert clean(dirty_file, "-o", tmp_path / "file" / "a.png") == 1
    assert "cannot be written" in capsys.readouterr().err
    assert files_below(tmp_path) == ["dirty.png", "file"]


LONG = "가" * 83 + "ab.png"  # 255 bytes


@pytest.mark.parametrize("name", [LONG, "a b'c\"d.png", "-dash.png", "emoji 😀.png", "no end", "UPPER.PNG"])
def test_names_of_any_kind_stay(dirty_file, tmp_path, name):
    source = tmp_path / "in" / name
    source.parent.mkdir()
    source.write_bytes(dirty_file.read_bytes())
    assert clean(source.parent, source, "-o", tmp_path / "out") == 0
    found = files_below(tmp_path / "out")
    assert (name if "." in name else f"{name}.png") in found
    assert len(found) == 2


def test_names_cannot_steer_the_terminal(dirty_file, tmp_path, capsys):
    for name, data in (("red\x1b[31m.png", dirty_file.read_bytes()), ("two\nlines.png", b"no picture")):
        (tmp_path / name).write_bytes(data)
        clean(tmp_path / name, "-o", f"{tmp_path}/out/")
    captured = capsys.readouterr()
    assert "red\\x1b[31m.png" in captured.out
    assert f"{tmp_path}/two\\nlines.png: this is no picture" in captured.err
    assert "\x1b" not in captured.out + captured.err


@pytest.mark.parametrize("words", [("", "-o", "a.png"), ("a.png", "-o", "")])
def test_an_empty_name_is_usage(words, capsys):
    assert clean(*words) == 2
    assert "is empty: give the name" in capsys.readouterr().err


def test_a_name_that_lies_gets_the_end_that_fits(dirty_file, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "scan.jpg").write_bytes(dirty_file.read_bytes())
    assert clean(tmp_path / "in", "-o", tmp_path / "out") == 0
    assert files_below(tmp_path / "out") == ["scan.png"]


# Workers, interruption, going on


def test_the_same_bytes_whatever_the_number_of_workers(dirty_file, tmp_path):
    fax = dirty_tiff(tmp_path / "fax.tif", pages=4)
    for jobs in (1, 3):
        assert clean(fax, dirty_file, "-o", tmp_path / f"{jobs}", "--jobs", jobs) == 0
        assert clean(fax, dirty_file, "-o", tmp_path / f"{jobs}" / "all.zip", "--jobs", jobs) == 0
        assert clean(fax, dirty_file, "-o", tmp_path / f"{jobs}" / "all.pdf", "--jobs", jobs) == 0
    for name in files_below(tmp_path / "1"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes(), name


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has pipes that can be made narrow")
def test_ctrl_c_leaves_a_valid_file_and_resume_goes_on(tmp_path):
    import fcntl

    source, out = dirty_tiff(tmp_path / "fax.tif", pages=60), tmp_path / "out.tif"
    whole = tmp_path / "whole.tif"
    assert clean(source, "-o", whole) == 0
    command = [
        sys.executable,
        "-m",
        "ae",
        "clean",
        source,
        "-o",
        out,
        "--model",
        "division",
        "--json",
        "--jobs",
        "1",
    ]
    with subprocess.Popen(
        [str(c) for c in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        # What runs in the background of a shell inherits that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        # A narrow pipe that nobody reads holds the program up, so that it is still at work.
        fcntl.fcntl(run.stdout, fcntl.F_SETPIPE_SZ, 4096)
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        _, error = run.communicate(timeout=60)
    assert run.returncode == 130, error
    assert b"Traceback" not in error
    done = widths_of(out)
    assert done == widths_of(source)[: len(done)]
    assert 0 < len(done) < 60
    assert b"--resume goes on" in error
    assert clean(source, "-o", out, "--resume") == 0
    assert out.read_bytes() == whole.read_bytes()
    assert files_below(tmp_path) == ["fax.tif", "out.tif", "whole.tif"]


def test_resume_skips_what_is_there_and_new(dirty_file, tmp_path, capsys):
    fax, out = dirty_tiff(tmp_path / "fax.tif"), tmp_path / "out"
    assert clean(dirty_file, "-o", f"{out}/") == 0
    capsys.readouterr()
    assert clean(dirty_file, fax, "-o", out, "--resume", "--json") == 0
    found = rows(capsys)
    assert found[0]["note"] == "was done before"
    assert [row.get("page") for row in found] == [None, 1, 2, 3]
    os.utime(dirty_file)
    assert clean(dirty_file, fax, "-o", out, "--resume", "--json") == 0
    assert [row.get("page") for row in rows(capsys)] == [1, None]


@pytest.fixture
def pages(tmp_path):
    """Two files of one name, by their folder; each is as wide as no other."""
    files = {name: tmp_path / name / "page.png" for name in "ab"}
    for width, path in zip((100, 120), files.values(), strict=True):
        path.parent.mkdir()
        Image.fromarray(make_dirty(draw_page(width, 60))).save(path)
    return files


def resumed(*inputs: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, int, bool]]:
    """Of each folder of the inputs: the name and width of the result, and whether it was done before."""
    capsys.readouterr()
    clean(*inputs, "-o", inputs[0].parents[1] / "out", "--resume", "--json")
    return {
        Path(row["input"]).parent.name: (
            Path(row["output"]).name,
            *widths_of(Path(row["output"])),
            row.get("note") == "was done before",
        )
        for row in rows(capsys)
        if "error" not in row
    }


def test_inputs_of_one_name_are_done_once_in_whatever_order_they_are_resumed(pages, capsys):
    first = resumed(pages["a"], pages["b"], capsys=capsys)
    assert first == {"a": ("page.png", 100, False), "b": ("page-2.png", 120, False)}
    done = {"a": ("page.png", 100, True), "b": ("page-2.png", 120, True)}
    assert resumed(pages["a"], pages["b"], capsys=capsys) == done
    assert resumed(pages["b"], pages["a"], capsys=capsys) == done
    assert resumed(pages["b"], capsys=capsys) == {"b": done["b"]}


def test_a_result_is_not_taken_for_that_of_an_input_of_the_same_name(pages, tmp_path, capsys):
    assert resumed(pages["a"], capsys=capsys) == {"a": ("page.png", 100, False)}
    assert resumed(pages["b"], capsys=capsys) == {"b": ("page-2.png", 120, False)}
    assert widths_of(tmp_path / "out" / "page.png") == [100]
    os.utime(pages["b"], (time.time() + 10,) * 2)
    assert resumed(pages["b"], capsys=capsys) == {"b": ("page-2.png", 120, False)}


def test_an_input_that_can_be_read_the_second_time_gets_its_own_result(pages, tmp_path, capsys):
    pages["a"].rename(tmp_path / "a" / "away")
    assert resumed(pages["a"], pages["b"], capsys=capsys) == {"b": ("page.png", 120, False)}
    (tmp_path / "a" / "away").rename(pages["a"])
    both = resumed(pages["a"], pages["b"], capsys=capsys)
    assert both == {"a": ("page-2.png", 100, False), "b": ("page.png", 120, True)}


def test_inputs_that_were_moved_are_still_done(pages, tmp_path, capsys):
    resumed(pages["a"], capsys=capsys)
    (tmp_path / "a").rename(tmp_path / "c")
    assert resumed(tmp_path / "c" / "page.png", capsys=capsys) == {"c": ("page.png", 100, True)}


def test_a_name_is_free_again_when_the_result_is_gone(pages, tmp_path, capsys):
    resumed(pages["a"], capsys=capsys)
    (tmp_path / "out" / "page.png").unlink()
    assert resumed(pages["b"], capsys=capsys) == {"b": ("page.png", 120, False)}


@pytest.mark.parametrize("out", ["out/", "out.png", "all.zip"])
def test_resume_does_not_take_what_was_made_with_other_options_for_done(dirty_file, tmp_path, capsys, out):
    def again(*options):
        capsys.readouterr()
        assert clean(dirty_file, "-o", f"{tmp_path}/{out}", "--resume", "--json", *options) == 0
        (row,) = rows(capsys)
        return row.get("note") != "was done before"

    plain = clean(dirty_file, "-o", f"{tmp_path}/{out}")
    made = again("--strength", "0.5"), again("--strength", "0.5"), again("--bw"), again("--bw")
    assert (plain, made) == (0, (True, False, True, False))
    assert clean(dirty_file, "-o", f"{tmp_path}/{out}", "--grey") == 0  # without --resume, in between
    assert again("--bw")


def test_a_single_result_has_no_record_beside_it_unless_it_is_resumed(dirty_file, tmp_path):
    assert clean(dirty_file, "-o", tmp_path / "out" / "a.png") == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def test_what_a_run_with_a_failure_has_done_is_not_done_again(dirty_file, tmp_path, capsys):
    broken, out = tmp_path / "broken.png", tmp_path / "out"
    broken.write_bytes(b"no picture")
    assert clean(dirty_file, broken, "-o", out) == 1
    broken.write_bytes(dirty_file.read_bytes())
    capsys.readouterr()
    assert clean(dirty_file, broken, "-o", out, "--resume", "--json") == 0
    assert [row.get("page") for row in rows(capsys)] == [None, 1]


@pytest.mark.parametrize("suffix", ["zip", "pdf"])
def test_one_result_that_lacks_an_input_is_not_done(dirty_file, tmp_path, capsys, suffix):
    broken, out = tmp_path / "broken.png", tmp_path / f"all.{suffix}"
    broken.write_bytes(b"no picture")
    for _ in range(2):
        assert clean(dirty_file, broken, "-o", out, "--resume") == 1
        assert "broken.png" in capsys.readouterr().err
    broken.write_bytes(dirty_file.read_bytes())
    assert clean(dirty_file, broken, "-o", out, "--resume") == 0
    capsys.readouterr()
    assert clean(dirty_file, broken, "-o", out, "--resume", "--json") == 0
    assert ["done before" in row["note"] for row in rows(capsys)] == [True, True]


# Help, text


def test_help_fits_on_a_screen_and_tells_of_every_option(capsys):
    with pytest.raises(SystemExit):
        main(["clean", "--help"])
    text = capsys.readouterr().out
    assert len(text.splitlines()) <= 24
    assert max(map(len, text.splitlines())) < 80
    options = (
        "recursive to strength grey bw best ocr pages jobs device model password resume json keep dpi bits"
    )
    missing = [option for option in f"{options} weights invert cluster".split() if f"--{option}" not in text]
    assert missing == []
    assert text.count("  ae clean ") == 3


def test_ocr_without_tesseract_says_how_to_get_it(dirty_file, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(ocr.shutil, "which", lambda name: None)
    assert clean(dirty_file, "-o", tmp_path / "o.pdf", "--ocr", "eng") == 1
    assert "apt-get install tesseract-ocr" in capsys.readouterr().err
    assert not (tmp_path / "o.pdf").exists()


def printed_page(path: Path) -> Path:
    from PIL import ImageDraw, ImageFont

    image = Image.new("L", (1000, 300), 235)
    ImageDraw.Draw(image).text(
        (60, 120), "Clean pages can be searched", font=ImageFont.load_default(48), fill=30
    )
    image.save(path, dpi=(200, 200))
    return path


def test_ocr_into_a_picture_says_that_the_text_has_no_place_there(tmp_path, capsys):
    ocr.require("eng")
    source = printed_page(tmp_path / "page.png")
    assert clean(source, "-o", tmp_path / "out.png", "--ocr", "eng") == 0
    assert "the text that was read is in no result but a PDF" in capsys.readouterr().out


@pytest.mark.parametrize("turn", [0, 90])
def test_ocr_makes_a_pdf_whose_text_lies_on_its_picture(tmp_path, turn, capsys):
    pikepdf, pdfium = pytest.importorskip("pikepdf"), pytest.importorskip("pypdfium2")
    ocr.require("eng")
    source, out = printed_page(tmp_path / "page.png"), tmp_path / "out.pdf"
    if turn:
        source = turned_pdf(source, pikepdf)
    assert clean(source, "-o", out, "--ocr", "eng", "--json") == 0
    row = rows(capsys)[0]
    assert row["words_after"] == 5
    assert row["confidence_before"] > 60
    assert row["confidence_after"] > 60
    document = pdfium.PdfDocument(out)
    text = document[0].get_textpage()
    assert text.get_text_range().strip() == "Clean pages can be searched"
    assert text.count_rects() > 0
    left, bottom, _right, top = text.get_rect(0)
    shown = document[0].render(scale=1, grayscale=True).to_numpy()
    document.close()
    if not turn:
        rows_, columns = np.nonzero(shown.reshape(shown.shape[:2]) < 128)
        height = shown.shape[0]
        assert abs(left - columns.min()) < 6
        assert bottom - 6 < height - rows_.max() < top + 6


def turned_pdf(picture: Path, pikepdf: object) -> Path:
    """A PDF with the picture lying on its side, which its page turns upright."""
    path = picture.with_suffix(".pdf")
    with Image.open(picture) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(path, resolution=200)
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.pages[0].Rotate = 90
        document.save(path)
    return path
