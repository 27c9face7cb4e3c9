select onboarding::text as onboarding, version from profile.onboarding_json($1)
