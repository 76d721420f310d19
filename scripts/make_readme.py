"""Write the README's tables from the model cards and docs/benchmark.json, between its marks; `--check`
writes nothing and exits with 1 when they are out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import fmean
from typing import Any

from _start import ROOT, start
from _writing import Marks, filled, write_text

from ae import weights
from ae.evaluation.bars import BARS
from ae.evaluation.harm import OVER_PAPER
from ae.evaluation.reading_errors import ORIGINAL

README = ROOT / "README.md"
BENCHMARK = ROOT / "docs" / "benchmark.json"
KS = (2, 4, 8, 16, 32)
_REFERENCES = {ORIGINAL: "the clean originals", OVER_PAPER: "the dirty pages over their own paper"}


def digits_table() -> str:
    """Test error per pixel by family and bottleneck."""
    lines = [
        "| MSE per pixel, MNIST test | " + " | ".join(f"k = {k}" for k in KS) + " |",
        "|---|" + "---|" * len(KS),
    ]
    for family, label in (
        ("pca", "PCA, output clipped"),
        ("simple", "simple (experiment E1, 3 seeds)"),
        ("stacked", "stacked"),
        ("conv", "convolutional"),
        ("variational", "variational, trained with cross-entropy"),
    ):
        cells = [_error(weights.read_card(f"{family}-k{k}")) for k in KS]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _error(card: weights.Card) -> str:
    measures = card.measures
    if "mse_std" in measures:
        return f"{measures['mse_mean']:.4f} ± {measures['mse_std']:.5f}"
    return f"{measures['mse']:.4f}"


def denoisers_table() -> str:
    """Error and PSNR at sigma 0.5."""
    untouched = weights.read_card("denoise-simple").measures
    pca = weights.read_card("pca-k32").measures["denoising"]
    lines = [
        "| Denoiser, k = 32, Gaussian noise 0.5 | MSE per pixel | PSNR |",
        "|---|---|---|",
        f"| noisy digit, untouched | {untouched['mse_noisy']:.4f} | {untouched['psnr_noisy']:.1f} dB |",
        f"| PCA fitted on clean digits | {pca['mse']:.4f} | {pca['psnr']:.1f} dB |",
    ]
    for name in weights.names("denoising"):
        measures = weights.read_card(name).measures
        lines.append(f"| `{name}` | {measures['mse']:.4f} | {measures['psnr']:.1f} dB |")
    return "\n".join(lines)


def pages_table() -> str:
    """Error of the page models on NoisyOffice VA, and speed beside the experiment's network."""
    speed = _speed()
    lines = [
        "| NoisyOffice, partition VA | trained on | RMSE pooled | at half brightness | PSNR | SSIM | CER |"
        " time, E3 network = 1 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for trained, row in _measured_on_va():
        quality = (
            f"{row['rmse_pooled']:.4f} | {_number(row.get('rmse_at_half_brightness'))} | {row['psnr']:.1f} dB"
            f" | {row['ssim']:.3f} | {_number(row.get('cer'))}"
        )
        lines.append(f"| `{row['name']}` | {trained} | {quality} | {speed.get(row['name'], '')} |")
    return "\n".join(lines)


def _measured_on_va() -> list[tuple[str, dict[str, Any]]]:
    """What each peer and each page model was trained on, and its measures."""
    peers = weights.read_card("page").measures["partitions"]["VA"]["peers"]
    rows = [("nothing, tuned on TR" if row["name"] == "division" else "", row) for row in peers]
    for name in ("stacked_conv", "stacked_conv-mse", "page-rendered", "page-tr", "page"):
        card = weights.read_card(name)
        seen = " (has seen VA)" if "VA" in card.partitions else ""
        rows.append((_trained_on(card) + seen, card.measures["partitions"]["VA"]))
    return rows


def _trained_on(card: weights.Card) -> str:
    """Partitions of NoisyOffice and pages that were rendered."""
    if not card.partitions:
        return card.data["name"]
    return " + ".join([*card.partitions, *["rendered pages"] * bool(card.data.get("rendered"))])


def _speed() -> dict[str, str]:
    return {row["name"]: f"{row['ratio']:.2f}" for row in _benchmark().get("rows", []) if row["ratio"]}


def _benchmark() -> dict[str, Any]:
    """What `scripts/benchmark.py pages` found."""
    return json.loads(BENCHMARK.read_text()).get("pages", {}) if BENCHMARK.exists() else {}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def peers_table() -> str:
    """Ours beside other tools on the same pages, with the plot and the crops."""
    found = _benchmark()
    if "corpus" not in found:
        return "Not measured yet: `make bench` does."
    corpora = [f"RMSE, {count} pages ({name}) | CER" for name, count in found["pages"].items()]
    lines = [
        f"| | {' | '.join(corpora)} | A4 at 300 dpi, seconds | memory |",
        f"|---{'|---|---' * len(corpora)}|---|---|",
    ]
    for row in found["rows"]:
        seen = f" (has seen {found['corpus']})" if row["seen_in_training"] else ""
        measured = [row["by_corpus"][name] for name in found["pages"]]
        quality = " | ".join(f"{one['rmse']:.4f} | {_number(one['cer'])}" for one in measured)
        memory = "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f} MB"
        lines.append(f"| `{row['name']}`{seen} | {quality} | {row['seconds']:.2f} | {memory} |")
    pictures = {
        "benchmark.png": "Bars: error, misread letters, seconds and memory of ours and of every peer",
        "benchmark_crops.png": "Pieces of pages: dirty, cleaned by every peer and by ours, and the original",
    }
    there = {name: about for name, about in pictures.items() if (ROOT / "docs" / name).exists()}
    return "\n".join([*lines, *(f"\n![{about}](docs/{name})" for name, about in there.items())])


def harm_table() -> str:
    """What the shipped cleaner has to reach on rendered pages, and how many figures are good enough."""
    found = weights.read_card("page").measures.get("rendered")
    if not found:
        return "Not measured yet: `make measure-rendered` does."
    lines = ["| on rendered pages | worst figure | must be | good enough |", "|---|---|---|---|"]
    lines += [f"| {_harm(row)} |" for row in found["summary"]]
    for name, rows in found.get("references", {}).items():
        lines += [f"| *{_REFERENCES[name]}*: {_harm(row)} |" for row in rows]
    return "\n".join(lines)


def _harm(row: dict[str, Any]) -> str:
    sign = "at most" if BARS[row["measure"]].at_most else "at least"
    where = f"{row['measure'].replace('_', ' ')} ({row['of']})"
    return f"{where} | {row['worst']:.3f} | {sign} {row['must']:.3f} | {row['holds']}"


def transfer_table() -> str:
    """What a handful of one's own pairs gains on dirt that training never saw."""
    found = weights.read_card("page").measures.get("transfer")
    if not found:
        return "Not measured yet: `scripts/measure_transfer.py` does."
    errors = found["rmse_by_pairs"]
    titles = [f"{name} pairs" if name.isdigit() else f"`{name}`" for name in errors]
    means = [f"{fmean(row):.4f}" for row in errors.values()]
    draws = max(map(len, errors.values()))
    return "\n".join(
        [
            f"| RMSE of {found['pages']} rendered pages ({found['dirt']}) | {' | '.join(titles)} |",
            "|---|" + "---|" * len(titles),
            f"| mean of {draws} draws of the pairs | {' | '.join(means)} |",
            f"| lowest to highest | {' | '.join(map(_from_to, errors.values()))} |",
        ]
    )


def _from_to(errors: list[float]) -> str:
    return f"{min(errors):.4f} to {max(errors):.4f}" if len(errors) > 1 else ""


SECTIONS = {
    "digits": digits_table,
    "denoisers": denoisers_table,
    "pages": pages_table,
    "peers": peers_table,
    "harm": harm_table,
    "transfer": transfer_table,
}


def with_tables(text: str) -> str:
    """The README with every table written again."""
    for name, table in SECTIONS.items():
        place = Marks(f"<!-- {name}: written by scripts/make_readme.py -->", f"<!-- end {name} -->")
        text = filled(text, place, table(), README)
    return text


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", "--dry-run", action="store_true", help="write nothing; exit 1 when out of date"
    )
    args = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    new = with_tables(text)
    if args.check:
        if text != new:
            print("README.md is out of date: run `make readme`", file=sys.stderr)
        return int(text != new)
    write_text(README, new)
    return 0


if __name__ == "__main__":
    start(main)
