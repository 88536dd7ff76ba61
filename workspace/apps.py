"""The workspace app."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "workspace"

    def ready(self) -> None:
        """Register the pages of the ground floors; higher apps register their own."""
        from queues.mails.deciding import count_to_decide
        from queues.queries.board import hosted_today
        from workspace.customer_panels import register_panels
        from workspace.navigation import Entry, register

        register_panels()

        register(Entry("My day", "/", "sun", order=10))
        register(Entry("Portfolio", "/portfolio/", "briefcase", order=20, action="portfolio.view"))
        register(Entry("Customers", "/customers/", "building", order=30, action="customer.view"))
        register(Entry("Duplicates", "/customers/duplicates/", "copy", order=35, action="customer.merge"))
        register(Entry("Tiers", "/tiers/", "stairs-up", order=40, action="rules.view"))
        register(Entry("Moves", "/tiers/moves/", "arrows-exchange", order=50, action="rules.view"))
        register(Entry("Limits", "/limits/", "gauge", order=60, action="portfolio.view"))
        register(Entry("Rebalances", "/capacity/rebalances/", "scale", order=64, action="rebalance.propose"))
        register(Entry("What-if", "/capacity/scenarios/", "adjustments", order=66, action="scenario.edit"))
        register(Entry("Queue", "/queue/", "hourglass", order=70, action="queue.view", badge=hosted_today))
        register(Entry("Calendar", "/calendar/", "calendar", order=71, action="calendar.view"))
        register(Entry("Absences", "/absences/", "sun-high", order=72, action="absence.edit"))
        register(Entry("My hours", "/hours/", "clock", order=74, action="hours.edit"))
        register(Entry("Capacity", "/capacity/", "chart-bar", order=62, action="capacity.view"))
        register(
            Entry("Imports", "/imports/", "file-import", order=80, section="Administration", action="customer.import")
        )
        register(
            Entry(
                "Mails",
                "/queue/mails/",
                "mail",
                order=85,
                section="Administration",
                action="queue.manage",
                badge=count_to_decide,
            )
        )
        register(Entry("People", "/people/", "users", order=90, section="Administration", action="team.view"))
        register(
            Entry("Settings", "/settings/", "settings", order=100, section="Administration", action="settings.manage")
        )
        register(Entry("Home", "/portal/", "home", order=10, face="portal"))
        register(Entry("Hours", "/portal/hours/", "calendar-event", order=20, face="portal"))
        register(Entry("Company", "/portal/company/", "building", order=80, face="portal"))
        register(Entry("Profile", "/portal/profile/", "user", order=90, face="portal"))
