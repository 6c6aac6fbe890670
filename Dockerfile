# The portal: web, worker, sweeper and scheduler are the same image with another command.
FROM docker.io/library/python:3.13-slim AS built
WORKDIR /srv/rollcall
COPY requirements.lock ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM docker.io/library/python:3.13-slim
# What the printer of documents draws with.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 rollcall \
    && install -d -o rollcall -g rollcall /var/lib/rollcall
WORKDIR /srv/rollcall
COPY --from=built /srv/rollcall/.venv .venv
COPY . .
USER rollcall
ENV PATH=/srv/rollcall/.venv/bin:$PATH ROLLCALL_MODE=production ROLLCALL_VAR=/var/lib/rollcall PYTHONUNBUFFERED=1
VOLUME ["/var/lib/rollcall"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "deploy/health.py"]
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--workers=4", "--threads=4", "--no-control-socket"]
