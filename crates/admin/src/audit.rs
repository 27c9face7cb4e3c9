//! Sealing, signing and verifying the audit log.

use kit::{App, Context, Problem, clock, log};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::store::audit::{self as store, AuditFault, Head, KeptHead, Sealed};

/// Records that one statement seals, and places that one statement checks: some hundred milliseconds each.
const SEAL_PAGE: i64 = 5_000;
const VERIFY_PAGE: i64 = 10_000;
/// How long a request seals, and verifies, before it answers with what it has, milliseconds.
const PATIENCE_MS: i64 = 8_000;
/// Heads that the signer is asked about at once.
const HEADS: usize = 500;
/// Faults that are told.
const MOST_FAULTS: usize = 100;

/// Seals all that can be sealed by now.
pub(crate) async fn seal(app: &App) -> Result<Sealed, Problem> {
    let until = clock::now_ms() + PATIENCE_MS;
    loop {
        let sealed = store::seal_audit(app.db(), SEAL_PAGE).await?;
        if sealed.sealed < SEAL_PAGE || clock::now_ms() >= until {
            return Ok(sealed);
        }
    }
}

#[derive(Serialize)]
struct HeadToSign<'a> {
    position: i64,
    hash: &'a str,
}

#[derive(Deserialize)]
struct SignedHead {
    jws: String,
}

/// Has the end of the chain signed, unless it is. The log line is a copy outside of the database: whoever rewrites the chain
/// and the heads in it does not reach that.
pub(crate) async fn sign(app: &App, context: &Context, sealed: &Sealed) -> Result<(), Problem> {
    if sealed.position == 0 || sealed.position == sealed.head_position {
        return Ok(());
    }
    let head = HeadToSign {
        position: sealed.position,
        hash: &sealed.hash,
    };
    let SignedHead { jws } = app
        .call(context, "signer", "/internal/audit-head", &head)
        .await?;
    let (level, message) =
        match store::keep_audit_head(app.db(), sealed.position, &sealed.hash, &jws).await? {
            KeptHead::Kept => (log::Level::Info, "audit log signed"),
            // Its line is written already.
            KeptHead::Known => return Ok(()),
            // Sealed a moment ago, and gone: whoever looks for it has place and hash here, and a verification finds it.
            KeptHead::Unknown => (log::Level::Error, "audit log rewritten while it was signed"),
        };
    log::line(
        level,
        app.name(),
        message,
        json!({"position": sealed.position, "hash": sealed.hash, "jws": jws,
               "request_id": context.request_id, "traceparent": context.traceparent}),
    );
    Ok(())
}

/// What a verification found.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    pub(crate) complete: bool,
    pub(crate) checked: i64,
    pub(crate) checked_to: i64,
    pub(crate) signatures: i64,
    pub(crate) signed_to: i64,
    pub(crate) without_personal: i64,
    pub(crate) faults: Vec<AuditFault>,
}

/// Checks the chain after a place; and, if one is given, that a place has the hash that was written down elsewhere.
pub(crate) async fn verify(
    app: &App,
    context: &Context,
    after: i64,
    noted: Option<&(i64, String)>,
) -> Result<Verified, Problem> {
    let until = clock::now_ms() + PATIENCE_MS;
    let mut found = Verified {
        checked_to: after,
        ..Verified::default()
    };
    if let Some((position, hash)) = noted {
        let stored = store::find_audit_seal(app.db(), *position).await?;
        if stored.as_deref() != Some(hash.as_str()) {
            found.faults.push(AuditFault {
                position: Some(*position),
                audit_id: None,
                fault: "rewritten".to_owned(),
            });
        }
    }
    loop {
        let page = store::verify_audit(app.db(), found.checked_to, VERIFY_PAGE)
            .await?
            .ok_or_else(|| Problem::internal("platform.verify_audit answered nothing"))?;
        found.checked += page.checked;
        found.without_personal += page.without_personal;
        found.faults.extend(page.faults);
        for heads in page.heads.chunks(HEADS) {
            verify_heads(app, context, heads, &mut found).await?;
        }
        found.checked_to = page.to.max(found.checked_to);
        found.complete = page.to >= page.last;
        if found.complete || clock::now_ms() >= until || found.faults.len() >= MOST_FAULTS {
            found.faults.truncate(MOST_FAULTS);
            return Ok(found);
        }
    }
}

#[derive(Serialize)]
struct HeadsToVerify<'a> {
    heads: Vec<&'a str>,
}

#[derive(Deserialize)]
struct VerifiedHeads {
    heads: Vec<Option<VerifiedHead>>,
}

#[derive(Deserialize)]
struct VerifiedHead {
    position: i64,
    hash: String,
}

async fn verify_heads(
    app: &App,
    context: &Context,
    heads: &[Head],
    found: &mut Verified,
) -> Result<(), Problem> {
    let request = HeadsToVerify {
        heads: heads.iter().map(|head| head.jws.as_str()).collect(),
    };
    let answer: VerifiedHeads = app
        .call(context, "signer", "/internal/audit-heads/verify", &request)
        .await?;
    let answers = answer
        .heads
        .iter()
        .map(Option::as_ref)
        .chain(std::iter::repeat(None));
    for (head, signed) in heads.iter().zip(answers) {
        let good = signed.is_some_and(|signed| {
            signed.position == head.position && Some(&signed.hash) == head.hash.as_ref()
        });
        found.signatures += 1;
        if good {
            found.signed_to = found.signed_to.max(head.position);
        } else {
            found.faults.push(AuditFault {
                position: Some(head.position),
                audit_id: None,
                fault: "forged".to_owned(),
            });
        }
    }
    Ok(())
}
