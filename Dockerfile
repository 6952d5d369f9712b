# Portal's binary on plain Debian, without Node or npm in the final image.
# For several architectures: docker buildx build --platform linux/amd64,linux/arm64 .

FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS build
WORKDIR /build
# Dependencies first: their layer is cached until bun.lock changes.
COPY package.json bun.lock bunfig.toml ./
COPY src/build/setup.mjs src/build/
COPY src/client/package.json src/client/
RUN node src/build/setup.mjs
COPY tsconfig.json ./
COPY drizzle drizzle
COPY src src
# Served as pages.
COPY SECURITY.md ./
COPY docs docs
COPY examples examples
COPY tests/vectors tests/vectors
# Bun cross-compiles, so nothing here is emulated.
ARG TARGETARCH
RUN case "$TARGETARCH" in \
      amd64) target=linux-x64 ;; \
      arm64) target=linux-arm64 ;; \
      *) echo "Portal has no binary for \"$TARGETARCH\"" >&2; exit 1 ;; \
    esac \
    && node_modules/.bin/bun src/build/build.ts --target "$target" --out /out \
    && mv "/out/portal-$target" /out/portal \
    && mkdir -m 0700 /out/data

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Portal" \
      org.opencontainers.image.description="A self-hosted server for sharing a virtual browser, talking end-to-end encrypted beside it, and meeting strangers by interest." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="AGPL-3.0-only"
COPY LICENSE /usr/share/doc/portal/LICENSE
COPY --from=build /out/portal /usr/local/bin/portal
COPY --from=build --chown=10001:10001 /out/data /data
ENV PORTAL_DATA_DIR=/data PORTAL_HOST=0.0.0.0
VOLUME /data
EXPOSE 7331
# Numeric, so that Kubernetes can verify runAsNonRoot.
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["portal", "healthcheck"]
ENTRYPOINT ["portal"]
CMD ["serve"]
