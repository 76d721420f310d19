"""Write what the app ships of MNIST's test digits: the pixels, and their codes by every 2-D model."""

from __future__ import annotations

import numpy as np
import torch
from _options import parser, run_options

from ae import weights
from ae.data import mnist

CODE_LENGTH = 2


@torch.inference_mode()
def codes(images: torch.Tensor) -> dict[str, np.ndarray]:
    """Name of each 2-D model -> codes float32 (N, 2)."""
    result = {}
    for name in weights.names("digits"):
        model, card = weights.load(name)
        if card.config["k"] == CODE_LENGTH:
            result[name] = model.encode(images).numpy()
    return result


def main() -> None:
    """Digits from the data folder if one is named, else the shipped ones; then the codes."""
    args = parser(__doc__).parse_args()
    out = run_options(args).out / "mnist_test"
    digits = mnist.load(args.data_root, train=False) if args.data_root else mnist.load_test_digits()
    if args.dry_run:
        digits = digits[:100]
    mnist.save_test_digits(digits, out / mnist.TEST_DIGITS.name)
    found = codes(digits.images)
    np.savez_compressed(out / mnist.TEST_CODES.name, **found)
    print(f"{out}: {len(digits):,} digits, codes by {', '.join(found) or 'no model'}")


if __name__ == "__main__":
    main()
