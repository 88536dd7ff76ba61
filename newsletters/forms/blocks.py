"""What each kind of block asks of its editor."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from newsletters import variables
from newsletters.actions.pictures import add_picture
from newsletters.models import Issue, Picture
from newsletters.rendering.markdown import links_in
from newsletters.rules.addresses import is_safe, is_web
from newsletters.rules.images import BadImage, Image, read_image
from newsletters.rules.templates import problems
from newsletters.rules.updates import UPDATE_KINDS

MOST_BODY_LETTERS = 20_000
BODY_HELP = (
    "Markdown: **bold**, *italic*, [words](https://address), - begins a list. "
    "Variables: {{ contact.first_name | there }}."
)


class VariablesField(forms.CharField):
    """One line of text in which variables may stand."""

    def validate(self, value: str) -> None:
        """Refuse what is no variable."""
        super().validate(value)
        _refuse(problems(value, variables.names()))


class MarkdownField(VariablesField):
    """A text in Markdown in which variables may stand."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", MOST_BODY_LETTERS)
        options.setdefault("widget", forms.Textarea(attrs={"rows": 10}))
        options.setdefault("help_text", BODY_HELP)
        super().__init__(**options)

    def validate(self, value: str) -> None:
        """Refuse what is no variable, and one in the address of a link."""
        super().validate(value)
        if any("%7B%7B" in url for url in links_in(value)):
            raise ValidationError("The address of a link can't hold a variable.", code="variable_in_link")


class AddressField(forms.CharField):
    """Where a link leads."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 2000)
        options.setdefault("widget", forms.URLInput(attrs={"placeholder": "https://"}))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """Return the address, with https:// before one that was written without."""
        text: str = super().to_python(value) or ""
        if text and ":" not in text.partition("/")[0] and "." in text.partition("/")[0] and " " not in text:
            return f"https://{text}"
        return text

    def validate(self, value: str) -> None:
        """Refuse what no link may lead to."""
        super().validate(value)
        if value and "{{" in value:
            raise ValidationError("The address of a link can't hold a variable.", code="variable_in_link")
        if value and not is_safe(value):
            raise ValidationError(
                "A link leads to an address that begins with https:// or http://, or to a mailbox: mailto:…",
                code="unsafe",
            )


class BlockForm(forms.Form):
    """The ground of the forms of blocks; `data` of a block is what `initial` takes and `data_to_store` returns."""

    # In the editor the button and the address of the form are the page's.
    def __init__(self, *args: Any, issue: Issue, **options: Any) -> None:
        super().__init__(*args, **options)
        self.issue = issue
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self.fields)

    def data_to_store(self, *, actor: User | None) -> dict[str, Any]:
        """Return the block's data; the form is valid. What was uploaded is stored now."""
        return {name: self.cleaned_data[name] for name in self.fields}


class TextForm(BlockForm):
    """A text."""

    body = MarkdownField(label="Text")


class PictureForm(BlockForm):
    """A picture, uploaded now or before."""

    picture = forms.CharField(required=False, widget=forms.HiddenInput)
    upload = forms.FileField(
        required=False,
        label="File",
        help_text="PNG, JPEG, GIF or WebP, up to 2 MB. Twice 536 pixels wide looks sharp on every screen.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
    )
    alt = VariablesField(
        max_length=300,
        label="What it shows",
        help_text="For who does not see it, or whose mail program does not load pictures.",
    )
    caption = VariablesField(required=False, max_length=300, label="Caption")
    url = AddressField(required=False, label="Leads to", help_text="Where a click on it goes; empty: nowhere.")

    _image: Image | None = None

    def clean_picture(self) -> str:
        """Refuse a picture that is not this issue's."""
        uid = self.cleaned_data["picture"]
        if uid and not _is_picture_of(self.issue, uid):
            raise ValidationError("This picture is no longer there. Upload it again.", code="gone")
        return uid

    def clean_upload(self) -> UploadedFile | None:
        """Refuse what is no picture, whatever its name says."""
        upload: UploadedFile | None = self.cleaned_data["upload"]
        if upload is not None:
            try:
                self._image = read_image(upload)
            except BadImage as error:
                raise ValidationError(str(error), code="no_picture") from error
        return upload

    def clean(self) -> dict[str, Any]:
        """Ask for a picture."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("picture") and self._image is None and not self.errors:
            self.add_error("upload", ValidationError("Choose a picture.", code="required"))
        return cleaned

    def data_to_store(self, *, actor: User | None) -> dict[str, Any]:
        """Return the block's data with the stored picture's uid."""
        uid = self.cleaned_data["picture"]
        if self._image is not None:
            uid = str(add_picture(issue=self.issue, image=self._image, actor=actor).uid)
        return {"picture": uid} | {name: self.cleaned_data[name] for name in ("alt", "caption", "url")}


class LinkCardForm(BlockForm):
    """A card that leads somewhere."""

    title = VariablesField(max_length=200)
    text = VariablesField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    url = AddressField(label="Leads to")
    label = VariablesField(
        required=False, max_length=60, label="On the button", help_text="Empty: Read more, in the issue’s language."
    )


class ProductUpdateForm(BlockForm):
    """What is new in the product."""

    update = forms.ChoiceField(choices=list(UPDATE_KINDS.items()), label="Kind")
    title = VariablesField(max_length=200)
    body = MarkdownField(label="What changed")
    url = AddressField(required=False, label="Leads to")
    label = VariablesField(
        required=False,
        max_length=60,
        label="On the button",
        help_text="Empty: See how it works, in the issue’s language.",
    )

    def clean_url(self) -> str:
        """Refuse a mailbox: an update is read on a page."""
        url: str = self.cleaned_data["url"]
        if url and not is_web(url):
            raise ValidationError("An update leads to a page: https://…", code="unsafe")
        return url


class BookingInvitationForm(BlockForm):
    """An invitation to book an hour; its button leads each recipient to its own page."""

    title = VariablesField(max_length=200, initial="An hour for your questions")
    body = MarkdownField(label="Why to book", widget=forms.Textarea(attrs={"rows": 5}))
    label = VariablesField(
        required=False,
        max_length=60,
        label="On the button",
        help_text="Empty: Choose your hour, in the issue’s language.",
    )


def _refuse(sentences: list[str]) -> None:
    if sentences:
        raise ValidationError([ValidationError(sentence, code="variable") for sentence in sentences])


def _is_picture_of(issue: Issue, uid: str) -> bool:
    try:
        return Picture.objects.filter(issue=issue, uid=uid).exists()
    except (ValidationError, ValueError):
        return False
