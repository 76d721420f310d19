"""Which processor runs the network."""

from __future__ import annotations

import torch

from ae.errors import UsageError

CHOICES = ("auto", "cpu", "cuda", "mps")
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")
_LOST = ("CUDA error", "CUBLAS_STATUS", "cuDNN error", "CUDNN_STATUS", "NVIDIA driver", "No CUDA GPUs", "MPS")


def available() -> list[str]:
    """Names from `CHOICES` that work on this machine, `auto` first."""
    names = ["auto", "cpu"]
    if torch.cuda.is_available():
        names.append("cuda")
    if torch.backends.mps.is_available():
        names.append("mps")
    return names


def choose(name: str = "auto") -> torch.device:
    """Turn a choice into a device; `auto` takes the fastest one present.

    Raises UsageError when the machine lacks the device that was asked for.
    """
    if name not in CHOICES:
        raise UsageError(f"unknown device '{name}': choose one of {', '.join(CHOICES)}")
    present = available()
    # Full float32 and repeatable kernels: a GPU gives what the CPU gives, and the same on every run.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    if name == "auto":
        return torch.device(present[-1])
    if name not in present:
        raise UsageError(f"this machine has no {name} device: choose one of {', '.join(present)}")
    return torch.device(name)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it is far slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the work was too large for the memory of its processor; torch says so in several ways."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY)


def give_back_memory() -> None:
    """Let the GPU have what torch keeps for later."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def is_lost(error: BaseException, device: torch.device | str) -> bool:
    """Whether a GPU stopped working: its driver failed or is gone, and nothing runs on it any more."""
    if torch.device(device).type == "cpu" or is_out_of_memory(error):
        return False
    accelerator = getattr(torch, "AcceleratorError", ())
    return isinstance(error, accelerator) or (
        isinstance(error, RuntimeError) and any(words in str(error) for words in _LOST)
    )


def describe(device: torch.device) -> str:
    """The device in words, for a person: `CPU, 2 threads` or the GPU's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}"
    return device.type.upper()
