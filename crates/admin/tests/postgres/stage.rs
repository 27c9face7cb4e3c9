//! A migrated database for one test, the services `admin` and `signer` on it, and people of all roles.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use contracts::identity::tokens::{
    Presented, Principal, PrincipalKind, Refusal, TrustSnapshot, Verdict,
};
use kit::db::native::NativeDatabase;
use kit::trust::TokenVerifier;
use kit::{AppBuilder, Db, Ports, Service};
use serde_json::{Value, json};
use spindle_harness::Database;
pub(crate) use spindle_stage::Answer;
use spindle_stage::{Chained, ask, variables, with_body};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

pub(crate) const MASTER_KEYS: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_MASTER_KEYS: &str = "1:HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) struct Stage {
    /// As the owner, who may do everything.
    pub(crate) owner: Client,
    url: String,
    service: Service,
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    /// Signed in here.
    pub(crate) session: Uuid,
    permissions: Vec<String>,
}

impl Person {
    /// The same person with a credential that was granted less.
    pub(crate) fn with(&self, permissions: &[&str]) -> Self {
        Self {
            id: self.id,
            session: self.session,
            permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
        }
    }

    fn bearer(&self) -> String {
        let permissions = self.permissions.join(",");
        format!("Bearer {}|{}|{permissions}", self.id, self.session)
    }
}

impl Stage {
    pub(crate) async fn new(name: &str) -> Self {
        Self::with(name, &[]).await
    }

    /// With these variables.
    pub(crate) async fn with(name: &str, variables: &[(&str, &str)]) -> Self {
        let database = Database::new(name).await;
        let app_url = database.app_url();
        Self {
            owner: connect(&database.owner_url()).await,
            service: service(&app_url, variables, MASTER_KEYS),
            url: app_url,
        }
    }

    /// The same service behind another signer, as somebody without our master keys would have.
    pub(crate) fn behind_another_signer(&mut self) {
        self.service = service(&self.url, &[], OTHER_MASTER_KEYS);
    }

    /// The service as it was.
    pub(crate) fn behind_our_signer(&mut self) {
        self.service = service(&self.url, &[], MASTER_KEYS);
    }

    /// A connection as the application's role.
    pub(crate) async fn app(&self) -> Client {
        connect(&self.url).await
    }

    /// Makes an account with these roles, and signs it in.
    pub(crate) async fn person(&self, name: &str, roles: &[&str]) -> Person {
        let id = Uuid::now_v7();
        self.owner
            .execute(
                "insert into identity.accounts (id, email, username, username_key, password_hash, email_verified_at, created_at, updated_at)
                 values ($1, $2 || '@example.com', $2, $2, 'hash', platform.now(), platform.now(), platform.now())",
                &[&id, &name],
            )
            .await
            .unwrap();
        for role in roles {
            self.owner
                .execute(
                    "insert into identity.account_roles (account_id, role, granted_at) values ($1, $2, platform.now())",
                    &[&id, role],
                )
                .await
                .unwrap();
        }
        let row = self
            .owner
            .query_one(
                "select array(select jsonb_array_elements_text(identity.account_access($1) -> 'permissions'))",
                &[&id],
            )
            .await
            .unwrap();
        Person {
            id,
            session: self.open_session(id).await,
            permissions: row.get(0),
        }
    }

    /// Opens another session for somebody.
    pub(crate) async fn session(&self, person: &Person) -> Uuid {
        self.open_session(person.id).await
    }

    async fn open_session(&self, account: Uuid) -> Uuid {
        let id = Uuid::now_v7();
        self.owner
            .execute(
                "insert into identity.sessions (id, account_id, amr, authenticated_at, last_used_at, expires_at)
                 values ($1, $2, '{pwd}', platform.now(), platform.now(), platform.now() + interval '1 day')",
                &[&id, &account],
            )
            .await
            .unwrap();
        id
    }

    pub(crate) async fn count(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> i64 {
        self.owner.query_one(sql, params).await.unwrap().get(0)
    }

    /// Records a deed, as any service does.
    pub(crate) async fn record(&self, action: &str, target: &str) {
        self.owner
            .query_one(
                "select platform.record(jsonb_build_object('actor', 'somebody', 'request_id', 'r-' || $1::text, 'address', '192.0.2.7'),
                                        $1, 'thing', $2, '{\"a\": 1}', '{\"a\": 2}')::text",
                &[&action, &target],
            )
            .await
            .unwrap();
    }

    /// Seals until nothing is left. Transactions of other tests' databases on the same server hold sealing up: their ids come
    /// from one counter.
    pub(crate) async fn seal_all(&self) {
        let deadline = std::time::Instant::now() + Duration::from_secs(120);
        let left = "select count(*) from platform.audit a
                    where not exists (select from platform.audit_seals s where s.audit_id = a.id)";
        loop {
            self.task("seal_audit").await.expect(200);
            if self.count(left, &[]).await == 0 {
                return;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "records stay unsealed"
            );
        }
    }

    pub(crate) async fn get(&self, person: &Person, path: &str) -> Answer {
        self.call("GET", path, Some(person), &[], None).await
    }

    /// Gets a path unless what it shows still has this tag.
    pub(crate) async fn get_unless(&self, person: &Person, path: &str, tag: &str) -> Answer {
        let headers = [("if-none-match", tag)];
        self.call("GET", path, Some(person), &headers, None).await
    }

    /// The entity tag of what a path shows, which is not sent again to whoever knows the tag.
    pub(crate) async fn tag(&self, person: &Person, path: &str) -> String {
        let tag = self.get(person, path).await.expect(200).etag().to_owned();
        let known = self.get_unless(person, path, &tag).await;
        assert_eq!(
            (known.status, known.text.as_str(), known.etag()),
            (304, "", tag.as_str())
        );
        tag
    }

    /// Posts to a path if what it is about still has this tag.
    pub(crate) async fn post_if(&self, person: &Person, path: &str, tag: &str) -> Answer {
        let headers = [("if-match", tag)];
        self.call("POST", path, Some(person), &headers, None).await
    }

    pub(crate) async fn send(&self, person: &Person, what: &str, body: Value) -> Answer {
        let (method, path) = what.split_once(' ').unwrap();
        self.call(method, path, Some(person), &[], Some(body.to_string()))
            .await
    }

    /// Calls a path under `/api/v1/admin`.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        person: Option<&Person>,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("/api/v1/admin{path}"));
        if let Some(person) = person {
            request = request.header("authorization", person.bearer());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body)
            }
            None => Body::empty(),
        };
        ask(&self.service, request.body(body).unwrap()).await
    }

    /// Brings a task, as the worker does.
    pub(crate) async fn task(&self, kind: &str) -> Answer {
        let call = json!({
            "task_id": Uuid::now_v7(), "kind": kind, "attempt": 1, "payload": {}, "idempotency_key": "k",
            "request_id": "r-task", "traceparent": null,
        });
        self.internal(&format!("/internal/tasks/{kind}"), call)
            .await
    }

    /// Brings an event, as the worker does.
    pub(crate) async fn event(&self, kind: &str, user: Uuid) -> Answer {
        let event = json!({
            "specversion": "1.0", "id": Uuid::now_v7(), "source": "/spindle/user", "type": kind, "subject": user,
            "time": "2026-01-01T00:00:00.000Z", "data": {"user_id": user},
        });
        self.internal("/internal/events/user.events", event).await
    }

    async fn internal(&self, path: &str, body: Value) -> Answer {
        let request = with_body(http::Request::post(path), Some(&body));
        ask(&self.service, request).await
    }
}

fn service(url: &str, more: &[(&str, &str)], master_keys: &str) -> Service {
    let usual = [
        ("public_url", "https://spindle.example"),
        ("cursor_key", "a cursor key of a test"),
        ("identity_master_keys", master_keys),
    ];
    let variables = variables(&usual, more);
    let db = Db::new(NativeDatabase::connect(url, 16).unwrap());
    let ports = || Ports {
        db: db.clone(),
        verifier: Arc::new(Believing),
        ..Ports::none(variables.clone())
    };
    let signer = signer::service(AppBuilder::new("signer", ports()), signer::native_keyring);
    let ports = Ports {
        outbound: Arc::new(Chained::new("signer", signer)),
        ..ports()
    };
    spindle_admin::api::service(AppBuilder::new("admin", ports))
}

/// Believes who somebody says to be: `Bearer <account>|<session>|<permission>,<permission>`. How tokens are verified is tested
/// where that is done.
struct Believing;

impl TokenVerifier for Believing {
    fn trust(&self, _: &TrustSnapshot) {}

    fn verify(&self, presented: &Presented) -> Result<Verdict, Refusal> {
        let (subject, claims) = presented
            .authorization
            .strip_prefix("Bearer ")
            .and_then(|token| token.split_once('|'))
            .ok_or(Refusal::Malformed)?;
        let (session, permissions) = claims.split_once('|').ok_or(Refusal::Malformed)?;
        let list = |text: &str| {
            text.split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Verdict::Principal(Principal {
            subject: subject.to_owned(),
            kind: PrincipalKind::User,
            session: Some(session.to_owned()),
            client: "spindle".to_owned(),
            scopes: vec!["*".to_owned()],
            permissions: list(permissions),
            roles: vec![],
            auth_time: None,
            amr: vec!["pwd".to_owned()],
            jti: "t".to_owned(),
            cnf: None,
            // Later than any revocation that a test leads to: what those end is tested where tokens are.
            generation: i64::MAX,
        }))
    }
}
