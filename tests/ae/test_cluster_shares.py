"""What one command on a cluster is divided into, and files on other storage; none of it needs Ray."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath

import fsspec
import pytest
from PIL import Image

from ae.cli import main
from ae.documents.cluster import divide, storage
from ae.documents.cluster.shares import at_hand, together
from ae.documents.limits import Limits
from ae.documents.record import Record, fingerprint
from ae.errors import InputError, UsageError


@pytest.fixture
def bucket():
    """A storage that is no disk, with a folder of files."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    for name in ("b.png", "a.tif", "notes.txt", "below/c.png", ".hidden.png"):
        files.pipe(f"/scans/{name}", name.encode())
    files.mkdir("/nothing")
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def groups(*names: str) -> list[list[str]]:
    return [[names[index] for index in group] for group in together([PurePath(name) for name in names])]


def test_every_document_is_alone_unless_results_may_be_called_alike():
    assert groups("a.png", "b.png", "x/a.png", "c") == [["a.png"], ["b.png"], ["x/a.png"], ["c"]]
    assert groups("a.png", "b.png", "A.jpg") == [["a.png", "A.jpg"], ["b.png"]]
    assert groups("scan-1.png", "scan-2.png", "scan-3.png") == [
        ["scan-1.png"],
        ["scan-2.png"],
        ["scan-3.png"],
    ]


def test_names_that_a_number_would_take_stay_together():
    # a.png and a.jpg become a.pdf and a-2.pdf; a-2.png would then be a-2-2.pdf.
    assert groups("a.png", "a-2.png", "a-3.png", "a.jpg") == [["a.png", "a-2.png", "a-3.png", "a.jpg"]]
    assert groups("a.png", "a-9.png", "a.jpg") == [["a.png", "a.jpg"], ["a-9.png"]]


def test_names_too_long_for_a_number_stay_together():
    long = "x" * 245
    assert len(groups(f"{long}a.png", f"{long}b.png", "c.png")) == 2


def test_a_folder_on_other_storage_is_divided_into_its_files(bucket):
    shares = divide(["memory://scans"], "memory://out")
    assert [share.inputs[0].at.label for share in shares] == [
        "memory://scans/a.tif",
        "memory://scans/b.png",
        "memory://scans/notes.txt",
    ]
    assert [share.inputs[0].is_found for share in shares] == [False, False, True]
    assert {share.place for share in shares} == {"folder"}
    below = divide(["memory://scans"], "memory://out", recursive=True)
    assert PurePath("below/c.png") in [share.inputs[0].name for share in below]


def test_all_go_into_one_result_as_one_share(bucket):
    (share,) = divide(["memory://scans/a.tif", "memory://scans/*.png"], "memory://all.pdf")
    assert [one.at.path for one in share.inputs] == ["/scans/a.tif", "/scans/b.png"]
    assert (share.place, share.kind) == ("pdf", "pdf")


def test_files_come_here_and_results_go_there(bucket):
    (share,) = divide(["memory://scans/b.png"], "memory://out/")
    with at_hand(share, Limits(), resume=False) as (plan, missing):
        assert missing == []
        assert plan.sources[0].content.read_bytes() == b"b.png"
        assert plan.sources[0].content.stat().st_mtime == pytest.approx(
            bucket.modified("/scans/b.png").timestamp()
        )
        (plan.out / "new").mkdir()
        (plan.out / "new" / "b.png").write_bytes(b"clean")
    assert not plan.out.exists()
    assert bucket.cat("/out/new/b.png") == b"clean"
    assert bucket.find("/out") == ["/out/new/b.png"]


def test_a_result_that_is_there_is_known_when_resuming_and_not_sent_again(bucket):
    bucket.pipe("/out/b.png", b"clean")
    made = bucket.modified("/out/b.png")
    (share,) = divide(["memory://scans/b.png"], "memory://out/")
    with at_hand(share, Limits(), resume=True) as (plan, _):
        assert (plan.out / "b.png").stat().st_mtime == pytest.approx(made.timestamp())
        assert plan.sources[0].content.stat().st_mtime_ns <= (plan.out / "b.png").stat().st_mtime_ns
    assert bucket.cat("/out/b.png") == b"clean"
    assert bucket.modified("/out/b.png") == made


def test_a_record_on_other_storage_tells_what_results_were_made_with(bucket):
    (share,) = divide(["memory://scans/b.png"], "memory://out/")
    settings = {"strength": 1.0}

    def covered(**changed: object) -> bool:
        """Whether a reader that resumes takes the result for made with these settings."""
        with at_hand(share, Limits(), resume=True) as (plan, _):
            return Record(plan.out / share.record, settings | changed).covers(plan.out / "b.png")

    storage.begin_record(share.root, share.record, fingerprint(settings), is_wanted=True)
    bucket.pipe("/out/b.png", b"clean")
    made = bucket.modified("/out/.ae-clean")
    assert (covered(), covered(strength=0.5)) == (True, False)
    storage.begin_record(share.root, share.record, fingerprint(settings), is_wanted=True)
    assert bucket.modified("/out/.ae-clean") == made  # it is as old as the first result
    storage.begin_record(share.root, share.record, fingerprint(settings | {"strength": 0.5}), is_wanted=False)
    assert (covered(), covered(strength=0.5)) == (False, False)


def test_a_single_result_on_other_storage_gets_no_record_without_resume(bucket):
    (share,) = divide(["memory://scans/b.png"], "memory://out/clean.png")
    storage.begin_record(share.root, share.record, "anything", is_wanted=False)
    assert bucket.find("/out") == []
    storage.begin_record(share.root, share.record, "anything", is_wanted=True)
    assert bucket.find("/out") == ["/out/.clean.png.ae-clean"]


def half_done(path: Path) -> None:
    path.write_bytes(b"half")
    raise ZeroDivisionError


def test_nothing_is_sent_after_an_error(bucket):
    (share,) = divide(["memory://scans/b.png"], "memory://out/")
    with pytest.raises(ZeroDivisionError), at_hand(share, Limits(), resume=False) as (plan, _):
        half_done(plan.out / "b.png")
    assert bucket.find("/out") == []


def test_a_file_that_is_missing_or_too_large_costs_only_itself(bucket):
    (share,) = divide(["memory://scans/none.png", "memory://scans/b.png"], "memory://all.pdf")
    with at_hand(share, Limits(bytes=3), resume=False) as (plan, missing):
        assert plan.sources == ()
    assert [label for label, _ in missing] == ["memory://scans/none.png", "memory://scans/b.png"]
    assert "cannot be opened" in missing[0][1]
    assert "more than the limit" in missing[1][1]


def test_a_place_that_refuses_results_is_one_clear_error(bucket, monkeypatch):
    (share,) = divide(["memory://scans/b.png"], "memory://out/")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(bucket), "put_file", refuse)
    with (
        pytest.raises(InputError, match=r"memory://out/: cannot be written \(Permission denied"),
        at_hand(share, Limits(), resume=False) as (plan, _),
    ):
        (plan.out / "b.png").write_bytes(b"clean")


def test_an_address_of_a_disk_is_a_path(tmp_path):
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    (share,) = divide([f"file://{tmp_path}"], f"file://{tmp_path}/out/")
    assert share.inputs[0].at.path == str(tmp_path / "a.png")
    assert share.out.is_local
    with at_hand(share, Limits(), resume=False) as (plan, _):
        assert plan.sources[0].content == tmp_path / "a.png"
        assert plan.out == tmp_path / "out"


@pytest.mark.parametrize(
    ("inputs", "out", "says"),
    [
        (["-"], "out/", "'-' does not go with --cluster"),
        (["memory://scans"], "-", "'-' does not go with --cluster"),
        (["memory://scans"], "memory://scans", "could be overwritten"),
        (["memory://scans/b.png"], "memory://scans/b.png", "could be overwritten"),
        (["memory://nothing/"], "memory://out", "memory://nothing/: no files in this folder"),
        (["nosuch://scans"], "out/", "nosuch://scans: cannot be reached"),
    ],
)
def test_what_cannot_be_meant_is_usage(bucket, inputs, out, says):
    with pytest.raises(UsageError, match=says.replace("(", r"\(")):
        divide(inputs, out)


def test_an_input_in_the_folder_of_results_is_usage(tmp_path):
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="could be overwritten"):
        divide([str(tmp_path / "a.png")], f"{tmp_path}{os.sep}")


def test_without_ray_the_command_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert main(["clean", str(tmp_path / "a.png"), "-o", str(tmp_path / "o.png"), "--cluster", "auto"]) == 1
    assert "requirements-cluster.txt" in capsys.readouterr().err


def test_storage_reports_what_its_folder_has(bucket):
    place = storage.locate("memory://scans/below")
    assert [str(one.name) for one in storage.find(place, recursive=False)] == ["c.png"]


def test_a_file_of_unknown_size_is_read_up_to_the_limit(bucket, monkeypatch, tmp_path):
    monkeypatch.setattr(type(bucket), "size", lambda _storage, _path: None)
    monkeypatch.setattr(storage, "_PIECE", 10)
    bucket.pipe("/scans/long.png", b"0123456789" * 100)
    place = storage.locate("memory://scans/long.png")
    storage.fetch(place, tmp_path / "whole.png", Limits())
    assert (tmp_path / "whole.png").read_bytes() == b"0123456789" * 100
    with pytest.raises(InputError, match=r"long\.png: .* more than the limit"):
        storage.fetch(place, tmp_path / "begun.png", Limits(bytes=100))
    assert not (tmp_path / "begun.png").exists()
