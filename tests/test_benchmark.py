"""The parts of the benchmark: processes and their memory, peers, the sheet of crops and the plot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import draw_page, make_dirty

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import _benchmark_pictures as pictures
import _load
import _page_benchmark as bench
import _peers
import _processes
import benchmark

from ae.errors import InputError

PSS = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell the memory of a process"
)


def test_nobody_looks_at_the_memory_while_time_is_taken():
    command = [sys.executable, "-c", "import time; time.sleep(0.3); print('done')"]
    assert _processes.run(command, watched=False) == _processes.Done("done\n", None)


@PSS
def test_memory_is_the_peak_of_a_process_and_its_children():
    child = (
        "import time; data = bytearray(120_000_000); data[::4096] = b'x' * len(data[::4096]); time.sleep(1)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print('done')"
    done = _processes.run([sys.executable, "-c", parent])
    assert done.output == "done\n"
    assert 120 < done.peak_mb < 250


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no such peer"):
        _processes.run([sys.executable, "-c", "raise SystemExit('no such peer')"])


def test_a_peer_cleans_every_page_of_a_folder_in_order(tmp_path):
    dirty = [make_dirty(draw_page(300, 200)), make_dirty(draw_page(160, 120))]
    table = bench.Bench(tmp_path, "cpu")
    results, cleaned = table.clean("division", dirty)
    assert [result.shape for result in results] == [(200, 300), (120, 160)]
    assert len(cleaned.seconds) == 2
    assert cleaned.peak_mb is None
    again, _ = table.clean("untouched", dirty[1:])
    assert len(again) == 1
    assert np.array_equal(again[0], dirty[1])


@pytest.mark.parametrize("name", [name for name, peer in _peers.FILTERS.items() if not peer.missing])
def test_every_filter_that_is_there_gives_a_page_of_the_same_size(name):
    page = make_dirty(draw_page(301, 203))
    result = _peers.start(name, "cpu")(page)
    assert result.shape == page.shape
    assert result.dtype == np.uint8


def test_a_program_that_fails_says_why():
    command = [sys.executable, "-c", "raise SystemExit('no ink')"]
    with pytest.raises(RuntimeError, match=r"wrote no page.*no ink"):
        _peers._by_program(draw_page(60, 40), lambda _page, _out: command)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(("says", "is_it"), [("ImageMagick 6.9", True), ("converts file systems", False)])
def test_another_program_of_the_same_name_is_not_taken_for_imagemagick(tmp_path, monkeypatch, says, is_it):
    program = tmp_path / "convert"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _peers._imagemagick_program() == (str(program) if is_it else None)


def test_peers_that_are_missing_are_named_with_the_way_to_get_them(monkeypatch):
    monkeypatch.setitem(_peers.FILTERS, "unpaper", _peers.Peer(_peers._unpaper, "apt-get install unpaper"))
    names, missing = bench.peers(["unpaper", "division", "page"])
    assert names == ["division", "page"]
    assert missing == {"unpaper": "apt-get install unpaper"}


def test_without_ours_there_is_nothing_to_judge():
    row = {"name": "division", "ratio": None, "peak_mb": 90.0}
    assert bench.judgements({"rows": [row], "networks": [], "large": [row]}) == []


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder with empty results of the benchmark and a document for each of its reports."""
    monkeypatch.setattr(benchmark, "RESULTS", tmp_path / "benchmark.json")
    for document, name in (("REPORT", "visitors"), ("SCALE", "measured")):
        path = tmp_path / f"{document}.md"
        path.write_text(f"before\n<!-- {name} -->\nold\n<!-- /{name} -->\nafter\n")
        monkeypatch.setattr(benchmark, document, path)
    return tmp_path


def kept(folder: Path) -> dict:
    return json.loads((folder / "benchmark.json").read_text())


def test_a_benchmark_that_ends_while_another_runs_loses_nothing(results, monkeypatch):
    notes = _load.Notes(switches=[0.2], memory=[(2.0 * look, 900.0) for look in range(300)])
    load = _load._summary(notes, 20, 4, 600.0)

    def slow_benchmark(_args):
        monkeypatch.setattr(sys, "argv", ["benchmark.py", "load"])
        benchmark.main()
        return {"rows": [{"page": "Overview", "seconds": 0.1}]}

    monkeypatch.setattr(benchmark, "load", lambda _args: load)
    monkeypatch.setattr(benchmark, "app", slow_benchmark)
    monkeypatch.setattr(sys, "argv", ["benchmark.py", "app"])
    benchmark.main()
    found = kept(results)
    assert found["app"]["rows"] == [{"page": "Overview", "seconds": 0.1}]
    curve = found["load"]["memory"]
    assert len(curve) == 30
    assert curve[:2] == [[0.0, 900.0], [20.0, 900.0]]
    assert "| memory in the second and the last third | 900 MB, 900 MB |" in benchmark.REPORT.read_text()


def test_a_benchmark_that_fails_keeps_what_the_one_before_it_found(results, monkeypatch):
    def failing(_args):
        raise InputError("a.png: cannot be read")

    monkeypatch.setattr(benchmark, "pages", lambda _args: {"rows": [{"name": "page"}]})
    monkeypatch.setattr(benchmark, "app", failing)
    monkeypatch.setattr(sys, "argv", ["benchmark.py"])
    with pytest.raises(InputError):
        benchmark.main()
    assert kept(results)["pages"]["rows"] == [{"name": "page"}]
    assert "old" in benchmark.REPORT.read_text()


def test_the_report_of_a_cluster_is_put_into_its_document(results, monkeypatch):
    import _cluster_benchmark as scale

    monkeypatch.setattr(benchmark, "cluster", lambda _args: {"rows": []})
    monkeypatch.setattr(scale, "report", lambda _found: "new")
    monkeypatch.setattr(sys, "argv", ["benchmark.py", "cluster"])
    benchmark.main()
    assert benchmark.SCALE.read_text() == "before\n<!-- measured -->\nnew\n<!-- /measured -->\nafter\n"


def test_an_unknown_peer_is_usage(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmark.py", "pages", "--only", "nonsense"])
    with pytest.raises(SystemExit, match="2"):
        benchmark.main()
    assert "division" in capsys.readouterr().err


def test_quality_of_the_original_is_perfect():
    page = bench.BenchmarkPage(make_dirty(draw_page()), draw_page(), "word")
    cleaned = bench.Cleaned([1.0], None)
    perfect = bench.quality([page.clean], [page], None, cleaned)
    dirty = bench.quality([page.dirty], [page], None, cleaned)
    assert (perfect.rmse, perfect.cer, perfect.seconds_a_page) == (0, None, 1.0)
    assert perfect.ssim == pytest.approx(1)
    assert dirty.rmse > 0.1
    assert dirty.ssim < 1


def test_rows_of_networks_count_their_arithmetic():
    import torch

    page = make_dirty(draw_page(320, 256))
    row = bench.network_row("stacked_conv", torch.device("cpu"), page, product=1e12)
    kernels = 9 * (1 * 32 + 32 * 16 + 16 * 8 + 8 * 8 + 8 * 16 + 16 * 32 + 32 * 1)
    assert row["multiply_adds_per_pixel"] == pytest.approx(kernels, rel=0.02)  # less at the sides of the page
    assert row["pixels_seen"] == 1
    assert row["share_of_matrix_product"] > 0


def test_rows_of_networks_count_what_is_fused():
    import torch

    row = bench.network_row("page", torch.device("cpu"), make_dirty(draw_page(320, 256)), product=1e12)
    finest = 9 * (12 * 32 + 4 * 32 * 32 + 32 * 4) / 4  # of a pixel; what is coarser adds several times that
    assert finest < row["multiply_adds_per_pixel"] < 4 * finest


def test_crops_show_the_worst_place_of_ours_and_the_dirtiest_elsewhere():
    clean = [np.full((400, 600), 255, np.uint8) for _ in range(2)]
    ours, dirty = ([page.copy() for page in clean] for _ in range(2))
    ours[1][300:320, 400:420] = 0
    dirty[0][20:60, 20:60] = 0
    sheet = np.asarray(pictures.crops_sheet({"dirty": dirty, "ours": ours, "clean": clean}, 2))
    height, width = pictures._CROP
    first, second = (sheet[pictures._LABEL + row * (height + pictures._GAP) :][:height] for row in range(2))
    assert (first[:, width + pictures._GAP :][:, :width] == 0).sum() == 400
    assert (second[:, :width] == 0).sum() == 1600


def test_the_plot_leaves_out_what_was_not_measured():
    row = {"rmse": 0.1, "cer": None, "seconds": 0.0, "peak_mb": None}
    figure = pictures.plot([{"name": "untouched", **row}, {"name": "page", **row, "seconds": 2.0}], "two")
    shown = [annotation.text for annotation in figure.layout.annotations]
    assert shown == ["RMSE (less is better)", "Seconds, A4 at 300 dpi"]
    assert figure.data[1].x == (None, 2.0)
    assert json.loads(figure.to_json())["layout"]["title"]["text"] == "two"


def test_stages_of_a_page_are_measured_one_after_the_other(tmp_path):
    import _cluster_benchmark as scale

    from ae.documents.cleaning import load_cleaner

    source = scale._stored([make_dirty(draw_page()), make_dirty(draw_page())], tmp_path / "in")
    seconds, (bytes_in, pixels, bytes_out) = scale.stage_seconds(
        source, tmp_path / "out", load_cleaner("division")
    )
    assert tuple(seconds) == scale.STAGES
    assert min(seconds.values()) > 0
    assert (bytes_in, pixels) == ((source / "000.png").stat().st_size, 300 * 200)
    assert bytes_out == (tmp_path / "out" / "001.png").stat().st_size


def test_the_tightest_bound_of_a_cluster_comes_first_and_follows_from_its_stage():
    import _cluster_benchmark as scale

    seconds = {"plan": 1e-5, "read": 0.1, "clean": 3.0, "encode": 0.8, "write": 0.1}
    cost = scale.PageCost(seconds, 0.002, 0.001, 2_000_000, 8_000_000, 3_000_000)
    machine = scale.Machine(cores=16, network=1.25e9, storage=1.25e9)
    found = {row["limit"]: row for row in scale.limits(cost, machine)}
    assert next(iter(found)) == "storage"
    assert found["storage"]["pages_a_second"] == 250  # 1.25 GB/s over 5 MB a page
    assert found["the processors of 100 machines"]["pages_a_second"] == 400  # 1,600 cores, 4 s a page
    assert found["storage"]["machines"] == 62.5
    slow = scale.PageCost(seconds, 0.1, 0.001, 2_000_000, 8_000_000, 3_000_000)
    assert scale.limits(slow, machine)[0] == {
        "limit": "the command, which takes every page's report",
        "pages_a_second": 10.0,
        "machines": 2.5,
    }


def test_the_report_of_a_cluster_names_the_first_bound_and_every_stage():
    import _cluster_benchmark as scale

    seconds = {"plan": 1e-5, "read": 0.1, "clean": 3.0, "encode": 0.8, "write": 0.1}
    cost = scale.PageCost(seconds, 0.002, 0.001, 2_000_000, 8_000_000, 3_000_000)
    found = {
        "rows": [{"how": "plain, one thread", "pages_a_second": 0.25, "times": 1.0}],
        "page": {"width": 2480, "height": 3508, "model": "page", "pages": 12},
        "cost": scale.asdict(cost),
        "machine_assumed": scale.asdict(scale.Machine()),
        "limits": scale.limits(cost, scale.Machine()),
        "cores": 2,
    }
    text = scale.report(found)
    assert text.startswith("12 grey pages of 2480 x 3508")
    assert "| clean | 3.0000 |" in text
    assert "first to be reached: **storage**" in text
    assert "at most 5.0 pages a second" in text
