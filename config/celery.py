"""The Celery app: it carries wake-ups and ticks, never facts."""

import gc
import os

from celery import Celery
from celery.signals import worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("flagdown", set_as_current=True)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def load_solver(**_: object) -> None:
    """Before the children fork: the first wave that needs it would wait 0.2 s for scipy."""
    import scipy.optimize  # noqa: F401

    import dispatch.matching.solve  # noqa: F401


@worker_init.connect
def widen_timeouts(**_: object) -> None:
    """A worker may wait for Redis; only a request may not."""
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "max_retries": None,
    }


@worker_process_init.connect
def freeze_collector(**_: object) -> None:
    """As in web and sockets: what is loaded stays, and a wave of thousands is not walked through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 100, 100)
