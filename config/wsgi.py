"""HTTP: pages, API, admin."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What is loaded now stays for good: keep the collector from walking it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 100, 100)
