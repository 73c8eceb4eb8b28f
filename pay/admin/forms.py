"""What finance is asked for."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from agents.models import Agent
from pay.money import EXPONENTS


class Reason(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=400, widget=UnfoldAdminTextInputWidget)


class Currency(forms.Form):
    """Which currency."""

    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in sorted(EXPONENTS)],
        initial="EUR",
        widget=UnfoldAdminSelectWidget,
    )


class Adjustment(Currency, Reason):
    """An amount for an agent, or from her."""

    agent = forms.ModelChoiceField(
        label=_("Agent"), queryset=Agent.objects.all(), widget=UnfoldAdminSelectWidget
    )
    amount = forms.CharField(
        label=_("Amount"),
        max_length=20,
        help_text=_("As in 12.50; with a minus it is taken from her."),
        widget=UnfoldAdminTextInputWidget,
    )
    # Made with the form: a form that is sent twice is one adjustment.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    field_order = ("agent", "amount", "currency", "reason", "key")
