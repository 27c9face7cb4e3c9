resource "azurerm_user_assigned_identity" "cluster" {
  name                = "${var.name}-cluster"
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name
}

# The cluster puts nodes into the subnet, and the ingress behind the public address.
resource "azurerm_role_assignment" "cluster" {
  scope                = azurerm_resource_group.spindle.id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.cluster.principal_id
}

resource "azurerm_log_analytics_workspace" "spindle" {
  name                = var.name
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
}

resource "azurerm_kubernetes_cluster" "spindle" {
  # checkov:skip=CKV_AZURE_115:`cargo xtask deploy` runs where an operator is; api_server_access_profile lets nobody else in
  # checkov:skip=CKV_AZURE_117:Disks are sealed with Azure's own keys; nothing but caches is on them
  name                = var.name
  location            = azurerm_resource_group.spindle.location
  resource_group_name = azurerm_resource_group.spindle.name
  dns_prefix          = var.name
  sku_tier            = "Standard"

  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"
  azure_policy_enabled      = true
  local_account_disabled    = true

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cluster.id]
  }

  azure_active_directory_role_based_access_control {
    admin_group_object_ids = var.operator_groups
    azure_rbac_enabled     = true
  }

  api_server_access_profile {
    authorized_ip_ranges = var.operators
  }

  # The cluster's own pods; the app has nodes of its own, below.
  default_node_pool {
    name                         = "system"
    vm_size                      = "Standard_D2ds_v5"
    node_count                   = 3
    zones                        = ["1", "2", "3"]
    max_pods                     = 110
    os_disk_type                 = "Ephemeral"
    os_disk_size_gb              = 48
    vnet_subnet_id               = azurerm_subnet.nodes.id
    host_encryption_enabled      = true
    only_critical_addons_enabled = true
    temporary_name_for_rotation  = "systemnext"

    upgrade_settings {
      max_surge = "33%"
    }
  }

  # Cilium enforces the NetworkPolicies of infra/k8s.
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    pod_cidr            = "10.30.0.0/16"
    service_cidr        = "10.40.0.0/16"
    dns_service_ip      = "10.40.0.10"
  }

  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }

  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.spindle.id
    msi_auth_for_monitoring_enabled = true
  }

  depends_on = [
    azurerm_role_assignment.cluster,
    azurerm_subnet_network_security_group_association.nodes,
  ]
}

resource "azurerm_kubernetes_cluster_node_pool" "app" {
  name                        = "app"
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.spindle.id
  vm_size                     = "Standard_D4ds_v5"
  auto_scaling_enabled        = true
  min_count                   = var.nodes.fewest
  max_count                   = var.nodes.most
  zones                       = ["1", "2", "3"]
  max_pods                    = 110
  os_disk_type                = "Ephemeral"
  os_disk_size_gb             = 96
  vnet_subnet_id              = azurerm_subnet.nodes.id
  host_encryption_enabled     = true
  temporary_name_for_rotation = "appnext"

  upgrade_settings {
    max_surge = "33%"
  }
}
