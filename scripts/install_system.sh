#!/bin/sh
# Install the browser and the text reader that the tests use: by the system's package manager where it has
# them, else the browser by Playwright. The argument is the Python that has Playwright. With PEERS=1 in the
# environment, the programs that the benchmark compares with are installed too.
set -u

python=${1:-python3}

has() { command -v "$1" >/dev/null 2>&1; }
has_browser() { has chromium || has chromium-browser || has google-chrome; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install() {
    if has apt-get; then
        as_root apt-get update && as_root apt-get install -y --no-install-recommends "$@"
    elif has dnf; then
        as_root dnf install -y "$@"
    elif has pacman; then
        as_root pacman -S --noconfirm --needed "$@"
    elif has brew; then
        brew install "$@"
    else
        return 1
    fi
}

if ! has tesseract; then
    if has apt-get; then install tesseract-ocr
    elif has pacman; then install tesseract tesseract-data-eng
    else install tesseract
    fi
fi
# Ubuntu's package is a stub for another installer, so that a browser may still be missing after it.
if ! has_browser && ! has brew; then
    install chromium
fi
if ! has_browser; then
    "$python" -m playwright install chromium
fi
if [ "${PEERS:-}" = 1 ]; then
    install unpaper imagemagick
fi
has tesseract || echo "Please install Tesseract by hand: the tests that read text need it." >&2
