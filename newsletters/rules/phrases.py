"""What a mail says by itself, in the language of its issue: its foot, and what stands on buttons left empty."""

from typing import NamedTuple


class Phrases(NamedTuple):
    """The words of one language; {topic} and {company} are filled in, never read as a pattern."""

    language: str
    why: str
    unsubscribe: str
    preferences: str
    view: str
    read_more: str
    see_how: str
    choose_hour: str
    # In the order of rules.updates.
    updates: tuple[str, str, str, str, str]


ENGLISH = Phrases(
    "en",
    "You get this mail because you are a contact of {company} and have not declined “{topic}”.",
    "Unsubscribe",
    "Choose what you get",
    "View in the browser",
    "Read more",
    "See how it works",
    "Choose your hour",
    ("New", "Improved", "Fixed", "Changed", "Retired"),
)
# Mails in any other language say it in English, marked as such for who has them read aloud.
LANGUAGES = {
    phrases.language: phrases
    for phrases in (
        ENGLISH,
        Phrases(
            "de",
            "Sie erhalten diese E-Mail als Kontakt von {company}, weil Sie „{topic}“ nicht abbestellt haben.",
            "Abbestellen",
            "Auswählen, was Sie erhalten",
            "Im Browser ansehen",
            "Weiterlesen",
            "So funktioniert es",
            "Termin aussuchen",
            ("Neu", "Verbessert", "Behoben", "Geändert", "Eingestellt"),
        ),
        Phrases(
            "fr",
            "Vous recevez ce message comme contact de {company}, car vous n’avez pas refusé « {topic} ».",
            "Se désabonner",
            "Choisir ce que vous recevez",
            "Voir dans le navigateur",
            "Lire la suite",
            "Voir comment cela marche",
            "Choisir un créneau",
            ("Nouveau", "Amélioré", "Corrigé", "Modifié", "Retiré"),
        ),
        Phrases(
            "es",
            "Recibe este correo como contacto de {company}, porque no ha rechazado «{topic}».",
            "Darse de baja",
            "Elegir lo que recibe",
            "Ver en el navegador",
            "Leer más",
            "Ver cómo funciona",
            "Elegir una hora",
            ("Nuevo", "Mejorado", "Corregido", "Cambiado", "Retirado"),
        ),
        Phrases(
            "it",
            "Riceve questa e-mail come contatto di {company}, perché non ha rifiutato «{topic}».",
            "Annulla l’iscrizione",
            "Scegliere cosa ricevere",
            "Visualizza nel browser",
            "Leggi di più",
            "Scopri come funziona",
            "Scegli un’ora",
            ("Novità", "Migliorato", "Corretto", "Modificato", "Ritirato"),
        ),
        Phrases(
            "nl",
            "U ontvangt deze mail als contactpersoon van {company}, omdat u “{topic}” niet hebt afgemeld.",
            "Afmelden",
            "Kiezen wat u ontvangt",
            "Bekijken in de browser",
            "Lees meer",
            "Bekijk hoe het werkt",
            "Kies een uur",
            ("Nieuw", "Verbeterd", "Opgelost", "Gewijzigd", "Vervallen"),
        ),
        Phrases(
            "pt",
            "Recebe este e-mail como contacto de {company}, porque não recusou «{topic}».",
            "Cancelar a subscrição",
            "Escolher o que recebe",
            "Ver no navegador",
            "Ler mais",
            "Ver como funciona",
            "Escolher uma hora",
            ("Novo", "Melhorado", "Corrigido", "Alterado", "Descontinuado"),
        ),
    )
}


def phrases_in(language: str) -> Phrases:
    """Return the words of the language (`de`, `pt-BR`), or the English ones."""
    return LANGUAGES.get(language.replace("_", "-").partition("-")[0].lower(), ENGLISH)
