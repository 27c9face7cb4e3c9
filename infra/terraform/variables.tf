variable "subscription_id" {
  description = "The Azure subscription that pays"
  type        = string
}

variable "name" {
  description = "Begins the name of everything, and is nobody else's: names of databases and stores are unique over all of Azure"
  type        = string
  default     = "spindle"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.name))
    error_message = "3 to 22 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "location" {
  description = "A region with three zones"
  type        = string
  default     = "westeurope"
}

variable "domain" {
  description = "The host name that users see; its zone is made here, and its registrar has to name the zone's servers"
  type        = string
}

variable "operators" {
  description = "Networks that may reach the Kubernetes API, in CIDR notation"
  type        = list(string)

  validation {
    condition     = length(var.operators) > 0 && alltrue([for network in var.operators : can(cidrhost(network, 0)) && network != "0.0.0.0/0"])
    error_message = "At least one network, and not everybody's."
  }
}

variable "operator_groups" {
  description = "Object ids of the Entra groups whose members run the cluster"
  type        = list(string)
}

variable "database_password" {
  description = "The owner's password of Postgres, from TF_VAR_database_password; it is sent and not kept in the state"
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "database_password_version" {
  description = "Raise it to send another database_password"
  type        = number
  default     = 1
}

variable "database_connections" {
  description = "max_connections of Postgres: connections of a replica x components with Postgres x most replicas + 50 (docs/operations/capacity.md)"
  type        = number
  default     = 1300
}

variable "nodes" {
  description = "Fewest and most nodes for the app, 4 cores each"
  type        = object({ fewest = number, most = number })
  default     = { fewest = 3, most = 6 }
}
