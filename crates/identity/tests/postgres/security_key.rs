//! A security key in software: ES256, a counter, and as many lies as a test wants.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) struct SecurityKey {
    key: SigningKey,
    pub(crate) id: Vec<u8>,
    pub(crate) count: u32,
    /// Where the browser says it is.
    pub(crate) origin: String,
    /// For whom the authenticator signs.
    pub(crate) party: String,
    /// User present, user verified and the like.
    pub(crate) flags: u8,
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x59];
    out.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend(bytes);
    out
}

impl SecurityKey {
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 20],
            count: 0,
            origin: "https://spindle.example".into(),
            party: "spindle.example".into(),
            flags: 0b101,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn authenticator_data(&mut self, more: &[u8], flags: u8) -> Vec<u8> {
        self.count += 1;
        let mut data = Sha256::digest(&self.party).to_vec();
        data.push(self.flags | flags);
        data.extend(self.count.to_be_bytes());
        data.extend(more);
        data
    }

    /// What the browser answers to a registration.
    pub(crate) fn register(&mut self, options: &Value) -> Value {
        let point = self.key.verifying_key().to_encoded_point(false);
        let mut credential = vec![0; 16];
        credential.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        credential.extend(&self.id);
        credential.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
        credential.extend([0x58, 32]);
        credential.extend(point.x().unwrap());
        credential.extend([0x22, 0x58, 32]);
        credential.extend(point.y().unwrap());
        let data = self.authenticator_data(&credential, 0x40);
        let mut attestation = vec![0xa3, 0x63];
        attestation.extend(b"fmt");
        attestation.push(0x64);
        attestation.extend(b"none");
        attestation.push(0x67);
        attestation.extend(b"attStmt");
        attestation.push(0xa0);
        attestation.push(0x68);
        attestation.extend(b"authData");
        attestation.extend(cbor_bytes(&data));
        json!({"id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "response": {
            "clientDataJSON": base64(&self.client_data("webauthn.create", options)),
            "attestationObject": base64(&attestation),
            "transports": ["usb"],
        }})
    }

    /// What the browser answers to a login.
    pub(crate) fn sign(&mut self, options: &Value) -> Value {
        self.answer(options, "webauthn.get")
    }

    /// So, but as an answer to this kind of ceremony.
    pub(crate) fn answer(&mut self, options: &Value, kind: &str) -> Value {
        let client_data = self.client_data(kind, options);
        let data = self.authenticator_data(&[], 0);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client_data));
        let signature: Signature = self.key.sign(&signed);
        json!({"id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key", "response": {
            "clientDataJSON": base64(&client_data),
            "authenticatorData": base64(&data),
            "signature": base64(signature.to_der().as_bytes()),
        }})
    }
}
