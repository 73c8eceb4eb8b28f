"""Words of the applicants' page."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def step_title(name: str) -> str:
    """A step, as its applicant reads it."""
    return {
        "applied": _("Apply, and prove your address"),
        "document": _("Show who you are"),
        "tests": _("Language and topic tests"),
        "training": _("Training"),
        "review": _("A person looks at it"),
        "supervised": _("Supervised conversations"),
        "certified": _("Certified"),
    }[name]
