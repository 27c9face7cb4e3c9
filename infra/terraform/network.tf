resource "azurerm_resource_group" "spindle" {
  name     = var.name
  location = var.location
}

resource "azurerm_virtual_network" "spindle" {
  name                = var.name
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name
  address_space       = ["10.20.0.0/16"]
}

resource "azurerm_subnet" "nodes" {
  name                 = "nodes"
  resource_group_name  = azurerm_resource_group.spindle.name
  virtual_network_name = azurerm_virtual_network.spindle.name
  address_prefixes     = ["10.20.0.0/20"]
}

resource "azurerm_subnet" "postgres" {
  name                 = "postgres"
  resource_group_name  = azurerm_resource_group.spindle.name
  virtual_network_name = azurerm_virtual_network.spindle.name
  address_prefixes     = ["10.20.16.0/24"]

  delegation {
    name = "postgres"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                              = "endpoints"
  resource_group_name               = azurerm_resource_group.spindle.name
  virtual_network_name              = azurerm_virtual_network.spindle.name
  address_prefixes                  = ["10.20.17.0/24"]
  private_endpoint_network_policies = "Enabled"
}

# Users reach the ingress. Port 80 answers the certificate authority and sends everybody else to 443.
resource "azurerm_network_security_group" "nodes" {
  # checkov:skip=CKV_AZURE_160:The certificate authority asks on port 80
  name                = "${var.name}-nodes"
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name

  security_rule {
    name                       = "users"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = "Internet"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_ranges    = ["80", "443"]
  }
}

# Postgres hears the nodes and its own standby, Redis the nodes alone.
resource "azurerm_network_security_group" "postgres" {
  name                = "${var.name}-postgres"
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name

  security_rule {
    name                         = "app"
    priority                     = 100
    direction                    = "Inbound"
    access                       = "Allow"
    protocol                     = "Tcp"
    source_address_prefixes      = concat(azurerm_subnet.nodes.address_prefixes, azurerm_subnet.postgres.address_prefixes)
    source_port_range            = "*"
    destination_address_prefixes = azurerm_subnet.postgres.address_prefixes
    destination_port_range       = "5432"
  }

  security_rule {
    name                       = "nobody-else"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "VirtualNetwork"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_network_security_group" "endpoints" {
  name                = "${var.name}-endpoints"
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name

  security_rule {
    name                         = "app"
    priority                     = 100
    direction                    = "Inbound"
    access                       = "Allow"
    protocol                     = "Tcp"
    source_address_prefixes      = azurerm_subnet.nodes.address_prefixes
    source_port_range            = "*"
    destination_address_prefixes = azurerm_subnet.endpoints.address_prefixes
    destination_port_range       = "10000"
  }

  security_rule {
    name                       = "nobody-else"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "VirtualNetwork"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "nodes" {
  subnet_id                 = azurerm_subnet.nodes.id
  network_security_group_id = azurerm_network_security_group.nodes.id
}

resource "azurerm_subnet_network_security_group_association" "postgres" {
  subnet_id                 = azurerm_subnet.postgres.id
  network_security_group_id = azurerm_network_security_group.postgres.id
}

resource "azurerm_subnet_network_security_group_association" "endpoints" {
  subnet_id                 = azurerm_subnet.endpoints.id
  network_security_group_id = azurerm_network_security_group.endpoints.id
}
