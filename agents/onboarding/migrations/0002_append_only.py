"""What the database itself keeps true: logs, decisions and looks at documents only grow."""

from django.db import migrations

from core.states import append_only

TABLES = (
    "onboarding_applicationlog",
    "onboarding_attemptlog",
    "onboarding_decision",
    "onboarding_documentview",
)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial")]
    operations = [migrations.RunSQL(*append_only(table)) for table in TABLES]
