"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings.production")

application = get_wsgi_application()

# All pages are loaded now rather than by the first request. What is there then lives as long as the process: the
# collector leaves it alone, or it walks all of it in the middle of pages. Loaded before the workers are forked, it also
# stays in memory once for all of them.
get_resolver().url_patterns  # noqa: B018 - reading them loads them
gc.collect()
gc.freeze()
