-- identity.oauth_issue_code looks for the consent itself, so that it can lock it.
drop function if exists identity.oauth_has_consented(uuid, text, text[]);
