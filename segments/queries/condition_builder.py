"""What the builder of conditions offers: the fields with their questions and the values in use."""

from typing import Any

from segments.conditions.fields import OPERATORS, FieldSet, Type
from segments.queries.suggestions import values_in_use


def fields_offered(fields: FieldSet) -> list[dict[str, Any]]:
    """Return the fields as the builder's script knows them; one query."""
    in_use = values_in_use()
    return [
        {
            "key": field.key,
            "label": field.label,
            "type": field.type.value,
            "unit": field.unit,
            "choices": [{"key": key, "label": label} for key, label in field.choices],
            "values": in_use.get(field.key, []),
            "operators": [
                {"key": one.key, "label": one.label, "shape": one.shape.value}
                for one in OPERATORS[field.type]
                if one in field.operators
            ],
        }
        for field in fields.offered
        if field.type is not Type.GONE
    ]
