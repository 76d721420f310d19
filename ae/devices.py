"""Which processor runs the network. torch is imported where it is needed, for its import takes seconds."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ae.errors import UsageError

if TYPE_CHECKING:
    import torch

CHOICES = ("auto", "cpu", "cuda", "mps")
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")
_GPU_FILES = ("nvidia*", "nvhost*", "nvmap", "dxg", "kfd")  # in /dev: NVIDIA's, also in WSL, and AMD's
_LOST = ("CUDA error", "CUBLAS_STATUS", "cuDNN error", "CUDNN_STATUS", "NVIDIA driver", "No CUDA GPUs", "MPS")


def available() -> list[str]:
    """Names from `CHOICES` that work on this machine, `auto` first."""
    names = ["auto", "cpu"]
    if not _may_have_gpu():
        return names
    import torch

    if torch.cuda.is_available():
        names.append("cuda")
    if torch.backends.mps.is_available():
        names.append("mps")
    return names


def _may_have_gpu(devices: Path = Path("/dev")) -> bool:
    """Whether torch is worth asking: on Linux every GPU has a file among the devices."""
    if "torch" in sys.modules or sys.platform != "linux":
        return True
    return any(next(devices.glob(pattern), None) for pattern in _GPU_FILES)


def resolve(name: str = "auto") -> str:
    """Turn a choice into `cpu`, `cuda` or `mps`; `auto` takes the fastest one present.

    Raises UsageError when the machine lacks the device that was asked for.
    """
    if name not in CHOICES:
        raise UsageError(f"unknown device '{name}': choose one of {', '.join(CHOICES)}")
    present = available()
    if name == "auto":
        return present[-1]
    if name not in present:
        raise UsageError(f"this machine has no {name} device: choose one of {', '.join(present)}")
    return name


def choose(name: str = "auto") -> torch.device:
    """The device behind a choice, as torch knows it. Raises UsageError, see `resolve`."""
    import torch

    make_repeatable()
    return torch.device(resolve(name))


def make_repeatable() -> None:
    """No shortened float32 and repeatable kernels: a GPU gives the same on every run."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True


@cache
def has_bfloat16(device: torch.device) -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it is far slower than float32."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def mixed_precision(device: torch.device, wanted: bool) -> AbstractContextManager[None]:
    """For training: layers within it compute in bfloat16 if that is `wanted` and the device multiplies it."""
    import torch

    if not (wanted and has_bfloat16(device)):
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def inference_dtype(device: torch.device, takes_bfloat16: bool) -> torch.dtype:
    """The kind of numbers that a model's copy for inference has; training keeps float32 weights."""
    import torch

    return torch.bfloat16 if takes_bfloat16 and has_bfloat16(device) else torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the work was too large for the memory of its processor; torch says so in several ways."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def give_back_memory() -> None:
    """Let the GPU have what torch keeps for later."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def is_lost(error: BaseException, device: torch.device | str) -> bool:
    """Whether a GPU stopped working: its driver failed or is gone, and nothing runs on it any more."""
    import torch

    if torch.device(device).type == "cpu" or is_out_of_memory(error):
        return False
    accelerator = getattr(torch, "AcceleratorError", ())
    return isinstance(error, accelerator) or (
        isinstance(error, RuntimeError) and any(words in str(error) for words in _LOST)
    )


def describe(device: str, threads: int) -> str:
    """The device in words, for a person: `CPU, 2 threads` or the GPU's name. The processor needs no torch."""
    if device == "cpu":
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}"
    if device != "cuda":
        return device.upper()
    import torch

    return torch.cuda.get_device_name(device)
