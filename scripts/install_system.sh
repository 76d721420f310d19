#!/bin/sh
# Install the browser and the text reader that the tests use, where the system's package manager has them.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }

if { has chromium || has chromium-browser || has google-chrome; } && has tesseract; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

if has apt-get; then
    as_root apt-get update
    as_root apt-get install -y --no-install-recommends chromium tesseract-ocr
elif has dnf; then
    as_root dnf install -y chromium tesseract
elif has pacman; then
    as_root pacman -S --noconfirm --needed chromium tesseract tesseract-data-eng
elif has brew; then
    brew install tesseract
    brew install --cask chromium
else
    echo "Please install Chromium and Tesseract by hand: no known package manager was found." >&2
fi
