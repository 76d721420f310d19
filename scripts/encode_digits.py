"""Write what the app ships of MNIST's test digits: the pixels, their codes by every model of two numbers, and
flat maps of longer codes. A map that is there for the very same weights is not computed again; t-SNE takes
about a minute for each of the others.
"""

from __future__ import annotations

import numpy as np
import torch
from _options import parser, run_options, start

from ae import latent, weights
from ae.data import mnist

CODE_LENGTH = 2


def codes(images: torch.Tensor, names: list[str]) -> dict[str, np.ndarray]:
    """Name of each 2-D model -> codes float32 (N, 2)."""
    found = {}
    for name in names:
        if weights.read_card(name).config["k"] == CODE_LENGTH:
            found[name] = latent.encode(weights.load(name)[0], images)
    return found


def maps(
    images: torch.Tensor, names: list[str], kinds: list[str], seed: int, before: latent.Projections
) -> latent.Projections:
    """Flat maps of the longer codes of the named models, those of other models kept as they are."""
    result = before.of_current_weights()
    for name in names:
        card = weights.read_card(name)
        wanted = [kind for kind in kinds if (name, kind) not in result.places]
        if card.config["k"] == CODE_LENGTH or not wanted:
            continue
        longer = latent.encode(weights.load(name)[0], images)
        for kind in wanted:
            result.places[name, kind] = latent.PROJECTORS[kind](longer, seed)
            print(f"{name}: {kind}", flush=True)
        result.digests[name] = card.digest
    return result


def main() -> None:
    """Digits from the data folder if one is named, else the shipped ones; then the codes and the maps."""
    options = parser(__doc__)
    options.add_argument("--only", nargs="+", metavar="NAME", help="flat maps of these models alone")
    options.add_argument(
        "--maps", nargs="*", choices=list(latent.PROJECTORS), default=["tsne"], help="default: tsne"
    )
    args = options.parse_args()
    out = run_options(args).out / "mnist_test"
    digits = mnist.load(args.data_root, train=False) if args.data_root else mnist.load_test_digits()
    if args.dry_run:
        digits = digits[:100]
    mnist.save_test_digits(digits, out / mnist.TEST_DIGITS.name)
    names = weights.names("digits")
    found = codes(digits.images, names)
    np.savez_compressed(out / mnist.TEST_CODES.name, **found)
    print(f"{out}: {len(digits):,} digits, codes by {', '.join(found) or 'no model'}", flush=True)
    path = out / latent.PROJECTIONS.name
    before = latent.read_projections(path)
    latent.write_projections(maps(digits.images, args.only or names, args.maps, args.seed, before), path)


if __name__ == "__main__":
    start(main)
