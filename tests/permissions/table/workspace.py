"""Lists, my day, the customer page."""

from tests.permissions.line import Line, Of
from tests.permissions.subjects import CSM, EXPORTS, OTHER_CSM, SEES_PORTFOLIOS, SPECIALIST, STAFF, SUPPORT, WITH_A_ROLE
from tests.permissions.table.who import CUSTOMER, SEES

# What is one person's own and nobody else's business: views, exports, bulk changes.
MINE = Of({CSM}, {OTHER_CSM})
MINE_TO_EXPORT = Of({CSM}, {OTHER_CSM}, STAFF - EXPORTS, STAFF - EXPORTS)
EDITS_SOME = WITH_A_ROLE - {SUPPORT, SPECIALIST}

LINES = [
    Line("my_day", "GET", STAFF),
    Line("search", "GET", STAFF),
    Line("portfolio", "GET", SEES_PORTFOLIOS),
    Line("customers", "GET", WITH_A_ROLE),
    Line("list_filters", "GET", WITH_A_ROLE, address={"page": "=customers"}),
    Line("list_columns", "GET", WITH_A_ROLE, address={"page": "=customers"}),
    Line("view_new", "GET POST", WITH_A_ROLE, address={"page": "=customers"}),
    Line("view_edit", "GET POST", MINE, address={"pk": ("view_of_csm", "view_of_other_csm")}),
    Line("view_delete", "POST", MINE, address={"pk": ("view_of_csm", "view_of_other_csm")}),
    Line("bulk_prepare", "POST", EDITS_SOME, data={"page": "=customers", "change": "=tag"}),
    Line("bulk_start", "POST", EDITS_SOME, data={"page": "=customers", "change": "=tag"}),
    Line("bulk_job", "GET", MINE, address={"pk": ("bulk_of_csm", "bulk_of_other_csm")}),
    Line("bulk_progress", "GET", MINE, address={"pk": ("bulk_of_csm", "bulk_of_other_csm")}),
    Line("exports", "GET POST", EXPORTS, data={"page": "=customers"}),
    Line("export", "GET", MINE, address={"pk": ("export_of_csm", "export_of_other_csm")}),
    Line("export_progress", "GET", MINE, address={"pk": ("export_of_csm", "export_of_other_csm")}),
    Line("export_file", "GET", MINE_TO_EXPORT, address={"pk": ("export_of_csm", "export_of_other_csm")}),
    Line("customer", "GET", SEES, address=CUSTOMER),
    Line("customer_note", "POST", SEES, address=CUSTOMER),
    Line("customer_timeline", "GET", SEES, address=CUSTOMER),
    Line("customer_history", "GET", SEES, address=CUSTOMER),
]
