# The images of zitag, by target:
#
#   serve      answers requests on CPUs; holds no TensorFlow
#   serve-gpu  the same on NVIDIA GPUs: ONNX Runtime with CUDA 13
#   train      fits bundles on CPUs
#   train-gpu  the same on NVIDIA GPUs: TensorFlow with CUDA 12.2
#   bulk       tags files as a node of a Ray cluster
#
#   base -> tools -> packages-* (locked, slimmed) -> code-* (ours, with what numba compiles) ─┐
#        └> served, trained (user, settings, command) <──────────── copied into ──────────────┘
#
# Every target runs as user 10001 on a read-only root file system; it writes to /tmp, /bundles and /workspace.

FROM python:3.11-slim-bookworm AS base
# The official image comes without the byte code of Python's own library, and a read-only container can't keep any.
RUN groupadd --gid 10001 zitag \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin zitag \
 && install --directory --owner=zitag --group=zitag /bundles /workspace /ray \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
      -x '/(site-packages|test|tests|idlelib|lib2to3|tkinter|turtledemo|ensurepip)/' /usr/local/lib/python3.11
# generic: what numba compiles here runs on any processor of the kind, not only on one like the builder's.
ENV PATH=/opt/zitag/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/zitag \
    NUMBA_CPU_NAME=generic \
    NUMBA_CACHE_DIR=/zitag/.compiled

FROM base AS tools
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
# A mount of the build, in no image; hadolint (DL3042) knows that of the usual folder alone.
ENV PIP_CACHE_DIR=/var/cache/pip \
    PIP_DISABLE_PIP_VERSION_CHECK=1
COPY deploy/slim.sh /usr/local/bin/slim
WORKDIR /locks
# Python's own pip fills it; training asks that one which index it fetches corpora from.
RUN python -m venv --without-pip --system-site-packages /opt/zitag

FROM tools AS packages-serve
COPY locks/serve.txt .
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/zitag/bin/python install --require-hashes --no-compile -r serve.txt \
 && sh /usr/local/bin/slim /opt/zitag

FROM tools AS packages-train
COPY locks/train.txt .
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/zitag/bin/python install --require-hashes --no-compile -r train.txt \
 && sh /usr/local/bin/slim /opt/zitag

FROM tools AS packages-gpu
COPY locks/gpu.txt .
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/zitag/bin/python install --require-hashes --no-compile -r gpu.txt \
 && sh /usr/local/bin/slim /opt/zitag

FROM tools AS packages-gpu-serve
COPY locks/gpu-serve.txt .
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/zitag/bin/python install --require-hashes --no-compile -r gpu-serve.txt \
 && sh /usr/local/bin/slim /opt/zitag

FROM tools AS packages-bulk
COPY locks/ray.txt .
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/var/cache/pip \
    pip --python /opt/zitag/bin/python install --require-hashes --no-compile -r ray.txt \
 && sh /usr/local/bin/slim /opt/zitag

FROM packages-serve AS code
WORKDIR /zitag
COPY model model
RUN python -m model.precompile

FROM code AS code-serve
COPY app app
COPY deploy/ready.py .
RUN python -m compileall -q --invalidation-mode unchecked-hash .

FROM code AS code-train
COPY training training
COPY --chmod=755 deploy/bundles.sh bin/bundles
RUN python -m compileall -q --invalidation-mode unchecked-hash .

FROM code AS code-bulk
COPY --chmod=755 deploy/ray/node.sh bin/node
RUN python -m compileall -q --invalidation-mode unchecked-hash .

FROM base AS served
LABEL org.opencontainers.image.title="zitag" \
      org.opencontainers.image.description="Chinese named-entity tagger: the HTTP service" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV ZITAG_HOST=0.0.0.0 \
    ZITAG_PORT=8000 \
    ZITAG_BUNDLE=/bundles/default \
    ORT_DISABLE_TELEMETRY=1
WORKDIR /zitag
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-IS", "ready.py"]
USER 10001:10001
CMD ["python", "-m", "app"]

FROM base AS trained
LABEL org.opencontainers.image.title="zitag-train" \
      org.opencontainers.image.description="Chinese named-entity tagger: fits bundles" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/zitag/bin:$PATH \
    MPLCONFIGDIR=/tmp/matplotlib \
    ORT_DISABLE_TELEMETRY=1
WORKDIR /workspace
STOPSIGNAL SIGTERM
USER 10001:10001
ENTRYPOINT ["bundles"]
CMD ["--help"]

FROM base AS bulk
LABEL org.opencontainers.image.title="zitag-bulk" \
      org.opencontainers.image.description="Chinese named-entity tagger: files of any size on a Ray cluster" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/zitag/bin:$PATH \
    ORT_DISABLE_TELEMETRY=1 \
    RAY_USAGE_STATS_ENABLED=0 \
    RAY_worker_niceness=0
WORKDIR /zitag
STOPSIGNAL SIGTERM
USER 10001:10001
# KubeRay's commands come instead.
CMD ["node", "--help"]
COPY --from=packages-bulk /opt/zitag /opt/zitag
COPY --from=code-bulk /zitag /zitag

FROM trained AS train-gpu
COPY --from=packages-gpu /opt/zitag /opt/zitag
COPY --from=code-train /zitag /zitag

FROM trained AS train
COPY --from=packages-train /opt/zitag /opt/zitag
COPY --from=code-train /zitag /zitag

FROM served AS serve-gpu
COPY --from=packages-gpu-serve /opt/zitag /opt/zitag
COPY --from=code-serve /zitag /zitag

# Last, so that it is what `docker build .` makes.
FROM served AS serve
COPY --from=packages-serve /opt/zitag /opt/zitag
COPY --from=code-serve /zitag /zitag
