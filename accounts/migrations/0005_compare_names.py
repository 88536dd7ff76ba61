"""A customer's name as duplicates are compared: without case, accents, punctuation and legal form."""

from django.db import migrations

# The classes of characters are named one by one, because what a database calls a letter depends on its locale.
FUNCTIONS = r"""
CREATE FUNCTION accounts_plain_name(p_name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    words text := lower(regexp_replace(normalize(p_name, NFKD), '[\u0300-\u036f]', '', 'g'));
    bare text;
BEGIN
    words := replace(replace(translate(words, 'øłđı.''’`´', 'oldi'), 'ß', 'ss'), 'æ', 'ae');
    words := btrim(regexp_replace(words, '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g'));
    bare := regexp_replace(
        words,
        '( (a s|ab|ag|aps|as|asa|bv|bvba|co|company|corp|corporation|cv|doo|eg|ev|gmbh|inc|incorporated|kft|kg|kgaa|kk|lda|'
        'limited|llc|llp|lp|ltd|ltda|mbh|nv|oao|ohg|ooo|oy|oyj|plc|private|pte|pty|pvt|sa|sab|sarl|sas|se|sl|slu|spa|'
        'spzoo|sp zoo|sp z oo|srl|sro|ug|vof|zrt|ао|зао|оао|ооо|пао))+$',
        ''
    );
    RETURN bare;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_imports_remember_their_preview_and_undo")]

    operations = [migrations.RunSQL(FUNCTIONS, "DROP FUNCTION accounts_plain_name(text)")]
