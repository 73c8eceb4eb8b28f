"""All settings. The environment decides; what is missing says how to cure it."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    """The environment's value for `name`, or `default`; a missing one tells how to set it."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. `make run` sets it for you; in production put it in the "
            "environment (docs/operations.md lists every variable)."
        )
    return value


def env_bool(name: str, default: bool) -> bool:
    """`1/true/on/yes` or `0/false/off/no`; anything else is refused."""
    raw = os.environ.get(name, "on" if default else "off").strip().lower()
    if raw in {"1", "true", "on", "yes"}:
        return True
    if raw in {"0", "false", "off", "no", ""}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is neither on nor off.")


def env_int(name: str, default: int) -> int:
    """A whole number from the environment."""
    raw = os.environ.get(name, str(default))
    try:
        return int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.") from None


LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = env("SECRET_KEY")
# Older keys still verify what they signed, so that a key can be changed without logging all out.
SECRET_KEY_FALLBACKS = [k for k in env("SECRET_KEY_FALLBACKS", "").split(",") if k]

# ---- where we are reached -------------------------------------------------------------------
HOST = env("HOST", "127.0.0.1")
PORT = env_int("PORT", 8000)
SOCKET_PORT = env_int("SOCKET_PORT", PORT + 1)
PUBLIC_URL = env(
    "PUBLIC_URL", f"http://{'127.0.0.1' if HOST in {'0.0.0.0', '::'} else HOST}:{PORT}"
).rstrip("/")
# Empty: the socket's address is the host the client used, with SOCKET_PORT. Behind a proxy that
# puts both under one origin it is e.g. wss://desk.example.com.
SOCKET_URL = env("SOCKET_URL", "").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
_public_host = urlsplit(PUBLIC_URL).hostname or HOST
ALLOWED_HOSTS = [h for h in env("ALLOWED_HOSTS", "").split(",") if h] or (
    ["*"] if HOST in {"0.0.0.0", "::"} and not HTTPS else sorted({_public_host, HOST} | LOOPBACK)
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# How many proxies of ours stand in front and append to X-Forwarded-For. 0: the header is ignored.
NUM_PROXIES = env_int("NUM_PROXIES", 0)
RATE_LIMITS = env_bool("RATE_LIMITS", True)
if not RATE_LIMITS and not DEBUG and (HOST not in LOOPBACK or _public_host not in LOOPBACK):
    raise ImproperlyConfigured(
        "RATE_LIMITS=off is for benchmarks on this machine. Unset it, or bind HOST to 127.0.0.1."
    )
# Whether staff must show a second factor before anything of theirs opens.
STAFF_SECOND_FACTOR = env_bool("STAFF_SECOND_FACTOR", True)
if not STAFF_SECOND_FACTOR and (HOST not in LOOPBACK or _public_host not in LOOPBACK):
    raise ImproperlyConfigured(
        "STAFF_SECOND_FACTOR=off is for trying things on this machine. Unset it, or bind HOST to "
        "127.0.0.1."
    )

# ---- rooms -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "csp",
    "core",
    "realtime",
    "agents",
    "agents.fairness",
    "agents.onboarding",
    "tickets",
    "pay",
    "dispatch",
    "web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "core.middleware.admin_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "agents.login.sessions.seen",
    "agents.login.factors.wall",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.middleware.admin_policy",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the packages' own, so that the log-in pages are ours.
        "DIRS": [BASE_DIR / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# ---- Postgres: the truth ----------------------------------------------------------------------


def database(url: str) -> dict[str, object]:
    """Django's entry for a `postgresql://user:password@host:port/name?host=/socket/dir` address."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name."
        )
    from urllib.parse import parse_qsl

    query = dict(parse_qsl(parts.query))
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "core.postgres",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(query.pop("port", "") or parts.port or ""),
        # A pool instead of kept connections: kept ones leak under ASGI, and threads would each
        # hold one. A connection is checked before it is handed out (core/postgres), so that a
        # restarted Postgres costs no request.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **query,
            "pool": {
                "min_size": env_int("DB_POOL_MIN", 1),
                "max_size": env_int("DB_POOL_MAX", 10),
                "timeout": 5,
                "max_idle": 300,
            },
            "connect_timeout": 5,
            # Only core.sql's statements are prepared; a pooler in transaction mode that can't keep
            # prepared statements needs a number that is never reached.
            "prepare_threshold": env_int("DB_PREPARE_AFTER", 2),
            "application_name": "flagdown",
        },
        "TEST": {"NAME": env("TEST_DATABASE_NAME", "") or None},
    }


DATABASES = {"default": database(env("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- Redis: hints only -------------------------------------------------------------------------
REDIS_URL = env("REDIS_URL")
# An HTTP request never waits longer than this for Redis, and then not again for a second.
REDIS_TIMEOUT_S = 0.4

CHANNEL_PREFIX = "flagdown"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    # redis-py's default of 5 s would cut an idle subscription every 5 s.
                    "socket_timeout": None,
                    "socket_connect_timeout": 2,
                    "socket_keepalive": True,
                    "health_check_interval": 10,
                }
            ],
            "prefix": CHANNEL_PREFIX,
        },
    }
}

# Sessions and log-in limits live in Postgres: a wiped Redis logs nobody out and opens no door.
SESSION_ENGINE = "core.sessions"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "TIMEOUT": 3600,
    }
}

CELERY_BROKER_URL = REDIS_URL
# Nobody reads results: a task carries no facts.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 30
CELERY_TASK_SOFT_TIME_LIMIT = 25
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# Publishers must not hang a request; the worker widens this for itself (config/celery.py).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "max_retries": 1,
}
CELERY_BROKER_POOL_LIMIT = 10
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "dispatch.tick", "schedule": 1.0},
    "tidy": {"task": "dispatch.tidy", "schedule": 3600.0},
    "erase": {"task": "dispatch.erase", "schedule": 3600.0},
    "exports": {"task": "dispatch.exports", "schedule": 60.0},
    "payouts": {"task": "pay.payouts", "schedule": 600.0},
    "close-days": {"task": "pay.close_days", "schedule": 600.0},
    "join": {"task": "onboarding.rounds", "schedule": 30.0},
    "join-tidy": {"task": "onboarding.tidy", "schedule": 3600.0},
}
# A tick older than this means that no worker works, and /readyz says so.
# Who may read /metrics: the holder of this token; without one, this machine alone.
METRICS_TOKEN = env("METRICS_TOKEN", "")
CANARY_MAX_AGE_S = env_int("CANARY_MAX_AGE_S", 15)


# ---- pay ----------------------------------------------------------------------------------------
# Fernet keys for bank details, comma-separated: the first encrypts, all decrypt. Without one a key
# follows from SECRET_KEY.
PAY_KEYS = [k for k in env("PAY_KEYS", "").split(",") if k]
# Ed25519 keys that sign work records: 32 bytes each in base64, comma-separated. The first signs, all
# verify. Without one a key follows from SECRET_KEY.
WORK_RECORD_KEYS = [k for k in env("WORK_RECORD_KEYS", "").split(",") if k]
# Our own account, from which bank files pay.
PAY_BANK = {
    "name": env("PAY_BANK_NAME", ""),
    "iban": env("PAY_BANK_IBAN", "").replace(" ", ""),
    "bic": env("PAY_BANK_BIC", ""),
}


def minimums(text: str) -> dict[str, str]:
    """What PAYOUT_MINIMUMS means: EUR=10.00,JPY=1500."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        currency, _equals, amount = part.partition("=")
        if not re.fullmatch(r"[A-Z]{3}", currency) or not re.fullmatch(r"\d+(\.\d+)?", amount):
            raise ImproperlyConfigured("PAYOUT_MINIMUMS must look like EUR=10.00,JPY=1500.")
        found[currency] = amount
    return found


# The least that is paid out, per currency, and the day of the weekly payouts: 1 is Monday, 0 none.
PAYOUT_MINIMUMS = minimums(env("PAYOUT_MINIMUMS", "EUR=10.00,USD=10.00,GBP=10.00"))
PAYOUT_WEEKDAY = env_int("PAYOUT_WEEKDAY", 1)
# Set, it switches payouts by Stripe Connect on.
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", "")
STRIPE_API_URL = env("STRIPE_API_URL", "https://api.stripe.com").rstrip("/")

# ---- Web Push -----------------------------------------------------------------------------------
# Our key for push services (VAPID, RFC 8292): 32 random bytes as base64url without padding. Without
# one nothing is pushed, and the app says so.
VAPID_PRIVATE_KEY = env("VAPID_PRIVATE_KEY", "")
if VAPID_PRIVATE_KEY and not re.fullmatch(r"[A-Za-z0-9_-]{43}", VAPID_PRIVATE_KEY):
    raise ImproperlyConfigured(
        "VAPID_PRIVATE_KEY must be 32 bytes as base64url, 43 characters without padding: "
        "`python manage.py vapid_key` makes one."
    )
# Whom a push service may write to when something of ours goes wrong.
VAPID_CONTACT = env("VAPID_CONTACT", f"mailto:push@{_public_host}")
# Push services besides those of the browsers we know, as origins, comma-separated.
PUSH_SERVICES = [each.rstrip("/") for each in env("PUSH_SERVICES", "").split(",") if each]

# ---- mail ---------------------------------------------------------------------------------------
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mail_server(url: str) -> dict[str, str]:
    """What EMAIL_URL means: smtp://, smtp+tls:// or smtps://user:password@host:port, file:///folder,
    or nothing: mails go to the log."""
    parts = urlsplit(url)
    known = {
        "scheme": parts.scheme,
        "host": parts.hostname or "localhost",
        "port": "25",
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "path": unquote(parts.path),
        "backend": "django.core.mail.backends.smtp.EmailBackend",
    }
    if not url:
        return known | {"backend": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file" and len(parts.path) > 1:
        return known | {"backend": "django.core.mail.backends.filebased.EmailBackend"}
    wrong = ImproperlyConfigured(
        "EMAIL_URL must look like smtp+tls://user:password@host:587, smtps://…, smtp://… or "
        "file:///folder."
    )
    if parts.scheme not in MAIL_PORTS or not parts.hostname:
        raise wrong
    try:
        return known | {"port": str(parts.port or MAIL_PORTS[parts.scheme])}
    except ValueError:
        raise wrong from None


# ---- people ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "agents.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "agents.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Without one, the Host header of the request would stand in mails' subjects.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A code by e-mail instead of the password. Mails take their time; three guesses are few.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ALLAUTH_TRUSTED_PROXY_COUNT = NUM_PROXIES
ACCOUNT_RATE_LIMITS = (
    {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"} if RATE_LIMITS else False
)
MFA_ADAPTER = "agents.login.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Flagdown"
# A phone's clock may be off by half a minute. That no code counts twice is our own forms' work.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "agents.login.forms.AuthenticateForm",
    "reauthenticate": "agents.login.forms.ReauthenticateForm",
    "activate_totp": "agents.login.forms.ActivateTOTPForm",
    "add_webauthn": "agents.login.forms.AddWebAuthnForm",
    "login_webauthn": "agents.login.forms.LoginWebAuthnForm",
    "authenticate_webauthn": "agents.login.forms.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "agents.login.forms.ReauthenticateWebAuthnForm",
}
# Accounts are made by supervisors, not by whoever types an address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"} if RATE_LIMITS else False
USERSESSIONS_ADAPTER = "agents.login.sessions.SessionsAdapter"
# Fernet keys for the secrets of authenticator apps, comma-separated: the first encrypts, all
# decrypt. Without one a key follows from SECRET_KEY.
LOGIN_KEYS = [k for k in env("LOGIN_KEYS", "").split(",") if k]
# Passkeys belong to a domain, and an address of numbers is none: there it is localhost.
PASSKEY_HOST = (
    _public_host if re.search(r"[a-z]", _public_host) and ":" not in _public_host else "localhost"
)
PASSKEY_URL = PUBLIC_URL if _public_host == PASSKEY_HOST else f"http://{PASSKEY_HOST}:{PORT}"
CSRF_FAILURE_VIEW = "core.problems.csrf_failure"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/agent/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
_mail = mail_server(env("EMAIL_URL", ""))
EMAIL_BACKEND = env("EMAIL_BACKEND", _mail["backend"])
EMAIL_HOST = env("EMAIL_HOST", _mail["host"])
EMAIL_PORT = env_int("EMAIL_PORT", int(_mail["port"]))
EMAIL_HOST_USER = env("EMAIL_HOST_USER", _mail["user"])
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", _mail["password"])
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", _mail["scheme"] == "smtp+tls")
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", _mail["scheme"] == "smtps")
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", _mail["path"])
# A worker must not hang on a mail server that does not answer.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", f"Flagdown <no-reply@{_public_host}>")

SESSION_COOKIE_NAME = "flagdown_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "flagdown_csrf"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# Sockets, and the requests in their place where no WebSocket comes through.
_sockets = (
    [SOCKET_URL, SOCKET_URL.replace("ws", "http", 1)]
    if SOCKET_URL
    else [f"{scheme}://*:{SOCKET_PORT}" for scheme in ("ws", "wss", "http", "https")]
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        # Agents' photos are https addresses that supervisors enter.
        "img-src": [SELF, "data:", "https:"],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "connect-src": [SELF, *_sockets],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# The admin's theme runs Alpine, which builds functions from attributes and sets inline styles.
ADMIN_CONTENT_SECURITY_POLICY = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}

# ---- API ---------------------------------------------------------------------------------------
MAX_BODY_BYTES = 256 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# A larger file is refused while it comes in, whatever page it is sent to.
MAX_FILE_BYTES = env_int("MAX_FILE_MB", 8) * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "core.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.BoundedJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    # Deny by default: a view that forgets to say who may call it serves nobody.
    "DEFAULT_PERMISSION_CLASSES": ["core.permissions.DenyAll"],
    "DEFAULT_THROTTLE_CLASSES": ["core.throttles.RateLimit"],
    "DEFAULT_SCHEMA_CLASS": "core.schema.Schema",
    "EXCEPTION_HANDLER": "core.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "NON_FIELD_ERRORS_KEY": "body",
}
# Per scope: who is counted is said by the view (`throttle_by`).
RATES = {
    "docs": "60/minute",
    "session": "120/minute",
    # Per address; guesses at one account are counted apart (login-key, failures only).
    "login": "60/minute",
    "login-key": "10/minute",
    # Per account, right or wrong: a code has six digits only.
    "login-otp": "10/5minute",
    "chat-read": "600/minute",
    "chat-write": "120/minute",
    "agent-read": "900/minute",
    "agent-write": "600/minute",
    # Looks at the whole house again, as it was then.
    "why": "60/minute",
    "decisions": "12/minute",
    # Anybody may check a work record, by address.
    "verify": "60/minute",
    # Reads a month of the ledger and draws it.
    "statements": "30/minute",
    # Each is a call of somebody else's server.
    "push-test": "6/minute",
    # Answers of phones that have no log-in but the push itself; counted by address.
    "push-answer": "240/minute",
    # Applications per address of a caller, and mails to one e-mail address.
    "join": "20/hour",
    "join-mail": "3/hour",
    "join-link": "30/minute",
    "join-upload": "20/hour",
    "join-read": "120/minute",
    "join-write": "240/minute",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Flagdown",
    "DESCRIPTION": (
        "Customers ask, agents answer. Sockets and their frames are described in docs/protocol.md."
    ),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "SuspensionStateEnum": "agents.fairness.states.SUSPENSION_CHOICES",
        "AppealStateEnum": "agents.fairness.states.APPEAL_CHOICES",
        "ContestStateEnum": "tickets.states.CONTEST_CHOICES",
        "PresenceEnum": "agents.states.PRESENCE_CHOICES",
        "PayoutStateEnum": "pay.states.PAYOUT_CHOICES",
        "TicketStateEnum": "tickets.states.TICKET_CHOICES",
        "OfferStateEnum": "dispatch.states.OFFER_CHOICES",
        "TestStateEnum": "agents.onboarding.states.ATTEMPT_CHOICES",
    },
}

# ---- words, files, logs -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Each by its own name: who looks for hers may not read any other.
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("it", "Italiano"),
    ("pl", "Polski"),
    ("sv", "Svenska"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("hi", "हिन्दी"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "web" / "locale"]
LANGUAGE_COOKIE_NAME = "flagdown_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
VAR_DIR = Path(env("VAR_DIR", str(BASE_DIR / "var")))
STATIC_ROOT = VAR_DIR / "static"
# Identity documents. Nothing serves this folder; web and worker share it.
PRIVATE_DIR = Path(env("PRIVATE_DIR", str(VAR_DIR / "private")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "web.storage.LeanStaticFiles"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        # One line per refused request is the access log's work.
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}


def _menu(title: object, icon: str, page: str) -> dict[str, object]:
    """One entry of the admin's side bar."""
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{page}_changelist")}


ADMIN_MENU = [
    {
        "title": _("Conversations"),
        "items": [
            _menu(_("Tickets"), "forum", "tickets_ticket"),
            {**_menu(_("Alerts"), "campaign", "dispatch_alert"), "counts": "alerts"},
            _menu(_("Offers"), "notifications_active", "dispatch_offer"),
            _menu(_("Customers"), "person", "tickets_customer"),
        ],
    },
    {
        "title": _("People"),
        "items": [
            _menu(_("Agents"), "support_agent", "agents_agent"),
            {
                **_menu(_("Applications"), "how_to_reg", "onboarding_application"),
                "counts": "applications",
            },
            _menu(_("Presence"), "sensors", "agents_presence"),
            _menu(_("Suspensions"), "front_hand", "fairness_suspension"),
            _menu(_("Appeals"), "gavel", "fairness_appeal"),
            _menu(_("Contested ratings"), "star_half", "tickets_contest"),
            _menu(_("Planned shifts"), "calendar_month", "dispatch_shift"),
            _menu(_("Account deletions"), "person_remove", "dispatch_erasure"),
            _menu(_("Skills"), "school", "agents_skill"),
            _menu(_("Log-ins"), "key", "agents_user"),
        ],
    },
    {
        "title": _("Money"),
        "items": [
            _menu(_("Payouts"), "payments", "pay_payout"),
            _menu(_("Files for the bank"), "account_balance", "pay_batch"),
            _menu(_("Ledger"), "receipt_long", "pay_transaction"),
            _menu(_("Accounts"), "account_balance_wallet", "pay_account"),
            _menu(_("Destinations"), "credit_card", "pay_destination"),
            _menu(_("Tariffs"), "sell", "pay_tariff"),
            _menu(_("Quests"), "flag", "pay_quest"),
            _menu(_("Tips"), "volunteer_activism", "pay_tipping"),
        ],
    },
    {
        "title": _("Set-up"),
        "items": [
            _menu(_("Desks"), "storefront", "tickets_desk"),
            _menu(_("Queues"), "list_alt", "tickets_queue"),
            _menu(_("Canned replies"), "quickreply", "tickets_cannedreply"),
            _menu(_("Weights"), "balance", "dispatch_weightset"),
            _menu(_("Waves"), "water", "dispatch_wave"),
            _menu(_("Tests"), "quiz", "onboarding_blueprint"),
            _menu(_("Questions"), "help", "onboarding_question"),
            _menu(_("Training"), "menu_book", "onboarding_trainingpage"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "Flagdown",
    "SITE_HEADER": "Flagdown",
    "SITE_SUBHEADER": _("Supervisors"),
    "SITE_SYMBOL": "flag",
    # Without one, browsers ask for /favicon.ico, which is not there.
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("web/img/icon.svg"),
        }
    ],
    "SITE_URL": "/",
    "ACCOUNT": {
        "navigation": [{"title": _("Security"), "link": reverse_lazy("account-security")}],
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "dispatch.admin.menu",
    },
    "COLORS": {
        "primary": {
            "50": "240 253 247",
            "100": "214 248 232",
            "200": "174 238 210",
            "300": "121 221 183",
            "400": "69 195 152",
            "500": "34 163 122",
            "600": "23 131 98",
            "700": "21 105 81",
            "800": "21 84 66",
            "900": "19 69 56",
            "950": "7 39 32",
        }
    },
}

# ---- dispatch -----------------------------------------------------------------------------------
HEARTBEAT_S = env_int("HEARTBEAT_S", 20)
PRESENCE_TTL_S = env_int("PRESENCE_TTL_S", 60)
# As long a phone counts as reachable that sleeps, since it was last heard, if a push has reached it.
PUSH_REACH_S = env_int("PUSH_REACH_S", 7200)
# A closed socket is not yet a lost agent: a phone that changes cells is back within seconds.
RECONNECT_GRACE_S = env_int("RECONNECT_GRACE_S", 5)
# How long a lost agent keeps her conversations before they go back to the front of the queue.
CONVERSATION_GRACE_S = env_int("CONVERSATION_GRACE_S", 120)
# How long who declined, missed or gave back a ticket is not asked for it again.
COOL_DOWN_S = env_int("COOL_DOWN_S", 60)
# The same for whom it was taken from because she owed an answer for too long.
SILENT_COOL_DOWN_S = env_int("SILENT_COOL_DOWN_S", 300)
# Who writes again within so many days goes on with the same conversation; 0: never.
REOPEN_DAYS = env_int("REOPEN_DAYS", 7)
# How many agents who are off duty a ladder's step asks to come for a ticket, and how long each of
# them is then left in peace.
CALL_INS = env_int("CALL_INS", 3)
# Answers to who left an address are mailed once a conversation has been quiet for so long.
MAIL_AFTER_S = env_int("MAIL_AFTER_S", 20)
CALL_IN_PAUSE_S = env_int("CALL_IN_PAUSE_S", 3600)
# The same for whose phone did not draw the offer in time: until its next heartbeat is due.
UNDELIVERED_COOL_DOWN_S = env_int("UNDELIVERED_COOL_DOWN_S", 20)
# ---- applications -------------------------------------------------------------------------------
# How long the link in an applicant's mail works, and when an address that was never proven is forgotten.
JOIN_LINK_HOURS = env_int("JOIN_LINK_HOURS", 48)
# Seconds that an answer may be late: it was given in time, and the network is slow.
JOIN_TEST_GRACE_S = env_int("JOIN_TEST_GRACE_S", 15)
# Supervised conversations that a reviewer looks at before she certifies.
JOIN_SUPERVISED = env_int("JOIN_SUPERVISED", 3)
# Where an applicant may ask about a decision; shown with it.
JOIN_CONTACT = env("JOIN_CONTACT", "")
# Days after the decision until an identity document is deleted.
JOIN_DOCUMENT_DAYS = env_int("JOIN_DOCUMENT_DAYS", 30)

# Offers missed in a row that make an agent away.
MISSED_BEFORE_PAUSE = env_int("MISSED_BEFORE_PAUSE", 2)
