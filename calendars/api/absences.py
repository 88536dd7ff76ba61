"""Absences over the API: who is away, entering and cancelling."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import person_for
from accounts.api.base import StaffViewSet
from accounts.models import User
from calendars.access import absence_for, absences_within
from calendars.actions.absences import cancel_absence, enter_absence
from calendars.models import Absence
from calendars.rules.clock import MINUTES_A_DAY
from core.errors import Invalid


class AbsenceSerializer(serializers.ModelSerializer):
    """An absence; `first` and `last` are its days in `time_zone`, `starts_at` and `ends_at` the moments."""

    first = serializers.DateField(source="away.first", read_only=True)
    last = serializers.DateField(source="away.last", read_only=True)
    person_name = serializers.CharField(source="person.name", read_only=True)
    cover_name = serializers.CharField(source="cover.name", read_only=True, default="")

    class Meta:
        model = Absence
        fields: ClassVar = [
            "id",
            "person",
            "person_name",
            "kind",
            "first",
            "last",
            "starts_at",
            "ends_at",
            "time_zone",
            "is_whole_days",
            "cover",
            "cover_name",
            "note",
            "created_at",
            "cancelled_at",
        ]


class AbsenceFilter(django_filters.FilterSet):
    """Filters absences; `ends_after` and `starts_before` give those that touch a time."""

    ends_after = django_filters.IsoDateTimeFilter(field_name="ends_at", lookup_expr="gt")
    starts_before = django_filters.IsoDateTimeFilter(field_name="starts_at", lookup_expr="lt")
    cancelled = django_filters.BooleanFilter(field_name="cancelled_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Absence
        fields: ClassVar = ["person", "kind", "cover"]


class AbsenceRequest(serializers.Serializer):
    """A new absence, of the caller where no person is named.

    `starts` and `ends` are minutes from midnight of the first and the last day in the person's zone; without them whole
    days are meant.
    """

    person = serializers.IntegerField(required=False, min_value=1)
    kind = serializers.ChoiceField(choices=Absence.Kind.choices, default=Absence.Kind.VACATION)
    first = serializers.DateField()
    last = serializers.DateField()
    starts = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MINUTES_A_DAY - 1)
    ends = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MINUTES_A_DAY)
    cover = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300)


class AbsenceViewSet(StaffViewSet):
    """Absences of the caller and of the people whom the caller manages."""

    queryset = Absence.objects.all()
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Absence]:
        """Return the absences that the caller may see, cancelled ones too."""
        if getattr(self, "swagger_fake_view", False):
            return Absence.objects.none()
        return absences_within(self.caller).select_related("person", "cover")

    def list(self, request: Request) -> Response:
        """Return a page of absences."""
        return self.read(self.get_queryset())

    def retrieve(self, request: Request, pk: int) -> Response:
        """Return one absence."""
        return self._told(absence_for(self.caller, int(pk)))

    @extend_schema(request=AbsenceRequest)
    def create(self, request: Request) -> Response:
        """Enter an absence; 409 `absence_overlaps` where the person is away then already."""
        values = self.checked_by(AbsenceRequest)
        person = person_for(self.caller, values.pop("person", self.caller.pk), "absence.edit")
        values["cover"] = _colleague(values.pop("cover", None))
        entered = enter_absence(actor=self.caller, person=person, **values)
        return self._told(entered, status.HTTP_201_CREATED)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel the absence: its time is free again; cancelling twice changes nothing."""
        return self._told(cancel_absence(actor=self.caller, absence=absence_for(self.caller, int(pk))))

    def _told(self, absence: Absence, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(absence).data, status=code)


def _colleague(pk: int | None) -> User | None:
    if pk is None:
        return None
    found = User.objects.filter(pk=pk, kind=User.Kind.STAFF).first()
    if found is None:
        raise Invalid("There is no such colleague.", field="cover", code="cannot_cover")
    return found
