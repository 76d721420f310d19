"""Pages as the page network sees them, laid ready for training to cut crops from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from ae.data.noisyoffice import PagePair
from ae.documents.planes import working_planes
from ae.documents.softness import softness
from ae.documents.text_size import LARGEST_SCALE, kernel_scale
from ae.errors import DataError

_CLEAN_EVERY = 16  # of so many pages one is there a second time, clean, and must come back as it is
_MISJUDGED = 1.6  # text height is taken too large or too small by up to this factor


class PagePool:
    """Input planes and targets of many pages, each with the weight it has when a crop is drawn.

    A model with a plane more than `planes` is told the softness of the page in it. With `only_soft`
    sharp pages are left out.
    """

    def __init__(self, planes: int, *, only_soft: bool = False) -> None:
        self._planes = planes
        self._only_soft = only_soft
        self.inputs: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []
        self._weights: list[torch.Tensor] = []

    def add(
        self, pairs: Iterable[PagePair], weight: float, misjudge: np.random.Generator | None = None
    ) -> None:
        """Add pages that together have the weight.

        With `misjudge` the height of their letters is estimated wrongly at random, as it will be on real
        pages that are dirty or mixed.
        """
        before = len(self.inputs)
        for index, pair in enumerate(pairs):
            scale = kernel_scale(pair.dirty)
            if misjudge:
                scale = float(np.clip(scale * _MISJUDGED ** misjudge.uniform(-1, 1), 1, LARGEST_SCALE))
            clean = working_planes(pair.clean, scale)
            self._put(working_planes(pair.dirty, scale), clean)
            if index % _CLEAN_EVERY == 0:
                self._put(clean, clean)
        added = len(self.inputs) - before
        self._weights.append(torch.full((added,), weight / max(added, 1)))

    def _put(self, planes: np.ndarray, clean: np.ndarray) -> None:
        soft = softness(planes[0]) if self._planes > len(planes) else 0.0
        if self._only_soft and not soft:
            return
        if self._planes > len(planes):
            planes = np.concatenate([planes, np.full_like(planes[:1], round(255 * soft))])
        self.inputs.append(torch.from_numpy(planes))
        self.targets.append(torch.from_numpy(clean[:1].copy()))  # the page itself, without the other planes

    @property
    def weights(self) -> torch.Tensor:
        """One number a page. Raises DataError where soft pages are wanted and none is."""
        if self._only_soft and not self.inputs:
            raise DataError("none of the pages is soft, so that nothing is learned from them: give others")
        return torch.cat(self._weights)
