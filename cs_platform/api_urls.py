"""Addresses of the API under /api/v1/, its schema and its readable page."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from accounts.api.customers import ContactViewSet, CustomerViewSet, SubscriptionViewSet
from calendars.api.absences import AbsenceViewSet
from newsletters.api.issues import IssueViewSet
from newsletters.api.notices import NoticeFeedView, NoticeSessionView, NoticeStepView
from queues.api.bookings import BookingViewSet
from queues.api.queues import QueueViewSet
from segments.api.capacity import CapacityViewSet
from segments.api.portfolios import PortfolioViewSet
from segments.api.rebalances import RebalanceViewSet
from segments.api.tiers import RuleSetViewSet, TierMoveViewSet

router = SimpleRouter()
router.register("customers", CustomerViewSet)
router.register("contacts", ContactViewSet)
router.register("subscriptions", SubscriptionViewSet)
router.register("portfolios", PortfolioViewSet, basename="portfolio")
router.register("capacity", CapacityViewSet, basename="capacity")
router.register("tier-moves", TierMoveViewSet, basename="tier-move")
router.register("rule-sets", RuleSetViewSet, basename="rule-set")
router.register("absences", AbsenceViewSet, basename="absence")
router.register("rebalances", RebalanceViewSet, basename="rebalance")
router.register("newsletters", IssueViewSet, basename="newsletter")
router.register("queues", QueueViewSet, basename="queue")
router.register("bookings", BookingViewSet, basename="booking")

urlpatterns = [
    path(
        "", SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/page.html"), name="api-page"
    ),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("notices/session/", NoticeSessionView.as_view(), name="notices-session"),
    path("notices/feed/", NoticeFeedView.as_view(), name="notices-feed"),
    path("notices/<uuid:uid>/<str:step>/", NoticeStepView.as_view(), name="notices-step"),
    *router.urls,
]
