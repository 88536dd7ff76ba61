"""Gunicorn's configuration in a container: `gunicorn --config python:cs_platform.web_server cs_platform.wsgi`."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Longer than any page takes, shorter than a person waits.
timeout = 60
graceful_timeout = 25
# A disk that is busy must not make a worker look dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - where gunicorn's pages put it
# One address in the log for each visitor where a proxy stands in front.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
loglevel = os.environ.get("LOG_LEVEL", "info").lower()
