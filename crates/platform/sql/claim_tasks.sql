select platform.claim_tasks($1, $2, $3, $4, $5)
