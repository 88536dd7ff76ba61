# One image for the web server, the workers and beat; docker-compose.yml says which of them a container is.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements requirements
RUN python -m venv /venv && /venv/bin/pip install --quiet --require-hashes -r requirements/base.txt
# npm comes from a Python package and stays in this stage.
RUN python -m venv /tools && /tools/bin/pip install --quiet --require-hashes -r requirements/local.txt
COPY package.json package-lock.json ./
RUN PATH="/tools/bin:$PATH" npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
RUN python tools/copy_vendor.py && rm -rf node_modules
# Collecting files needs no secret and reaches no server, but the settings insist on being told.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres://build.invalid/none \
    REDIS_URL=redis://build.invalid/0 \
    EMAIL_URL=dummymail:// \
    DJANGO_SETTINGS_MODULE=cs_platform.settings.production \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin product && install -d -o product /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH="/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cs_platform.settings.production \
    DATA_DIR=/data \
    PORT=8000
USER product
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:cs_platform.web_server", "cs_platform.wsgi:application"]
