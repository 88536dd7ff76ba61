"""Where the sample's customers are, what they are called and who works there; all invented."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A country with what the sample needs of it; `share` is its weight among customers."""

    country: str
    language: str
    time_zones: tuple[str, ...]
    currency: str
    share: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


_EN_FIRST = (
    "Alice",
    "Ben",
    "Carol",
    "David",
    "Emma",
    "Frank",
    "Grace",
    "Henry",
    "Isla",
    "Jack",
    "Kate",
    "Liam",
    "Nora",
    "Oscar",
)
_EN_LAST = (
    "Archer",
    "Bishop",
    "Carver",
    "Dalton",
    "Ellis",
    "Fletcher",
    "Granger",
    "Harper",
    "Irving",
    "Keller",
    "Lawson",
    "Mercer",
)
_DE_FIRST = ("Anke", "Bernd", "Claudia", "Dirk", "Eva", "Felix", "Greta", "Hannes", "Jürgen", "Katrin", "Lars", "Ute")
_DE_LAST = (
    "Albrecht",
    "Brandt",
    "Döring",
    "Engel",
    "Fuchs",
    "Günther",
    "Hartwig",
    "Köhler",
    "Lindner",
    "Möller",
    "Schäfer",
    "Vogt",
)
_FR_FIRST = (
    "Aurélie",
    "Benoît",
    "Camille",
    "Didier",
    "Élodie",
    "François",
    "Hélène",
    "Julien",
    "Léa",
    "Mathieu",
    "Noémie",
    "Rémi",
)
_FR_LAST = (
    "Aubert",
    "Besnard",
    "Chevalier",
    "Delmas",
    "Fabre",
    "Garnier",
    "Humbert",
    "Lacroix",
    "Marchand",
    "Perrot",
    "Renaud",
    "Vidal",
)
_ES_FIRST = (
    "Ana",
    "Bruno",
    "Carmen",
    "Diego",
    "Elena",
    "Fermín",
    "Gloria",
    "Hugo",
    "Inés",
    "Joaquín",
    "Lucía",
    "Nuria",
)
_ES_LAST = (
    "Aguilar",
    "Bravo",
    "Castaño",
    "Delgado",
    "Fuentes",
    "Gallego",
    "Ibáñez",
    "Lozano",
    "Muñoz",
    "Prieto",
    "Rojas",
    "Vega",
)
_PT_FIRST = (
    "Amanda",
    "Bruno",
    "Caio",
    "Débora",
    "Fábio",
    "Helena",
    "João",
    "Larissa",
    "Marcelo",
    "Patrícia",
    "Rafael",
    "Thaís",
)
_PT_LAST = (
    "Almeida",
    "Barbosa",
    "Cardoso",
    "Duarte",
    "Ferraz",
    "Gonçalves",
    "Macedo",
    "Nogueira",
    "Queiroz",
    "Ramos",
    "Souza",
    "Teles",
)
_JA_FIRST = ("Akira", "Chie", "Daichi", "Emi", "Haruto", "Kaori", "Makoto", "Naomi", "Rin", "Sota", "Yui", "Yuta")
_JA_LAST = ("Abe", "Fujita", "Hara", "Ishii", "Kato", "Maeda", "Nomura", "Okada", "Sakai", "Takagi", "Ueda", "Yano")
_IN_FIRST = (
    "Aarav",
    "Bhavna",
    "Deepak",
    "Esha",
    "Gaurav",
    "Ishaan",
    "Kavya",
    "Manoj",
    "Neha",
    "Priya",
    "Rohan",
    "Tara",
)
_IN_LAST = (
    "Agarwal",
    "Bhatt",
    "Chopra",
    "Desai",
    "Iyer",
    "Joshi",
    "Kulkarni",
    "Mehta",
    "Nair",
    "Rao",
    "Shetty",
    "Varma",
)
_NO_FIRST = (
    "Astrid",
    "Bjørn",
    "Dag",
    "Eirik",
    "Frida",
    "Håkon",
    "Ingrid",
    "Kjetil",
    "Liv",
    "Magnus",
    "Sigrid",
    "Øyvind",
)
_NO_LAST = ("Aas", "Berg", "Dahl", "Eide", "Foss", "Haugen", "Lie", "Moen", "Nygård", "Sæther", "Tveit", "Ødegård")
_AR_FIRST = ("Amina", "Bilal", "Dalia", "Faris", "Hana", "Idris", "Karim", "Layla", "Nadim", "Rania", "Samir", "Yasmin")
_AR_LAST = (
    "Abboud",
    "Bakri",
    "Darwish",
    "Fahmy",
    "Haddad",
    "Jaber",
    "Khoury",
    "Mansour",
    "Nassar",
    "Qasim",
    "Saleh",
    "Zaki",
)

PLACES = (
    Place(
        "US",
        "en",
        ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
        "USD",
        30,
        _EN_FIRST,
        _EN_LAST,
    ),
    Place("GB", "en", ("Europe/London",), "GBP", 10, _EN_FIRST, _EN_LAST),
    Place("DE", "de", ("Europe/Berlin",), "EUR", 10, _DE_FIRST, _DE_LAST),
    Place("FR", "fr", ("Europe/Paris",), "EUR", 7, _FR_FIRST, _FR_LAST),
    Place("CA", "en", ("America/Toronto", "America/Vancouver"), "USD", 6, _EN_FIRST, _EN_LAST),
    Place("AU", "en", ("Australia/Sydney", "Australia/Lord_Howe", "Australia/Perth"), "USD", 5, _EN_FIRST, _EN_LAST),
    Place("IN", "en", ("Asia/Kolkata",), "USD", 6, _IN_FIRST, _IN_LAST),
    Place("BR", "pt", ("America/Sao_Paulo",), "USD", 5, _PT_FIRST, _PT_LAST),
    Place("ES", "es", ("Europe/Madrid",), "EUR", 4, _ES_FIRST, _ES_LAST),
    Place("MX", "es", ("America/Mexico_City",), "USD", 4, _ES_FIRST, _ES_LAST),
    Place("JP", "ja", ("Asia/Tokyo",), "USD", 4, _JA_FIRST, _JA_LAST),
    Place("AT", "de", ("Europe/Vienna",), "EUR", 2, _DE_FIRST, _DE_LAST),
    Place("CH", "de", ("Europe/Zurich",), "EUR", 2, _DE_FIRST, _DE_LAST),
    Place("NO", "en", ("Europe/Oslo",), "EUR", 2, _NO_FIRST, _NO_LAST),
    Place("AE", "en", ("Asia/Dubai",), "USD", 1, _AR_FIRST, _AR_LAST),
    Place("NP", "en", ("Asia/Kathmandu",), "USD", 1, _IN_FIRST, _IN_LAST),
    Place("NZ", "en", ("Pacific/Auckland", "Pacific/Chatham"), "USD", 1, _EN_FIRST, _EN_LAST),
)

_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text())
NAME_STARTS: tuple[str, ...] = tuple(_WORDS["name_starts"])
NAME_ENDS: tuple[str, ...] = tuple(_WORDS["name_ends"])
NAME_TAILS: tuple[str, ...] = tuple(_WORDS["name_tails"])
INDUSTRIES: tuple[str, ...] = tuple(_WORDS["industries"])
EDITIONS: tuple[str, ...] = tuple(_WORDS["editions"])
TAGS: tuple[str, ...] = tuple(_WORDS["tags"])
JOB_TITLES: tuple[str, ...] = tuple(_WORDS["job_titles"])
