"""The colours and letters of mails, by day and by night; a test keeps every pair readable."""

FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
MONOSPACE = "Menlo, Consolas, 'Courier New', monospace"

PAGE = "#eef1f4"
PAPER = "#ffffff"
INK = "#1f2933"
QUIET_INK = "#52606d"
LINK = "#0b5c54"
LINE = "#d5dbe1"
BUTTON = "#0f6b62"
BUTTON_INK = "#ffffff"

NIGHT_PAGE = "#12171c"
NIGHT_PAPER = "#1b2229"
NIGHT_INK = "#e8ecf0"
NIGHT_QUIET_INK = "#a9b4bf"
NIGHT_LINK = "#5fd0c4"
NIGHT_LINE = "#3a444e"
NIGHT_BUTTON = "#5fd0c4"
NIGHT_BUTTON_INK = "#0b1f1d"

# Of each Markdown element; mail programs keep styles only where they stand on the element itself.
STYLES = {
    "p": "margin:0 0 12px",
    "ul": "margin:0 0 12px;padding-left:24px",
    "ol": "margin:0 0 12px;padding-left:24px",
    "li": "margin:0 0 4px",
    "h2": "margin:16px 0 8px;font-size:22px;line-height:1.3;font-weight:600",
    "h3": "margin:16px 0 8px;font-size:18px;line-height:1.3;font-weight:600",
    "h4": "margin:12px 0 6px;font-size:16px;line-height:1.4;font-weight:600",
    "a": f"color:{LINK};text-decoration:underline",
    "blockquote": f"margin:0 0 12px;padding-left:14px;border-left:3px solid {LINE}",
    "code": f"font-family:{MONOSPACE};font-size:14px",
    "pre": f"margin:0 0 12px;font-family:{MONOSPACE};font-size:14px;white-space:pre-wrap",
    "hr": f"margin:20px 0;border:0;border-top:1px solid {LINE}",
}


def styles_for(direction: str) -> dict[str, str]:
    """Return the styles of Markdown's elements where text is written this way: ltr or rtl."""
    if direction == "ltr":
        return STYLES
    return {tag: style.replace("-left:", "-right:") for tag, style in STYLES.items()}
