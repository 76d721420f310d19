"""Measure what the lessons show, and store it with its data and seed in pretrained/lessons. Each takes a few
minutes on one core. Garments need Fashion-MNIST beside MNIST in the data folder, as torchvision lays it.
"""

from __future__ import annotations

from importlib import import_module

from _options import parser, run_options, start

from ae import lessons
from ae.lessons.material import material


def main() -> None:
    """Measure the named lessons, or all."""
    options = parser(__doc__)
    options.add_argument("--only", nargs="+", choices=lessons.NAMES, default=lessons.NAMES, metavar="NAME")
    args = options.parse_args()
    run = run_options(args)
    digits = material(args.data_root, args.seed, args.dry_run)
    for name in args.only:
        measured = import_module(f"ae.lessons.{name}").measure(digits)
        lessons.write(measured, run.out / "lessons")
        size = sum(path.stat().st_size for path in (run.out / "lessons").glob(f"{name}.*"))
        print(f"{name}: {size:,} bytes", flush=True)


if __name__ == "__main__":
    start(main)
