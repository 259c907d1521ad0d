# PgBouncer from its release, newer than distributions have it: 1.25.2 closes CVE-2025-12819 and speaks the ini's keys.
# Configuration, user list and certificates are mounted; nothing secret is in the image.

FROM debian:13.2-slim AS build
ARG PGBOUNCER_VERSION=1.25.2
# Digest of the release's tarball as published beside it; a build with another version names its own.
ARG PGBOUNCER_SHA256=924ad35113fd0a71c8e2dbe85b5d03445532e2b7b37a9f8a48983beea238b332
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Versions of build tools follow the pinned release of Debian.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        build-essential ca-certificates curl libevent-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
RUN curl --fail --silent --show-error --location --output pgbouncer.tar.gz \
        "https://www.pgbouncer.org/downloads/files/${PGBOUNCER_VERSION}/pgbouncer-${PGBOUNCER_VERSION}.tar.gz" \
    && echo "${PGBOUNCER_SHA256}  pgbouncer.tar.gz" \
        | sha256sum --check - \
    && tar --extract --gzip --strip-components=1 --file pgbouncer.tar.gz \
    && ./configure --prefix=/usr/local --without-cares --without-pam --without-systemd \
    && make --jobs="$(nproc)" pgbouncer \
    && install -D --mode=0755 --strip pgbouncer /out/pgbouncer

FROM debian:13.2-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libevent-2.1-7t64 libssl3t64 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 6432 --user-group --no-create-home --shell /usr/sbin/nologin pgbouncer
COPY --from=build /out/pgbouncer /usr/local/bin/pgbouncer
# The ini names user list and certificates relative to its own folder.
WORKDIR /etc/pgbouncer/config
USER 6432:6432
EXPOSE 6432
# Since 1.23 SIGTERM waits until every client has left. That is what a stopping instance wants: the application beside it
# answers its last requests, closes its pool within 8 s, and PgBouncer then ends by itself. A second SIGTERM ends it at once.
STOPSIGNAL SIGTERM
CMD ["pgbouncer", "pgbouncer.ini"]
