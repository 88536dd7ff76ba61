"""The workspace app."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "workspace"

    def ready(self) -> None:
        """Register the pages of the ground floors; higher apps register their own."""
        from newsletters.queries.issues import count_for_review
        from queues.mails.deciding import count_to_decide
        from queues.queries.board import hosted_today
        from workspace.customer_panels import register_panels
        from workspace.navigation import Entry, register
        from workspace.newsletter_sources import register_sources

        register_panels()
        register_sources()

        for entry in (
            Entry("My day", "/", "sun", order=10),
            Entry("Portfolio", "/portfolio/", "briefcase", order=20, action="portfolio.view"),
            Entry("Customers", "/customers/", "building", order=30, action="customer.view"),
            Entry("Duplicates", "/customers/duplicates/", "copy", order=35, action="customer.merge"),
            Entry("Tiers", "/tiers/", "stairs-up", order=40, section="Tiers", action="rules.view"),
            Entry("Moves", "/tiers/moves/", "arrows-exchange", order=41, section="Tiers", action="rules.view"),
            Entry("Limits", "/limits/", "gauge", order=42, section="Tiers", action="portfolio.view"),
            Entry("Capacity", "/capacity/", "chart-bar", order=50, section="Capacity", action="capacity.view"),
            Entry(
                "What-if", "/capacity/scenarios/", "adjustments", order=51, section="Capacity", action="scenario.edit"
            ),
            Entry(
                "Rebalances", "/capacity/rebalances/", "scale", order=52, section="Capacity", action="rebalance.propose"
            ),
            Entry(
                "One-to-many", "/capacity/one-to-many/", "users", order=53, section="Capacity", action="capacity.view"
            ),
            Entry("Queue", "/queue/", "hourglass", order=60, section="Hours", action="queue.view", badge=hosted_today),
            Entry(
                "Mails",
                "/queue/mails/",
                "mail",
                order=61,
                section="Hours",
                action="queue.manage",
                badge=count_to_decide,
            ),
            Entry("Calendar", "/calendar/", "calendar", order=62, section="Hours", action="calendar.view"),
            Entry("Absences", "/absences/", "sun-high", order=63, section="Hours", action="absence.edit"),
            Entry("My hours", "/hours/", "clock", order=64, section="Hours", action="hours.edit"),
            Entry(
                "Newsletters",
                "/newsletters/",
                "news",
                order=70,
                section="Newsletters",
                action="newsletter.view",
                badge=count_for_review,
            ),
            Entry(
                "Proposals",
                "/newsletters/proposals/",
                "bulb",
                order=71,
                section="Newsletters",
                action="newsletter.propose",
            ),
            Entry("Notices", "/newsletters/notices/", "bell", order=72, section="Newsletters", action="notice.edit"),
            Entry("Topics", "/newsletters/topics/", "tags", order=73, section="Newsletters", action="newsletter.view"),
            Entry(
                "Suppressed",
                "/newsletters/suppressed/",
                "mail-off",
                order=74,
                section="Newsletters",
                action="suppression.edit",
            ),
            Entry("Imports", "/imports/", "file-import", order=80, section="Administration", action="customer.import"),
            Entry("People", "/people/", "users", order=90, section="Administration", action="team.view"),
            Entry("Settings", "/settings/", "settings", order=100, section="Administration", action="settings.manage"),
        ):
            register(entry)
        register(Entry("Home", "/portal/", "home", order=10, face="portal"))
        register(Entry("Hours", "/portal/hours/", "calendar-event", order=20, face="portal"))
        register(Entry("News", "/portal/newsletters/", "news", order=30, face="portal"))
        register(Entry("Company", "/portal/company/", "building", order=80, face="portal"))
        register(Entry("Profile", "/portal/profile/", "user", order=90, face="portal"))
