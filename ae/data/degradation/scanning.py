"""What machines make of a page: sensor noise, JPEG, photocopies, fax, 1-bit scans and halftone."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance
from ae.data.degradation.fields import (
    Canvas,
    blurred,
    darken,
    eight_bit,
    smooth_noise,
    step,
)
from ae.units import MM_PER_INCH


def sensor_noise(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """A cheap camera in poor light: normal noise, more in bright areas, partly in clumps of two pixels."""
    generator = np.random.default_rng(seed)
    fine = generator.standard_normal(page.shape, np.float32)
    clumps = blurred(generator.standard_normal(page.shape, np.float32), 0.8)
    level = generator.uniform(7, 17) * strength
    exposed = page * np.float32(1 - strength * generator.uniform(0, 0.2))  # white paper is below white
    amount = level * np.sqrt(0.25 + exposed * np.float32(0.75 / 255))
    return eight_bit(exposed + amount * (0.7 * fine + 1.2 * clumps))


def jpeg(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Saved as JPEG, at full strength with quality 14: blocks of eight pixels and ringing at letters."""
    quality = round(92 - 78 * strength)
    swapped = page if page.ndim == 2 else np.ascontiguousarray(page[..., ::-1])
    _, data = cv2.imencode(".jpg", swapped, (cv2.IMWRITE_JPEG_QUALITY, quality))
    flag = cv2.IMREAD_GRAYSCALE if page.ndim == 2 else cv2.IMREAD_COLOR
    restored = np.asarray(cv2.imdecode(data, flag))
    return restored if page.ndim == 2 else np.ascontiguousarray(restored[..., ::-1])


def photocopy(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """A copy of a copy: grey background, dark sides, grey tones turned black, pepper of toner, no colour."""
    canvas = Canvas(page, seed, dpi)
    unit = canvas.pixels_per_mm
    contrast = 1 + strength * canvas.random.uniform(0.4, 1.2)
    veil = strength * canvas.random.uniform(0.03, 0.15)
    sides = np.minimum(canvas.x, canvas.size[1] - canvas.x) if canvas.random.random() < 0.5 else canvas.y
    edge = 0.4 * np.exp(-sides / canvas.random.uniform(1.5, 7)) * (0.6 + 0.8 * canvas.noise(8))
    clouds = 0.5 + canvas.noise(20)
    soft = blurred(luminance(page), strength * 0.05 * unit)
    dusty = darken(soft, canvas.enlarge(veil * clouds + strength * edge))
    pepper = smooth_noise(dusty.shape, max(1.2, 0.12 * unit), canvas.random)
    rate = canvas.random.uniform(0.01, 0.08) * strength
    toner = 130 * strength * step(pepper - 1 + rate, 0.08) + 26 * strength * (pepper - 0.5)
    paper = _paper(dusty)  # the machine sets its exposure by the paper
    return _like(page, paper - contrast * (paper - dusty.astype(np.float32)) - toner)


def one_bit(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Scanned in black and white: steep at low strength, two tones at 1, with ragged edges and stray dots."""
    generator = np.random.default_rng(seed)
    grey = luminance(page).astype(np.float32)
    threshold = generator.uniform(0.42, 0.65) * _paper(grey)
    rough = generator.standard_normal(grey.shape, np.float32)
    clumps = blurred(generator.standard_normal(grey.shape, np.float32), 0.9)
    level = strength * generator.uniform(6, 22)
    return _like(page, _steeper(grey + level * (rough + 1.5 * clumps), threshold, strength))


def fax(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Sent by fax: coarse lines in two tones, some of them lost."""
    generator = np.random.default_rng(seed)
    grey = luminance(page)
    height, width = grey.shape
    rows, columns = generator.choice(((98, 204), (196, 204)))  # lines and dots per inch
    coarse = (max(1, round(width * min(1, columns / dpi))), max(1, round(height * min(1, rows / dpi))))
    small = cv2.resize(grey, coarse, interpolation=cv2.INTER_AREA).astype(np.float32)
    small += 14 * generator.standard_normal(small.shape, np.float32)
    small = np.clip(_steeper(small, generator.uniform(0.48, 0.68) * _paper(small), 0.97), 0, 255)
    lost = generator.random(len(small)) < 0.012
    small[lost] = np.maximum(small[lost], 225)
    sent = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return _like(page, (1 - strength) * grey + strength * sent)


def halftone(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Printed with a screen: the grey of paper and pictures becomes rows of dots, letters get saw teeth."""
    canvas = Canvas(page, seed, dpi, finest=0.01)
    pitch = max(canvas.random.uniform(0.25, 0.5), 3 * MM_PER_INCH / dpi)  # mm; no dots below three pixels
    along, across = canvas.turned((0, 0), np.pi / 4 + canvas.random.uniform(-0.1, 0.1))
    turn = np.float32(2 * np.pi / pitch)
    screen = canvas.enlarge(0.5 + 0.25 * (np.cos(turn * along) + np.cos(turn * across)))
    grey = luminance(page).astype(np.float32)
    tone = blurred(grey, 0.1 * pitch * canvas.pixels_per_mm) * (canvas.random.uniform(0.72, 0.9) / 255)
    dots = 255 * step(tone + screen - 0.95, 0.5)
    return _like(page, (1 - strength) * grey + strength * dots)


def _paper(grey: np.ndarray) -> float:
    """Grey level of the paper: most of a page is paper."""
    return float(np.percentile(grey[::4, ::4], 80))


def _like(page: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """A grey picture float (H, W) as uint8 with as many channels as the page."""
    rounded = eight_bit(grey)
    return rounded if page.ndim == 2 else np.dstack([rounded] * 3)


def _steeper(grey: np.ndarray, threshold: float, strength: float) -> np.ndarray:
    """Contrast around the threshold (grey level), from unchanged at 0 to black and white at 1."""
    slope = 1 / max(1 - strength, 1e-3)
    middle = (1 - strength) * threshold + strength * 127.5  # at strength 0 the same tones come out
    return slope * (grey - threshold) + middle
