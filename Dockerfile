# The operator's image. Nothing is taken from the outside but the base image and what requirements/*.lock name with their hashes.
#
#   docker build -t atlas-streams-peering:0.1.0 .
#
# Another base, by its digest: --build-arg BASE_IMAGE=python:3.13-slim@sha256:…
# It has to have Python 3.11 or newer, with venv; a Debian with python3-venv will do.
ARG BASE_IMAGE=python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
# pip and the build backend live in one environment, the operator alone in the other.
RUN python3 -m venv tools && python3 -m venv --without-pip /opt/venv
COPY requirements/run.lock requirements/image-build.lock requirements/
RUN tools/bin/pip --python /opt/venv/bin/python install --no-compile --require-hashes --only-binary :all: -r requirements/run.lock \
 && tools/bin/pip install --require-hashes --only-binary :all: -r requirements/image-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN tools/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir wheels . \
 && tools/bin/pip --python /opt/venv/bin/python install --no-compile --no-deps --no-index wheels/*.whl
COPY tools/image/bytecode.py ./
RUN PYTHONPYCACHEPREFIX=/opt/venv/bytecode /opt/venv/bin/python bytecode.py

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="atlas-streams-peering" \
      org.opencontainers.image.description="Kubernetes operator for MongoDB Atlas Stream Processing VPC peering connections" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# What installs software stays out: pip, and the copies of it that the standard library and Debian keep.
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/bin/pip* \
           /usr/local/lib/python3*/ensurepip /usr/lib/python3*/ensurepip /usr/share/python-wheels
COPY --from=build /opt/venv /opt/venv
# It writes no files: the root filesystem may be read-only, and the user any.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/venv/bytecode \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
# /metrics, and /healthz with /readyz
EXPOSE 8080 8081
ENTRYPOINT ["atlas-streams-peering"]
CMD ["run"]
