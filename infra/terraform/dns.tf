resource "azurerm_dns_zone" "spindle" {
  name                = var.domain
  resource_group_name = azurerm_resource_group.spindle.name
}

# The ingress takes this address, which outlives the cluster.
resource "azurerm_public_ip" "ingress" {
  name                = "${var.name}-ingress"
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
}

resource "azurerm_dns_a_record" "spindle" {
  name                = "@"
  zone_name           = azurerm_dns_zone.spindle.name
  resource_group_name = azurerm_resource_group.spindle.name
  ttl                 = 300
  target_resource_id  = azurerm_public_ip.ingress.id
}

# Who may issue certificates for it: infra/k8s/parts/ingress/issuer.yaml asks this one.
resource "azurerm_dns_caa_record" "spindle" {
  name                = "@"
  zone_name           = azurerm_dns_zone.spindle.name
  resource_group_name = azurerm_resource_group.spindle.name
  ttl                 = 3600

  record {
    flags = 0
    tag   = "issue"
    value = "letsencrypt.org"
  }
}
