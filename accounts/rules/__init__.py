"""Cleaning rules for values that people type and files bring: each returns the stored form or says what is wrong.

They are pure: forms, the API and imports share them, so that a value is read alike wherever it comes from.
Each raises `Unreadable`, a ValueError whose text is a sentence for the person.
"""

from accounts.rules.addresses import domain_name, email_address
from accounts.rules.dates import DateOrder, date_clues, read_date
from accounts.rules.errors import Unreadable
from accounts.rules.numbers import decimal_mark_clues, read_amount, read_number, read_whole_number
from accounts.rules.places import country_code, language_code, time_zone_name
from accounts.rules.texts import clean_text, fold
from accounts.rules.words import billing_months, currency_code, read_yes_no, stage_of, subscription_status

__all__ = [
    "DateOrder",
    "Unreadable",
    "billing_months",
    "clean_text",
    "country_code",
    "currency_code",
    "date_clues",
    "decimal_mark_clues",
    "domain_name",
    "email_address",
    "fold",
    "language_code",
    "read_amount",
    "read_date",
    "read_number",
    "read_whole_number",
    "read_yes_no",
    "stage_of",
    "subscription_status",
    "time_zone_name",
]
