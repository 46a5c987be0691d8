# Stands in for caddy:*-alpine.
ARG BASE
FROM ${BASE}
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends caddy wget && rm -rf /var/lib/apt/lists/*
