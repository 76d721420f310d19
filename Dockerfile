# The lab for a host: docs/hosting.md has the commands. TORCH_INDEX names where torch comes from: the small
# build for processors alone, or with a GPU, https://pypi.org/simple
FROM python:3.12-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

WORKDIR /lab
COPY packages.txt requirements.txt requirements-ocr.txt ./
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends < packages.txt \
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" "torch>=2.6,<3" "torchvision>=0.21,<1" \
    && pip install --no-cache-dir -r requirements.txt -r requirements-ocr.txt

COPY . .
# Compiled now, since nothing can be written later.
RUN python -m compileall -q ae app streamlit_app.py && useradd --uid 1000 --no-create-home lab
USER lab

# /tmp is the only folder that the lab writes to. Limits are those of a demo that strangers use.
ENV HOME=/tmp TMPDIR=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    AE_MAX_MEGAPIXELS=30 AE_MAX_UPLOAD_MB=50 AE_SESSION_MB=150 AE_TOTAL_MB=1500 AE_JOB_SECONDS=600 AE_LOG=1

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "streamlit_app.py", "--server.port=8501", "--server.address=0.0.0.0", "--server.headless=true"]
