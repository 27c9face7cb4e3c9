select profile.complete_onboarding($1, $2, $3)::text
