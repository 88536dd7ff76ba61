"""Countries, languages and time zones, by code or by name in several languages."""

import re
import zoneinfo
from functools import lru_cache

import pycountry
from babel import Locale

from accounts.rules.errors import Unreadable
from accounts.rules.texts import fold, shown

# The languages whose names for countries, languages and months are understood.
NAMED_IN = ("en", "de", "fr", "es", "it", "pt", "nl")

# What people write beside the official names. Kosovo's XK is in use everywhere, though ISO only reserves it.
_OTHER_NAMES = (
    "uk=GB|u k=GB|great britain=GB|britain=GB|england=GB|scotland=GB|wales=GB|northern ireland=GB|u s=US|u s a=US|"
    "america=US|the united states=US|the netherlands=NL|holland=NL|south korea=KR|korea=KR|north korea=KP|"
    "russia=RU|czech republic=CZ|ivory coast=CI|uae=AE|u a e=AE|emirates=AE|turkey=TR|macedonia=MK|"
    "swaziland=SZ|burma=MM|cape verde=CV|vatican=VA|taiwan=TW|viet nam=VN|laos=LA|syria=SY|iran=IR|"
    "bolivia=BO|venezuela=VE|tanzania=TZ|moldova=MD|brunei=BN|palestine=PS|republic of ireland=IE|eire=IE|el=GR|"
    "hong kong=HK|macau=MO|macao=MO|kosovo=XK|xk=XK|mainland china=CN|prc=CN|brd=DE|republic of korea=KR"
)
# Languages also known by the name they give themselves; each one costs reading a locale.
_OWN_NAMES = tuple(
    "ar bg cs da el et fa fi he hi hr hu id ja ko lt lv nb pl ro ru sk sl sr sv th tr uk vi zh".split()  # noqa: SIM905
)
_COUNTRIES = dict(pair.split("=") for pair in _OTHER_NAMES.split("|"))


@lru_cache(maxsize=8192)
def country_code(text: str) -> str:
    """Return the ISO 3166 two-letter code of a country given by code or name."""
    word = text.strip()
    if len(word) == 2 and word.upper() in _country_names().values():
        return word.upper()
    found = _country_names().get(fold(word))
    if found is None:
        raise Unreadable(
            f"{shown(text)} is not a country; a name such as Germany or a code such as DE is.", "unknown_country"
        )
    return found


@lru_cache(maxsize=4096)
def language_code(text: str) -> str:
    """Return the two- or three-letter code of a language given by tag (“en-US”, “pt_BR”) or name; the region is left.

    People are matched by the language they speak, which the region does not change.
    """
    tag = re.split(r"[-_]", text.strip().casefold())[0]
    if tag in _languages():
        return _languages()[tag]
    names = _language_names()
    found = names.get(fold(text)) or names.get(fold(re.split(r"[(,/]", text)[0]))
    if found is None:
        raise Unreadable(
            f"{shown(text)} is not a language; a name such as German or a code such as de is.", "unknown_language"
        )
    return found


@lru_cache(maxsize=4096)
def time_zone_name(text: str) -> str:
    """Return the IANA name of a time zone, whatever its case or with spaces or the word “slash” in it."""
    word = re.sub(r"_slash_", "/", text.strip(), flags=re.IGNORECASE).replace(" ", "_").casefold()
    found = _zones().get(word)
    if found is None:
        raise Unreadable(f"{shown(text)} is not a time zone; a name such as Europe/Berlin is.", "unknown_time_zone")
    return found


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    codes = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    names: dict[str, str] = {}
    for language in reversed(NAMED_IN):
        names |= {fold(name): code for code, name in Locale(language).territories.items() if code in codes}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "official_name", ""), getattr(country, "common_name", "")):
            if name:
                names[fold(name)] = country.alpha_2
        names[country.alpha_3.casefold()] = names[country.alpha_2.casefold()] = country.alpha_2
    return names | _COUNTRIES


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """Return the shortest code of every language by each of its codes."""
    codes: dict[str, str] = {}
    for language in pycountry.languages:
        short = getattr(language, "alpha_2", language.alpha_3)
        codes[language.alpha_3] = short
        codes[short] = short
        if getattr(language, "bibliographic", ""):
            codes[language.bibliographic] = short
    return codes


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    known = _languages()
    names: dict[str, str] = {}
    for language in reversed(NAMED_IN):
        names |= {fold(name): tag for tag, name in Locale(language).languages.items() if tag in known}
    # A language's own name: Deutsch, français, 日本語.
    for tag in _OWN_NAMES:
        names.setdefault(fold(Locale(tag).languages[tag]), tag)
    return names | {"mandarin": "zh", "farsi": "fa", "flemish": "nl", "castilian": "es"}


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    names = {name.casefold(): name for name in zoneinfo.available_timezones()}
    return names | {"utc": "UTC", "z": "UTC", "gmt": "UTC"}
