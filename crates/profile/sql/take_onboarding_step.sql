select profile.take_onboarding_step($1, $2, $3, $4, $5, $6)::text
