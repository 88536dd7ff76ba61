"""Who knocks: the subjects of the permission table, and the sets of them that its lines name."""

# Every role holder owns Acme where its role owns customers; `other_csm` owns Globex and is in another team.
SDR, AE, SUPPORT, AM, DC = "sdr", "ae", "support", "am", "dc"
CSM, OTHER_CSM, RENEWAL, SPECIALIST = "csm", "other_csm", "renewal_manager", "specialist"
MANAGER, ADMIN, NOBODY = "manager", "administrator", "nobody"
ANONYMOUS, CONTACT, OTHER_CONTACT = "anonymous", "acme_contact", "globex_contact"

STAFF = frozenset(
    {SDR, AE, SUPPORT, AM, DC, CSM, OTHER_CSM, RENEWAL, SPECIALIST, MANAGER, ADMIN, NOBODY},
)
CONTACTS = frozenset({CONTACT, OTHER_CONTACT})
EVERYBODY = STAFF | CONTACTS | {ANONYMOUS}

WITH_A_ROLE = STAFF - {NOBODY}
OWNERS = frozenset({SDR, AE, SUPPORT, AM, DC, CSM, RENEWAL})
ADMINS = frozenset({ADMIN})
MANAGERS = frozenset({MANAGER, ADMIN})
READS_RULES = frozenset({AM, CSM, OTHER_CSM, SPECIALIST, MANAGER, ADMIN})
SEES_PORTFOLIOS = frozenset({AM, CSM, OTHER_CSM, MANAGER, ADMIN})
MAKES_CUSTOMERS = frozenset({SDR, AE, MANAGER, ADMIN})
EXPORTS = frozenset({AM, CSM, OTHER_CSM, RENEWAL, SPECIALIST, MANAGER, ADMIN})
LOGS_TIME = WITH_A_ROLE - {SDR, AE}
