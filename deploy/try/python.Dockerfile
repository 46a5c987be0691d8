# Stands in for python:*-slim, from a bare Debian.
ARG BASE
FROM ${BASE}
RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && ln -sf python3 /usr/bin/python && apt-get clean && rm -rf /var/lib/apt/lists/*
