output "cluster" {
  description = "az aks get-credentials --resource-group <group> --name <name>"
  value = {
    group = azurerm_resource_group.spindle.name
    name  = azurerm_kubernetes_cluster.spindle.name
  }
}

output "db_host" {
  description = "The variable db_host of spin.toml, and --database of infra/k8s/secrets"
  value       = "${azurerm_postgresql_flexible_server.spindle.fqdn}:5432"
}

output "public_url" {
  description = "The variable public_url of spin.toml"
  value       = "https://${var.domain}"
}

output "redis_url" {
  description = "SPINDLE_REDIS_URL of infra/k8s/secrets --managed"
  value       = "rediss://:${urlencode(azurerm_managed_redis.spindle.default_database[0].primary_access_key)}@${azurerm_managed_redis.spindle.hostname}:${azurerm_managed_redis.spindle.default_database[0].port}"
  sensitive   = true
}

output "ingress" {
  description = "What the Service of ingress-nginx is annotated with, so that it takes the address that the name has"
  value = {
    "service.beta.kubernetes.io/azure-load-balancer-resource-group" = azurerm_resource_group.spindle.name
    "service.beta.kubernetes.io/azure-pip-name"                     = azurerm_public_ip.ingress.name
  }
}

output "name_servers" {
  description = "What the registrar of the domain has to be told"
  value       = azurerm_dns_zone.spindle.name_servers
}
