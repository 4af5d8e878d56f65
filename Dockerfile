# syntax=docker/dockerfile:1
# Afterword as a service. Build:  docker build -t afterword .
# Fetch the model once, into a volume, then serve:
#   docker run --rm -v afterword-models:/models afterword models pull
#   docker run -p 127.0.0.1:8017:8017 -v afterword-models:/models \
#     -v afterword-data:/data afterword
#
# Before a release goes out, pin both images by digest (`image:tag@sha256:…`,
# from `docker buildx imagetools inspect IMAGE`), so that a build next year is
# made of the same bytes. Tags are kept here to let security fixes in.

FROM rust:1.95.0-bookworm AS builder
# What the program may use of the processor: v3 is AVX2, in servers since 2013
# and, at AMD, 2015. `x86-64-v4` adds AVX512 and is faster where it runs;
# `native` is for images that stay on this machine; on ARM take `generic`, or
# the processor's name as rustc knows it.
ARG TARGET_CPU=x86-64-v3
# Overrides the `native` of .cargo/config.toml, for Rust and C++ alike.
ENV RUSTFLAGS="-C target-cpu=${TARGET_CPU}"
WORKDIR /src
# Before the sources, so that editing them installs nothing anew.
COPY Makefile rust-toolchain.toml ./
COPY scripts scripts
RUN make deps
COPY . .
# The caches keep the C++ of llama.cpp between builds; the program leaves them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    make build FEATURES=parquet && install -D target/release/afterword /out/afterword

FROM debian:bookworm-slim
# libgomp1 and libstdc++6 for llama.cpp, curl for the health check. No Python: a
# model comes from its hub, or as a file put into the volume.
# Versions are the distribution's: a pinned one is gone with the next fix.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libgomp1 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home afterword \
    && install -d -o afterword /models \
    && install -d -o afterword -m 700 /data
COPY --from=builder /out/afterword /usr/local/bin/afterword
ENV AFTERWORD_MODELS_DIR=/models
VOLUME /models /data
USER 10001
EXPOSE 8017
# Ready means that the model is loaded; a large one on a slow disk takes minutes.
HEALTHCHECK --interval=10s --timeout=3s --start-period=3m \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8017/readyz"]
ENTRYPOINT ["afterword"]
CMD ["serve", "--listen", "0.0.0.0:8017", "--data-dir", "/data"]
