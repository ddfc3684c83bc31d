# One image for Ray's head and workers, the launcher, MLflow and Optuna's dashboard: Ray wants the same Python
# everywhere, to the patch level. PYTHON_IMAGE may name another base; docs/cluster.md says how its digest is renewed.
ARG PYTHON_IMAGE=python:3.11.16-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84

FROM ${PYTHON_IMAGE} AS build
RUN python -m venv /opt/venv
ARG REQUIREMENTS=requirements.txt
COPY deploy/${REQUIREMENTS} /build/requirements.txt
RUN /opt/venv/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r /build/requirements.txt

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="statesweep" \
      org.opencontainers.image.description="Tries ways of carrying and resetting the state of recurrent networks" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="The statesweep contributors"
RUN groupadd --gid 10001 sweep \
    && useradd --uid 10001 --gid sweep --no-create-home --home-dir /home/sweep --shell /usr/sbin/nologin sweep \
    && install --directory --owner sweep --group sweep /home/sweep /study /artifacts
COPY --from=build /opt/venv /opt/venv
COPY pyproject.toml README.md LICENSE /opt/sweep/
COPY workers /opt/sweep/workers
COPY sweep /opt/sweep/sweep
RUN /opt/venv/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation --no-index /opt/sweep
COPY deploy/entrypoint.sh deploy/ray-node.sh deploy/mlflow_accounts.py deploy/guarded_optuna_dashboard.py /opt/sweep/
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/home/sweep \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    KERAS_HOME=/tmp/keras \
    MPLCONFIGDIR=/tmp/matplotlib \
    RAY_USAGE_STATS_ENABLED=0 \
    MLFLOW_DISABLE_TELEMETRY=true
USER 10001:10001
WORKDIR /study
ENTRYPOINT ["/opt/sweep/entrypoint.sh"]
