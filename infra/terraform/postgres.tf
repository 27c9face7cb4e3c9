# The server's name resolves inside the network alone.
resource "azurerm_private_dns_zone" "postgres" {
  name                = "${var.name}.private.postgres.database.azure.com"
  resource_group_name = azurerm_resource_group.spindle.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "postgres" {
  name                  = "postgres"
  resource_group_name   = azurerm_resource_group.spindle.name
  private_dns_zone_name = azurerm_private_dns_zone.postgres.name
  virtual_network_id    = azurerm_virtual_network.spindle.id
}

resource "azurerm_postgresql_flexible_server" "spindle" {
  # checkov:skip=CKV2_AZURE_57:It is in a subnet of its own, which no private endpoint can be made for
  name                          = "${var.name}-postgres"
  location                      = azurerm_resource_group.spindle.location
  resource_group_name           = azurerm_resource_group.spindle.name
  version                       = "18"
  sku_name                      = "GP_Standard_D4ds_v5"
  storage_mb                    = 131072
  auto_grow_enabled             = true
  delegated_subnet_id           = azurerm_subnet.postgres.id
  private_dns_zone_id           = azurerm_private_dns_zone.postgres.id
  public_network_access_enabled = false

  administrator_login               = "spindle"
  administrator_password_wo         = var.database_password
  administrator_password_wo_version = var.database_password_version

  # A commit is on two disks in two zones before it is acknowledged, and any moment of the last 30 days can be restored.
  backup_retention_days        = 30
  geo_redundant_backup_enabled = true

  high_availability {
    mode = "ZoneRedundant"
  }

  authentication {
    password_auth_enabled = true
  }

  lifecycle {
    prevent_destroy = true
    # After a failover they are the other way round.
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }

  depends_on = [
    azurerm_private_dns_zone_virtual_network_link.postgres,
    azurerm_subnet_network_security_group_association.postgres,
  ]
}

resource "azurerm_postgresql_flexible_server_database" "spindle" {
  name      = "spindle"
  server_id = azurerm_postgresql_flexible_server.spindle.id
  charset   = "UTF8"
  collation = "C"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "spindle" {
  for_each = {
    max_connections                     = tostring(var.database_connections)
    idle_in_transaction_session_timeout = "60000"
    log_min_duration_statement          = "1000"
  }

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.spindle.id
  value     = each.value
}
