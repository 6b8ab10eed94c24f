# The operator's image. Nothing is taken from the outside but the base image and what requirements/*.lock name with their hashes.
#
#   docker build -t atlas-streams-peering:0.1.0 .
#
# To pin the base: --build-arg BASE_DIGEST=@sha256:…
ARG BASE_IMAGE=python:3.13-slim
ARG BASE_DIGEST=

FROM ${BASE_IMAGE}${BASE_DIGEST} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# pip and the build backend live in one environment, the operator alone in the other.
RUN python3 -m venv tools && python3 -m venv --without-pip /opt/venv
COPY requirements/run.lock requirements/dev.lock requirements/
RUN tools/bin/pip --python /opt/venv/bin/python install --require-hashes --only-binary :all: -r requirements/run.lock
# Of the development requirements only the build backend, and what that needs.
RUN awk '/^[a-z]/ {wanted = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} wanted' requirements/dev.lock > build.lock \
 && tools/bin/pip install --require-hashes --only-binary :all: -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN tools/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir wheels . \
 && tools/bin/pip --python /opt/venv/bin/python install --no-deps --no-index wheels/*.whl

FROM ${BASE_IMAGE}${BASE_DIGEST}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="atlas-streams-peering" \
      org.opencontainers.image.description="Kubernetes operator for MongoDB Atlas Stream Processing VPC peering connections" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# It writes no files: the root filesystem may be read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=build /opt/venv /opt/venv
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
# /metrics, and /healthz with /readyz
EXPOSE 8080 8081
ENTRYPOINT ["atlas-streams-peering"]
CMD ["run"]
