//! What each route needs, asked for before anything that came with the request is looked at.

use kit::Permission::{
    self, AuditRead, BotsKill, ClientsManage, KeysRotate, RolesManage, SupportManage, TasksManage,
    UsersManage, UsersRead,
};

/// As the routes' descriptions have it, which the test compares.
pub(crate) const PERMISSIONS: &[(&str, Permission)] = &[
    ("GET /api/v1/admin/users", UsersRead),
    ("GET /api/v1/admin/users/{id}", UsersRead),
    ("PATCH /api/v1/admin/users/{id}", UsersManage),
    ("PUT /api/v1/admin/users/{id}/roles", RolesManage),
    ("GET /api/v1/admin/roles", RolesManage),
    ("POST /api/v1/admin/roles", RolesManage),
    ("DELETE /api/v1/admin/roles/{name}", RolesManage),
    ("GET /api/v1/admin/permissions", RolesManage),
    ("GET /api/v1/admin/audit", AuditRead),
    ("GET /api/v1/admin/audit/verify", AuditRead),
    ("GET /api/v1/admin/tasks", TasksManage),
    ("GET /api/v1/admin/tasks/{id}", TasksManage),
    ("POST /api/v1/admin/tasks/{id}/requeue", TasksManage),
    ("POST /api/v1/admin/tasks/{id}/cancel", TasksManage),
    ("GET /api/v1/admin/consumers", TasksManage),
    ("POST /api/v1/admin/consumers/{name}/replay", TasksManage),
    ("DELETE /api/v1/admin/consumers/{name}", TasksManage),
    ("GET /api/v1/admin/parked-events", TasksManage),
    (
        "GET /api/v1/admin/parked-events/{consumer}/{id}",
        TasksManage,
    ),
    (
        "POST /api/v1/admin/parked-events/{consumer}/{id}/requeue",
        TasksManage,
    ),
    (
        "POST /api/v1/admin/parked-events/{consumer}/{id}/skip",
        TasksManage,
    ),
    ("GET /api/v1/admin/support/tickets", SupportManage),
    ("GET /api/v1/admin/support/tickets/{id}", SupportManage),
    ("PATCH /api/v1/admin/support/tickets/{id}", SupportManage),
    (
        "POST /api/v1/admin/support/tickets/{id}/messages",
        SupportManage,
    ),
    ("GET /api/v1/admin/dashboard", UsersRead),
    ("POST /api/v1/admin/kill-switch", BotsKill),
    ("DELETE /api/v1/admin/kill-switch", BotsKill),
    ("GET /api/v1/admin/oauth-clients", ClientsManage),
    ("POST /api/v1/admin/oauth-clients", ClientsManage),
    ("GET /api/v1/admin/oauth-clients/{id}", ClientsManage),
    ("PUT /api/v1/admin/oauth-clients/{id}", ClientsManage),
    ("DELETE /api/v1/admin/oauth-clients/{id}", ClientsManage),
    (
        "POST /api/v1/admin/oauth-clients/{id}/rotate-secret",
        ClientsManage,
    ),
    ("POST /api/v1/admin/keys/rotate", KeysRotate),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_needs_what_its_description_says() {
        let (_, document) = crate::api::routes().split_for_parts();
        let document = serde_json::to_value(document).unwrap();
        let mut described = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let needed = &operation["security"][0]["bearer"];
                assert_eq!(needed.as_array().unwrap().len(), 1, "{method} {path}");
                described.push((
                    format!("{} {path}", method.to_uppercase()),
                    needed[0].as_str().unwrap().to_owned(),
                ));
            }
        }
        let mut listed: Vec<_> = PERMISSIONS
            .iter()
            .map(|(route, permission)| ((*route).to_owned(), permission.name().to_owned()))
            .collect();
        described.sort();
        listed.sort();
        assert_eq!(listed, described);
    }
}
