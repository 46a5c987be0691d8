# Stands in for versitygw, of which neither Debian nor PyPI has a build: moto's server, which keeps nothing over a restart.
ARG BASE
FROM ${BASE}
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends wget && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir "moto[s3,server]==5.2.5"
COPY --chmod=755 deploy/try/s3-entrypoint /usr/local/bin/versitygw
