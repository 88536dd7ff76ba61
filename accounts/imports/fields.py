"""What can be imported: for each kind its fields, with the names that other systems' exports give them."""

from dataclasses import dataclass
from enum import StrEnum

from accounts.imports.headers import Words, words_of
from accounts.models import CustomField


class Type(StrEnum):
    """How a field's texts are read."""

    KEY = "key"
    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    YES_NO = "yes_no"
    COUNTRY = "country"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    DOMAIN = "domain"
    EMAIL = "email"
    CURRENCY = "currency"
    BILLING = "billing"
    STAGE = "stage"
    STATUS = "status"
    TAGS = "tags"
    CHOICE = "choice"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Field:
    """A field that a column can be mapped to; `names` are what headers call it, the most telling first."""

    name: str
    label: str
    type: Type
    names: tuple[Words, ...] = ()
    limit: int = 255
    help: str = ""
    choices: tuple[str, ...] = ()

    @property
    def has_dates(self) -> bool:
        """Tell whether the order of day and month matters."""
        return self.type == Type.DATE

    @property
    def has_numbers(self) -> bool:
        """Tell whether the decimal mark matters."""
        return self.type in (Type.COUNT, Type.NUMBER, Type.MONEY)


def fields_of(kind: str, custom_fields: list[CustomField] | None = None) -> dict[str, Field]:
    """Return the fields of a kind of import by name; customers have the company's custom fields too."""
    fields = {field.name: field for field in _KINDS[kind]}
    if kind == "customers":
        for custom in custom_fields or []:
            field = _custom(custom)
            fields[field.name] = field
    return fields


CUSTOM = "custom."
_CUSTOM_TYPES = {
    CustomField.Type.TEXT: Type.TEXT,
    CustomField.Type.NUMBER: Type.NUMBER,
    CustomField.Type.DATE: Type.DATE,
    CustomField.Type.YES_NO: Type.YES_NO,
    CustomField.Type.CHOICE: Type.CHOICE,
}


def _custom(custom: CustomField) -> Field:
    return Field(
        name=f"{CUSTOM}{custom.key}",
        label=custom.label,
        type=_CUSTOM_TYPES[CustomField.Type(custom.type)],
        names=(words_of(custom.label), words_of(custom.key)),
        limit=1000,
        help=custom.help_text,
        choices=tuple(custom.choices),
    )


def _field(name: str, label: str, type_: Type, names: str = "", *, limit: int = 255, help: str = "") -> Field:
    known = tuple(words_of(known) for known in names.split("|") if known.strip())
    return Field(name=name, label=label, type=type_, names=known, limit=limit, help=help)


_CUSTOMER_ID = (
    "customer external id|account id|customer id|company id|organization id|client id|account external id|"
    "company external id|account number|account no|customer number|customer no|customer code|"
    "account code|client number|"
    "client no|customer ref|customer reference|account reference|org id|tenant id|workspace id|associated company id|"
    "associated company ids|primary associated company id|parent customer id|kundennummer|kunden nr|kunden id|"
    "numero client|id client|id cliente|customer uuid|account uuid|custid|acctid"
)
_CUSTOMER_NAME = (
    "account name|company name|customer name|organization name|client name|business name|company|organization|account|"
    "customer|client|associated company|primary associated company|legal name|firm|firma|firmenname|unternehmen|kunde|"
    "kundenname|entreprise|societe|raison sociale|nom de l entreprise|empresa|nombre de la empresa|"
    "razon social|azienda|"
    "ragione sociale|bedrijf|bedrijfsnaam"
)
_DOMAIN = (
    "domain|company domain|company domain name|domain name|website|web site|website url|"
    "company website|account website|"
    "homepage|url|web|site web|sitio web|webseite|internet"
)
_LANGUAGE = "language|preferred language|language code|locale|preferred locale|preferred locales|sprache|langue|idioma"
_TIME_ZONE = "time zone|timezone|tz|time zone name|zeitzone|fuseau horaire|zona horaria"
_EDITION = (
    "edition|plan tier|plan name|plan|plan type|current plan|pricing plan|subscription tier|product edition|"
    "product name|"
    "product|subscription plan|subscription type|package|package name|"
    "price name|item name|plan nickname|product plan|plan id|price id|item price id|sku|offer|tarif|tier|tariff|paket|"
    "produkt|formule"
)
_SEATS = (
    "seats|seat count|number of seats|seats purchased|licenses|license count|number of licenses|users|user count|"
    "number of users|licensed users|quantity|qty|plan quantity|item quantity|units|menge|anzahl|"
    "benutzer|lizenzen|sieges"
)
_TRIAL = "is trial|trial|trial flag|on trial|in trial|free trial|trial account|is in trial"
_CHURNED_ON = (
    "canceled at|cancelled at|canceled on|cancelled on|canceled|cancelled|cancel date|cancellation date|canceled date|"
    "cancelled date|churned at|churned on|churn date|date churned|date canceled|date cancelled"
)
_TENURE = "tenure|tenure months|tenure in months|months as customer|customer age months|months on book|account length"

_KINDS: dict[str, tuple[Field, ...]] = {
    "customers": (
        _field(
            "external_id", "ID in the other system", Type.KEY,
            f"external id|{_CUSTOMER_ID}|id|record id|company record id|hs object id|crm id|uuid|guid|key|identifier",
            limit=120, help="Finds the customer again at the next import.",
        ),
        _field("name", "Name", Type.TEXT, f"{_CUSTOMER_NAME}|name|display name|title|nom|nombre|nome|naam"),
        _field("domain", "Domain", Type.DOMAIN, _DOMAIN, limit=253),
        _field(
            "country", "Country", Type.COUNTRY,
            "country|country code|country region|country name|billing country|billing address country|address country|"
            "billing country code|mailing country|shipping country|hq country|headquarters country|"
            "country iso|geography|geo|location country|"
            "land|pays|pais|paese|nation", limit=2,
        ),
        _field("industry", "Industry", Type.TEXT, "industry|sector|vertical|industry name|branche|secteur|industria|"
               "sector name|market segment|line of business", limit=120),
        _field("language", "Language", Type.LANGUAGE, _LANGUAGE, limit=12),
        _field("time_zone", "Time zone", Type.TIME_ZONE, _TIME_ZONE, limit=64),
        _field("is_brand", "Well-known brand", Type.YES_NO, "is brand|brand|well known brand|known brand|brand flag|"
               "is well known brand|big brand|logo account|reference brand"),
        _field("is_strategic", "Strategic", Type.YES_NO, "is strategic|strategic|strategic account|strategic flag|"
               "key account|is key account|strategic customer|vip|is vip"),
        _field("edition", "Edition", Type.TEXT, _EDITION, limit=120),
        _field("seats", "Seats", Type.COUNT, _SEATS),
        _field("stage", "Lifecycle stage", Type.STAGE, "stage|lifecycle stage|life cycle stage|customer stage|"
               "customer status|account status|status|lifecycle|account stage|account type|customer type|type|state",
               help="Words such as lead, trial, onboarding, active, renewal, churned."),
        _field("is_trial", "Is on trial", Type.YES_NO, _TRIAL, help="Yes sets the stage to trial."),
        _field("churned", "Has churned", Type.YES_NO, "churn flag|churned|is churned|has churned|churn|churn value|"
               "churn status|customer churn|exited|is canceled|is cancelled|attrition|attrited|left|churn label",
               help="Yes sets the stage to churned."),
        _field("churned_on", "Churned on", Type.DATE, _CHURNED_ON,
               help="A day that has come sets the stage to churned."),
        _field("is_active", "Is active", Type.YES_NO, "is active|active|active flag|is active customer|active customer|"
               "is active member|is current|current customer", help="No sets the stage to churned."),
        _field("tags", "Tags", Type.TAGS, "tags|labels|tag|label|schlagworte|etiquetas",
               help="Separated by commas or semicolons; they are added to those the customer has."),
        _field("parent", "Parent company", Type.REFERENCE, "parent external id|parent account id|parent company id|"
               "parent customer id|parent id|parent organization id|parent account|parent company|parent|"
               "parent account name|parent company name|parent customer|ultimate parent|head office|mutter",
               help="The ID or the name of another customer, in the product or in the same file."),
        _field("signed_up_on", "Customer since", Type.DATE, "signed up on|signup date|sign up date|signed up at|signup|"
               "customer since|client since|sign up|became a customer date|became customer date|customer start date|"
               "registration date|registered at|registered on|join date|joined at|joined on|joined|onboarded at|since|"
               "start date|create date|created date|date created|created at|created on|created|kunde seit|"
               "date d inscription|fecha de alta|acquisition date"),
        _field("tenure_months", "Months as a customer", Type.COUNT, _TENURE,
               help="Sets “Customer since” of a new customer, counted back from today."),
    ),
    "contacts": (
        _field(
            "external_id", "ID in the other system", Type.KEY,
            "external id|contact id|person id|user id|contact external id|id|record id|hs object id|"
            "lead id|crm id|uuid|"
            "guid|key|identifier|contact record id", limit=120,
        ),
        _field("email", "E-mail address", Type.EMAIL, "email|email address|e mail|e mail address|mail|work email|"
               "contact email|business email|primary email|correo electronico|courriel|adresse email|user email",
               limit=254),
        _field("first_name", "First name", Type.TEXT, "first name|given name|firstname|forename|contact first name|"
               "vorname|prenom|nombre|nome|voornaam", limit=120),
        _field("last_name", "Last name", Type.TEXT, "last name|surname|family name|lastname|contact last name|nachname|"
               "nom|nom de famille|apellido|apellidos|cognome|achternaam", limit=120),
        _field("full_name", "Full name", Type.TEXT, "full name|contact name|name|person|contact|display name|"
               "nom complet|nombre completo|ansprechpartner", limit=240, help="Cut into first and last name."),
        _field("customer_external_id", "Customer’s ID", Type.KEY, _CUSTOMER_ID, limit=120),
        _field("customer_name", "Customer’s name", Type.TEXT, _CUSTOMER_NAME),
        _field("customer_domain", "Customer’s domain", Type.DOMAIN, _DOMAIN, limit=253),
        _field("phone", "Phone", Type.TEXT, "phone|phone number|telephone|mobile|mobile phone|mobile phone number|"
               "work phone|direct phone|tel|telefon|telefono|telephone number|cell", limit=60),
        _field("job_title", "Job title", Type.TEXT, "job title|title|position|role|function|jobtitle|job|funktion|"
               "poste|cargo|puesto", limit=120),
        _field("language", "Language", Type.LANGUAGE, _LANGUAGE, limit=12),
        _field("time_zone", "Time zone", Type.TIME_ZONE, _TIME_ZONE, limit=64),
        _field("is_decision_maker", "Decision maker", Type.YES_NO, "is decision maker|decision maker|decisionmaker|"
               "decision maker flag|primary contact|is primary|is primary contact|main contact|entscheider"),
        _field("is_active", "Active", Type.YES_NO, "is active|active|enabled|is enabled|active flag"),
    ),
    "subscriptions": (
        _field(
            "external_id", "ID in the other system", Type.KEY,
            "external id|subscription id|subscription external id|subscription number|subscription no|contract id|"
            "contract number|subscription item id|deal id|order id|id|record id|uuid|guid|subscription ref|"
            "subscription reference|vertragsnummer|abo nummer", limit=120,
        ),
        _field("customer_external_id", "Customer’s ID", Type.KEY, f"{_CUSTOMER_ID}|user id|customer|account|client",
               limit=120),
        _field("customer_name", "Customer’s name", Type.TEXT, f"{_CUSTOMER_NAME}|"
               "customer description|customer company"),
        _field("customer_domain", "Customer’s domain", Type.DOMAIN, _DOMAIN, limit=253),
        _field("customer_email", "E-mail of a contact", Type.EMAIL, "customer email|email|email address|billing email|"
               "account email|contact email|e mail", limit=254, help="Finds the customer by its contact or domain."),
        _field("edition", "Edition", Type.TEXT, _EDITION, limit=120),
        _field("seats", "Seats", Type.COUNT, _SEATS),
        _field("mrr", "MRR", Type.MONEY, "mrr|mrr amount|monthly recurring revenue|current mrr|mrr value|net mrr|"
               "monthly amount|monthly revenue|monthly charges|monthly charge|monthly fee|monthly price|monthly cost|"
               "monthly value|monthly payment|monthly recurring|revenue per month|price per month|monthly rate",
               help="Monthly recurring revenue."),
        _field("arr", "ARR", Type.MONEY, "arr|arr amount|annual recurring revenue|current arr|acv|"
               "annual contract value|annual amount|annual value|yearly amount|annual fee|annual price|arr value",
               help="A twelfth of it is the MRR."),
        _field("amount", "Amount a bill", Type.MONEY, "amount|subscription amount|recurring amount|"
               "billing amount|price|"
               "plan price|total|total amount|fee|charge|subscription price|invoice amount|amount per period|"
               "recurring price|net amount|betrag|preis|montant|prix|importe|precio|amount in cents|amount cents|"
               "price cents|total cents|amount due", help="Divided by the months between two bills."),
        _field("unit_amount", "Amount a seat and bill", Type.MONEY, "unit amount|unit price|price per seat|"
               "price per user|plan unit price|plan amount|seat price|price unit amount|items price unit amount|"
               "per seat price|unit amount cents|unit price cents|unit amount in cents|plan amount cents|"
               "unit amount decimal|"
               "plan unit amount", help="Times the seats, divided by the months between two bills."),
        _field("billing", "Billing period", Type.BILLING, "billing frequency|billing period|billing cycle|"
               "billing interval|billing term|billing|interval|plan interval|recurring interval|price interval|"
               "billing period unit|payment frequency|payment interval|frequency|period unit|period|term|"
               "subscription term|contract|contract type|contract term|contract length|cycle|price recurring interval|"
               "zahlungsintervall|abrechnung|frequence|periodicite", help="Monthly, quarterly, annual …"),
        _field("billing_count", "Periods a bill", Type.COUNT, "interval count|plan interval count|billing period|"
               "billing interval count|billing period count|price recurring interval count|period count|"
               "recurring interval count", help="3 with “month” is a quarter."),
        _field("currency", "Currency", Type.CURRENCY, "currency|currency code|plan currency|price currency|"
               "subscription currency|currency iso code|ccy|wahrung|devise|moneda|valuta", limit=3),
        _field("starts_on", "Start", Type.DATE, "start date|starts on|subscription start date|started at|start|"
               "starts at|start at|started on|subscription start|contract start date|contract start|begin date|begin|"
               "from|valid from|effective date|effective from|activated at|activation date|subscribed at|"
               "subscription date|purchase date|commencement date|signup date|created at|created|create date|"
               "created date|beginn|startdatum|vertragsbeginn|date de debut|fecha de inicio|first payment date|"
               "current period start|current term start"),
        _field("ends_on", "End", Type.DATE, "end date|ends on|subscription end date|ended at|end|ends at|end at|"
               "ended on|subscription end|contract end date|contract end|expiry date|expiration date|expires at|"
               "expires on|expiry|valid until|valid to|until|to|termination date|terminated at|ende|enddatum|"
               "vertragsende|date de fin|fecha de fin|renewal date|renews on|next renewal date",
               help="The first day no longer paid for; an empty cell means that it runs on."),
        _field("canceled_on", "Cancelled on", Type.DATE, _CHURNED_ON,
               help="Ends a cancelled subscription that has no end of its own."),
        _field("period_end", "End of the paid period", Type.DATE, "current period end|current term end|"
               "current period ends at|period end|next billing date|next billing at|next charge date|renews at|"
               "next invoice date|next payment date|paid until|paid through",
               help="Ends a subscription that was cancelled for the end of its period."),
        _field("status", "Status", Type.STATUS, "status|subscription status|state|subscription state|contract status|"
               "is active|active|active flag|customer status|account status",
               help="Words such as trialing, active, cancelled."),
        _field("is_trial", "Is a trial", Type.YES_NO, _TRIAL),
        _field("churned", "Has ended", Type.YES_NO, "churn flag|churned|is churned|has churned|churn|churn label|"
               "churn value|exited|is canceled|is cancelled|customer churn",
               help="Yes ends a subscription without an end on the day of the import."),
        _field("auto_renews", "Renews by itself", Type.YES_NO, "auto renew|auto renews|auto renew flag|auto renewal|"
               "autorenew|auto renewing|renews automatically|automatic renewal|is auto renew|"
               "automatische verlangerung"),
        _field("cancels_at_end", "Cancelled for the period’s end", Type.YES_NO, "cancel at period end|"
               "cancels at period end|cancel at end|cancel at end of period|cancel at term end"),
        _field("tenure_months", "Months since the start", Type.COUNT, _TENURE,
               help="Sets the start of a new subscription, counted back from today."),
    ),
}  # fmt: skip
