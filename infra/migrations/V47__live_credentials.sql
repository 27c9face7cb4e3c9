-- `identity.credential_is_live` takes the credential as one document, as contexts carry it. The form that nobody called goes.
drop function if exists identity.credential_is_live(text, text, text, int8);
