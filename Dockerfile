# Signet in a small image. Build:
#   docker build -t signet .                                          (Debian 12)
#   docker build -t signet --build-arg BASE=debian:trixie-slim .      (Debian 13)
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN . /etc/os-release; boost=libboost1.83-dev; [ "$VERSION_ID" != 12 ] || boost=libboost1.81-dev; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        g++ cmake ninja-build pkgconf "$boost" libssl-dev libcurl4-openssl-dev libpqxx-dev \
        libargon2-dev libcrypt-dev libsodium-dev libutf8proc-dev libzxcvbn-dev libcli11-dev \
        libctemplate-dev libyaml-cpp-dev tao-pegtl-dev; \
    rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY CMakeLists.txt CMakePresets.json ./
COPY include include
COPY package package
COPY sql sql
COPY src src
COPY templates templates
RUN cmake --preset release; \
    cmake --build build/release --target signet; \
    package/image.sh build/release /out

FROM ${BASE}
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# The packages that own the libraries it is linked to; and the certificates with which libcurl checks
# others.
COPY --from=build /out/packages /tmp/packages
RUN apt-get update; \
    xargs -a /tmp/packages env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends ca-certificates; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /tmp/packages; \
    groupadd --gid 10001 signet; \
    useradd --uid 10001 --gid signet --home-dir /var/lib/signet --no-create-home \
        --shell /usr/sbin/nologin signet; \
    install -d -o signet -g signet -m 0700 /var/lib/signet /var/lib/signet/keys
COPY --from=build /out/usr/bin/signet /usr/bin/signet
# What is in it: a bill of materials, and the licences of what is compiled in.
COPY --from=build /out/usr/share/doc/signet /usr/share/doc/signet

USER signet
WORKDIR /var/lib/signet
ENV HOST=0.0.0.0 PORT=4000 AUTH_KEYS_DIR=/var/lib/signet/keys
# The signing keys: lose them, and every token that is out there is refused.
VOLUME /var/lib/signet/keys
EXPOSE 4000
# Alive by default; HEALTH_PATH=/readyz waits for PostgreSQL and the migrations too.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' \"${HEALTH_PATH:-/livez}\" >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/usr/bin/signet"]
CMD ["serve"]
