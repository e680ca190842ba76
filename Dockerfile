# Any image with Python 3.13 and pip as `python` and `pip`; without an engine .ci/make-image brings Debian's own.
ARG BASE=docker.io/library/python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /build
# Without pip of its own the environment holds the daemon and its dependencies, nothing else.
RUN python -m venv --without-pip /opt/venv && python -m venv --without-pip /opt/build
COPY requirements/build.txt requirements/image.txt requirements/
RUN pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --require-hashes -r requirements/image.txt \
    && pip --python /opt/build/bin/python install --no-cache-dir --no-compile --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY contracts/ contracts/
COPY probes/ probes/
COPY uptime_daemon/ uptime_daemon/
# Byte code that names its source by hash is the same at every build and holds whatever times the files are given; the
# daemon could not write any at its start, for the root file system is read-only.
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-index --no-deps dist/*.whl \
    && /opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash /opt/venv/lib

FROM ${BASE}
# The commit, for `build_info` and whoever asks which one runs.
ARG REVISION=""
LABEL org.opencontainers.image.title="uptime-daemon" \
      org.opencontainers.image.description="Measures uptime, judges it by the contract's words, proves every number" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
# The root file system may be read-only: only the volume is written.
ENV HOME=/var/lib/uptime-daemon \
    PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    UPTIME_DAEMON_REVISION=${REVISION}
COPY --from=build /opt/venv /opt/venv
RUN install -d /etc/uptime-daemon && install -d -m 0700 -o 10001 -g 10001 /var/lib/uptime-daemon
USER 10001:10001
WORKDIR /var/lib/uptime-daemon
VOLUME /var/lib/uptime-daemon
EXPOSE 8990 8991
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["uptime-daemon", "healthcheck", "--config", "/etc/uptime-daemon/uptime.yaml"]
ENTRYPOINT ["uptime-daemon"]
CMD ["run", "--config", "/etc/uptime-daemon/uptime.yaml"]
