"""Markdown as HTML and as plain text."""

import pytest

from newsletters.rendering.markdown import as_html, as_text, links_in, named_links_in

TEXT = """Hello **you**,

# First
Second line of it
and [a link](https://a.example/x), <https://b.example/>.\\
A new line.

> quoted *words*
>
> more

1. one
   - inner
2. two

   still two

- tight
- list

## Under it

```
code <b>
```

---
End."""

PLAIN = """Hello you,

First
=====

Second line of it and a link (https://a.example/x), https://b.example/.
A new line.

> quoted words
>
> more

1. one

   - inner

2. two

   still two

- tight
- list

Under it
--------

    code <b>

--------------------

End."""


def same(url: str) -> str:
    return url


def test_markdown_reads_well_as_plain_text() -> None:
    assert as_text(TEXT, same) == PLAIN


def test_markdown_becomes_html_with_styles_of_its_own() -> None:
    html = as_html(TEXT, same)
    assert "<strong>you</strong>" in html
    assert 'href="https://a.example/x"' in html
    assert "code &lt;b&gt;" in html
    assert 'padding-left:24px">' in html
    assert 'padding-right:24px">' in as_html(TEXT, same, direction="rtl")


@pytest.mark.parametrize(
    ("text", "level", "tags"),
    [
        ("# a\n\n## b\n\n### c", 2, ["h2", "h3", "h4"]),
        ("### a\n\n##### b", 2, ["h2", "h3"]),
        ("## a", 3, ["h3"]),
        ("# a\n\n## b\n\n### c\n\n#### d", 3, ["h3", "h4", "h4", "h4"]),
    ],
)
def test_headings_follow_those_around_them(text: str, level: int, tags: list[str]) -> None:
    html = as_html(text, same, level=level)
    assert [html[at + 1 : at + 3] for at in range(len(html)) if html.startswith("<h", at)] == tags


def test_links_are_found_with_their_words() -> None:
    assert links_in(TEXT) == ["https://a.example/x", "https://b.example/"]
    assert named_links_in("[a **b**](https://a.example)") == [("a b", "https://a.example")]
    assert as_text("[words](https://a.example)", lambda url: None) == "words"
    assert "href" not in as_html("[words](https://a.example)", lambda url: None)
