//! A browser: it keeps cookies, follows our own redirects, and fills in forms. No scripts.

use std::collections::{BTreeMap, HashMap};

use crate::stage::{
    Answer, CALLBACK, OAuth, PASSWORD, Stage, TestClient, VERIFIER, challenge, encode,
};

pub(crate) struct Browser<'a> {
    stage: &'a Stage,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self {
            stage,
            cookies: BTreeMap::new(),
        }
    }

    /// With another one's cookies.
    pub(crate) fn with(stage: &'a Stage, cookies: &BTreeMap<String, String>) -> Self {
        Self {
            stage,
            cookies: cookies.clone(),
        }
    }

    /// Sends one request and keeps the cookies of the answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut headers = more.to_vec();
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let answer = self.stage.send(method, path, &headers, body).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for rule in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
                assert!(cookie.contains(rule), "{cookie}");
            }
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            assert!(name.starts_with("__Host-"), "{cookie}");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Goes somewhere, and on through redirects of our own.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, &[], None).await;
        self.follow(answer).await
    }

    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            let location = answer.header("location").to_owned();
            if answer.status != 303 || !location.starts_with('/') {
                return answer;
            }
            answer = self.send("GET", &location, &[], None).await;
        }
        panic!("redirects without end");
    }

    /// Fills in the form of a page and sends it; where it has buttons, `values` names the one pressed.
    pub(crate) async fn submit(&mut self, page: &Answer, values: &[(&str, &str)]) -> Answer {
        let (action, body) = fill(page, values);
        self.post(&action, &body).await
    }

    /// So, with the form that goes there, where a page has several.
    pub(crate) async fn submit_to(
        &mut self,
        page: &Answer,
        action: &str,
        values: &[(&str, &str)],
    ) -> Answer {
        let form = page
            .text
            .split("<form")
            .skip(1)
            .find(|form| form.contains(&format!(" action=\"{action}\"")))
            .unwrap_or_else(|| panic!("no form to {action}: {}", page.text));
        let (action, body) = fill_form(form, values);
        self.post(&action, &body).await
    }

    async fn post(&mut self, action: &str, body: &str) -> Answer {
        let ours = [("sec-fetch-site", "same-origin")];
        let answer = self.send("POST", action, &ours, Some(body)).await;
        self.follow(answer).await
    }

    pub(crate) async fn log_in(&mut self, page: &Answer, name: &str) -> Answer {
        assert!(page.text.contains("name=\"password\""), "{}", page.text);
        self.submit(page, &[("login", name), ("password", PASSWORD)])
            .await
    }

    /// Goes to the authorization endpoint with a good request and these changes; an empty value leaves a parameter out.
    pub(crate) async fn ask(&mut self, client: &TestClient, changes: &[(&str, &str)]) -> Answer {
        let query = request(client, changes);
        self.open(&format!("/oauth2/authorize?{query}")).await
    }

    /// Signs in and agrees where asked; the code.
    pub(crate) async fn authorize(
        &mut self,
        client: &TestClient,
        name: &str,
        changes: &[(&str, &str)],
    ) -> String {
        let answer = self.arrive(client, name, changes).await;
        answer
            .get("code")
            .cloned()
            .unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// Signs in and agrees where asked; the parameters that come back to the client.
    pub(crate) async fn arrive(
        &mut self,
        client: &TestClient,
        name: &str,
        changes: &[(&str, &str)],
    ) -> HashMap<String, String> {
        let mut page = self.ask(client, changes).await;
        if page.text.contains("name=\"password\"") {
            page = self.log_in(&page, name).await;
        }
        if page.text.contains("name=\"decision\"") {
            return self.agree(&page).await;
        }
        let (_, parameters) = page.redirect();
        parameters
    }

    /// Agrees on the page that asks; the parameters that come back to the client.
    pub(crate) async fn agree(&mut self, consent: &Answer) -> HashMap<String, String> {
        let answer = self.submit(consent, &[("decision", "allow")]).await;
        let (_, parameters) = answer.redirect();
        parameters
    }
}

/// The query of a good request with changes.
pub(crate) fn request(client: &TestClient, changes: &[(&str, &str)]) -> String {
    let challenge = challenge(VERIFIER);
    let mut parameters: Vec<(&str, &str)> = vec![
        ("client_id", &client.id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "a state & more"),
        ("nonce", "a nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        parameters.retain(|(had, _)| had != name || *name == "resource");
        if !value.is_empty() {
            parameters.push((name, value));
        }
    }
    encode(&parameters)
}

/// The parameters of a good request without its client's id, as a client pushes them.
pub(crate) fn pushed_parameters(client: &TestClient) -> Vec<(String, String)> {
    let query = request(client, &[("client_id", "")]);
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// As they are sent.
pub(crate) fn borrowed(parameters: &[(String, String)]) -> Vec<(&str, &str)> {
    parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The first link of a page to this path.
pub(crate) fn link(page: &Answer, path: &str) -> String {
    page.text
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|target| target.starts_with(path))
        .map(|target| target.replace("&amp;", "&"))
        .unwrap_or_else(|| panic!("no link to {path}: {}", page.text))
}

/// Where a page's first form goes, and its body: fields as they are, and these values.
pub(crate) fn fill(page: &Answer, values: &[(&str, &str)]) -> (String, String) {
    let form = page
        .text
        .split("<form")
        .nth(1)
        .unwrap_or_else(|| panic!("no form: {}", page.text));
    fill_form(form, values)
}

/// `form` begins after its `<form`.
fn fill_form(form: &str, values: &[(&str, &str)]) -> (String, String) {
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let text = tag
            .split(&format!(" {name}=\""))
            .nth(1)?
            .split('"')
            .next()?;
        Some(
            text.replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&"),
        )
    };
    let action = attribute(form.split('>').next().unwrap(), "action").unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    for tag in form.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap();
        // What is typed there already is sent as well.
        let value = attribute(tag, "value");
        match attribute(tag, "type").as_deref() {
            Some("hidden") => {}
            Some("text") if value.is_some() => {}
            _ => continue,
        }
        fields.push((attribute(tag, "name").unwrap(), value.unwrap_or_default()));
    }
    for (name, value) in values {
        fields.retain(|(had, _)| had != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    (action, encode(&fields))
}
