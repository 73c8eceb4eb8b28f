"""Supervisors' view of the people: users, agents, skills."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from agents import presence, states
from agents.fairness.admin import suspend_page
from agents.models import Agent, AgentLanguage, AgentSkill, Presence, PresenceLog, Skill, User
from agents.tokens import revoke_all
from core.admin import LogInline, ReadOnlyAdmin, actor, confirmed
from core.states import Stale

admin.site.unregister(Group)
# What allauth shows of people's second factors and sessions is theirs; here both can only be ended.
admin.site.unregister([Authenticator, UserSession, EmailAddress])

PRESENCE_COLOURS = {
    states.ONLINE: "success",
    states.PAUSED: "warning",
    states.FINISHING: "info",
    states.OFFLINE: "default",
}


class NewUserForm(UserCreationForm):
    """By e-mail."""

    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """People who log in."""

    form, add_form, change_password_form = UserChangeForm, NewUserForm, AdminPasswordChangeForm
    list_display = ("email", "first_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    actions = ("log_out_everywhere", "take_factors_away")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Who is set to inactive is out at once: tokens and sockets end."""
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            revoke_all(obj)
            for agent in Agent.objects.filter(user=obj):
                presence.set_presence(
                    agent.pk, states.OFFLINE, by=actor(request), reason="log-in ended"
                )

    @admin.action(description=_("Log out everywhere"), permissions=["change"])
    def log_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For a lost phone."""
        for user in queryset:
            revoke_all(user)
        messages.success(request, _("Done. They have to log in again."))

    @admin.action(
        description=_("Take second factors away, log out everywhere"), permissions=["change"]
    )
    def take_factors_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For who has lost her phone and her recovery codes. Nobody does it for herself."""
        others = [user for user in queryset if user.pk != request.user.pk]
        for user in others:
            Authenticator.objects.filter(user_id=user.pk).delete()
            revoke_all(user)
            self.log_change(request, user, "Second factors taken away")
        if others:
            messages.success(request, _("Done. They log in again and set up a new one."))
        if len(others) < queryset.count():
            messages.warning(request, _("Your own stay: another supervisor can take them away."))


class LanguageInline(TabularInline):
    model = AgentLanguage
    extra = 0


class SkillInline(TabularInline):
    model = AgentSkill
    extra = 0
    autocomplete_fields = ("skill",)


@admin.register(Skill)
class SkillAdmin(ModelAdmin):
    """What agents can and queues need."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Agent)
class AgentAdmin(ModelAdmin):
    """One person who answers customers."""

    list_display = (
        "name",
        "user",
        "shown_presence",
        "shown_load",
        "shown_languages",
        "shown_skills",
    )
    list_filter = ("presence__state", "languages__code", "skills__skill")
    list_select_related = ("user", "presence")
    search_fields = ("name", "user__email")
    autocomplete_fields = ("user",)
    inlines = (LanguageInline, SkillInline)
    readonly_fields = ("shown_presence", "shown_load", "created_at")
    fields = ("user", "name", "photo", "supervises", "shown_presence", "shown_load", "created_at")
    actions_detail = ("send_offline", "suspend_one")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        """With what the list shows."""
        return super().get_queryset(request).prefetch_related("languages", "skills__skill")

    @display(description=_("presence"), label=PRESENCE_COLOURS, ordering="presence__state")
    def shown_presence(self, agent: Agent) -> str:
        """What the agent has chosen, or the silence has."""
        return agent.presence.state if hasattr(agent, "presence") else states.OFFLINE

    @display(description=_("load"), ordering="presence__load")
    def shown_load(self, agent: Agent) -> str:
        """Slots taken of slots there are."""
        return (
            f"{agent.presence.load} / {agent.presence.capacity}"
            if hasattr(agent, "presence")
            else "–"
        )

    @display(description=_("languages"))
    def shown_languages(self, agent: Agent) -> str:
        """With levels."""
        return ", ".join(f"{row.code} {row.level}" for row in agent.languages.all())

    @display(description=_("skills"))
    def shown_skills(self, agent: Agent) -> str:
        """With levels."""
        return ", ".join(f"{row.skill.name} {row.level}" for row in agent.skills.all())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Her record stays. Set the log-in to inactive instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        """A new agent starts offline, with a presence."""
        super().save_model(request, obj, form, change)
        Presence.objects.get_or_create(agent=obj)

    @action(
        description=_("Set offline, return conversations"),
        url_path="set-offline",
        permissions=["change"],
    )
    def send_offline(self, request: HttpRequest, object_id: str) -> Any:
        """The agent goes offline; her conversations go back to the front of their queues."""
        agent = get_object_or_404(Agent, pk=object_id)

        def do() -> None:
            try:
                presence.set_presence(
                    agent.pk, states.OFFLINE, by=actor(request), reason="supervisor"
                )
                messages.success(request, _("%s is offline now.") % agent.name)
            except Stale as stale:
                messages.warning(request, str(stale))

        return confirmed(
            request,
            title=_("Set offline, return conversations"),
            text=_(
                "%s gets no more offers, and open conversations go back to the front of their queues."
            )
            % agent.name,
            back=reverse("admin:agents_agent_change", args=[object_id]),
            do=do,
        )

    def has_suspend_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may do this to a person."""
        return request.user.has_perm("fairness.add_suspension")

    @action(description=_("Suspend…"), url_path="suspend", permissions=["suspend"])
    def suspend_one(self, request: HttpRequest, object_id: str) -> Any:
        """With written reasons; she may appeal to another person."""
        return suspend_page(request, get_object_or_404(Agent, pk=object_id))


class PresenceLogInline(LogInline):
    model = PresenceLog


@admin.register(Presence)
class PresenceAdmin(ReadOnlyAdmin):
    """Who is here. Capacity is edited, never below the load, and who accepts by herself."""

    list_display = ("agent", "shown_state", "load", "capacity", "since", "last_seen_at", "reason")
    list_filter = ("state",)
    list_select_related = ("agent",)
    search_fields = ("agent__name", "agent__user__email")
    fields = (
        "agent",
        "state",
        "reason",
        "since",
        "load",
        "capacity",
        "auto_accept",
        "last_seen_at",
        "disconnected_at",
    )
    readonly_fields = (
        "agent",
        "state",
        "reason",
        "since",
        "load",
        "last_seen_at",
        "disconnected_at",
    )
    inlines = (PresenceLogInline,)

    @display(description=_("presence"), label=PRESENCE_COLOURS, ordering="state")
    def shown_state(self, row: Presence) -> str:
        """In colour, and in words."""
        return row.state

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For the two that are edited."""
        return ModelAdmin.has_change_permission(self, request, obj)

    def save_model(self, request: HttpRequest, obj: Presence, form: Any, change: bool) -> None:
        """Write what is edited alone, and only while the load fits: the rest changes by the second."""
        wanted = form.cleaned_data.get("capacity", obj.capacity)
        alone = form.cleaned_data.get("auto_accept", obj.auto_accept)
        fits = Presence.objects.filter(pk=obj.pk, load__lte=wanted).update(
            capacity=wanted, excess=0, auto_accept=alone
        )
        if not fits:
            load = Presence.objects.filter(pk=obj.pk).values_list("load", flat=True).first()
            messages.error(
                request,
                _(
                    "Nothing was changed: the agent has %d conversations. Choose at least that capacity, or wait."
                )
                % load,
            )
