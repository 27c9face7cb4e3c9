# Copy to terraform.tfvars. The owner's password of Postgres comes from TF_VAR_database_password.
subscription_id = "00000000-0000-0000-0000-000000000000"
name            = "spindle-example"
location        = "westeurope"
domain          = "spindle.example"
operators       = ["203.0.113.0/24"]
operator_groups = ["00000000-0000-0000-0000-000000000000"]
