select platform.claim_parked_events($1, $2, $3, $4, $5)
