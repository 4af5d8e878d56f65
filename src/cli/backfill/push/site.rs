//! A WordPress site, over its REST interface. Follows no redirect, so that the password
//! goes where it was meant to go; tries again where the site asks for patience.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use ureq::Agent;
use url::{Host, Url};

use crate::cli::exit::{Exit, Failure};

/// Variable with the application password.
const PASSWORD: &str = "AFTERWORD_WORDPRESS_PASSWORD";
/// What one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 64 << 20;
/// Tries of a site that asks for patience.
const TRIES: usize = 4;
/// The wait before another try: what the site says, up to so long.
const LONGEST_WAIT: u64 = 60;
const DEFAULT_WAIT: u64 = 5;

/// Which site, and as whom.
#[derive(clap::Args)]
pub(super) struct SiteArgs {
    /// The site's address, such as `https://news.example.org`.
    #[arg(long, value_name = "URL")]
    site: Url,
    /// The user that the application password is of.
    #[arg(long, value_name = "NAME", env = "AFTERWORD_WORDPRESS_USER")]
    user: String,
    /// File with the application password; else `AFTERWORD_WORDPRESS_PASSWORD` holds it.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// What the REST interface calls the type of the posts.
    #[arg(long, value_name = "NAME", default_value = "posts", value_parser = rest_base)]
    rest_base: String,
}

/// A site that was opened.
pub(super) struct Site {
    agent: Agent,
    posts: String,
    authorization: String,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) id: u64,
    pub(super) content: String,
    pub(super) modified_gmt: String,
}

#[derive(Deserialize)]
struct Answer {
    id: u64,
    content: Content,
    modified_gmt: String,
}

#[derive(Deserialize)]
struct Content {
    raw: String,
}

impl SiteArgs {
    /// The site, with its password read.
    pub(super) fn open(&self) -> Result<Site, Failure> {
        if self.site.scheme() != "https" && !is_local(&self.site) {
            let hint = "use https: the password would be readable on the way";
            return Err(Failure::new(
                Exit::Usage,
                "the site's address is not https",
                hint,
            ));
        }
        let password = self.password()?;
        let credentials = STANDARD.encode(format!("{}:{password}", self.user));
        let base = self.site.as_str().trim_end_matches('/');
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("afterword/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Site {
            agent: config.into(),
            posts: format!("{base}/wp-json/wp/v2/{}", self.rest_base),
            authorization: format!("Basic {credentials}"),
        })
    }

    fn password(&self) -> Result<String, Failure> {
        let read = match &self.password_file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| format!("{}: {error}", file.display())),
            None => std::env::var(PASSWORD).map_err(|_| format!("{PASSWORD} is not set")),
        };
        let hint = "make an application password in the user's profile, and put it into that variable or a file";
        let password = read.map_err(|why| Failure::new(Exit::Usage, why, hint))?;
        let password = password.trim().to_owned();
        if password.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "the application password is empty",
                hint,
            ));
        }
        Ok(password)
    }
}

impl Site {
    /// A post as its editor sees it.
    pub(super) fn read(&self, id: u64) -> Result<Post, Failure> {
        let url = format!("{}/{id}?context=edit", self.posts);
        self.asked(|| {
            self.agent
                .get(&url)
                .header("authorization", &self.authorization)
                .call()
        })
    }

    /// Replaces a post's content; what the site made of it.
    pub(super) fn write(&self, id: u64, content: &str) -> Result<Post, Failure> {
        let url = format!("{}/{id}?context=edit", self.posts);
        let body = json!({ "content": content }).to_string();
        self.asked(|| {
            self.agent
                .post(&url)
                .header("authorization", &self.authorization)
                .header("content-type", "application/json")
                .send(&body)
        })
    }

    fn asked(
        &self,
        ask: impl Fn() -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Post, Failure> {
        for tried in 1.. {
            let mut answer =
                ask().map_err(|error| refused(format!("the site does not answer: {error}")))?;
            let status = answer.status().as_u16();
            if matches!(status, 429 | 503) && tried < TRIES {
                std::thread::sleep(Duration::from_secs(wait(&answer)));
                continue;
            }
            if status == 401 || status == 403 {
                let hint =
                    "check user and application password, and that the user may edit these posts";
                let message = format!("the site refuses with {status}");
                return Err(Failure::new(Exit::Usage, message, hint));
            }
            if !(200..300).contains(&status) {
                return Err(refused(format!("the site answers {status}")));
            }
            let text = answer
                .body_mut()
                .with_config()
                .limit(MAX_ANSWER_BYTES)
                .read_to_string();
            let text =
                text.map_err(|error| refused(format!("the site's answer breaks off: {error}")))?;
            let answer: Answer = serde_json::from_str(&text)
                .map_err(|_| refused("the site's answer is not that of WordPress".to_owned()))?;
            return Ok(Post {
                id: answer.id,
                content: answer.content.raw,
                modified_gmt: answer.modified_gmt,
            });
        }
        Err(refused(
            "the site asks for patience again and again".to_owned(),
        ))
    }
}

fn wait(answer: &ureq::http::Response<ureq::Body>) -> u64 {
    let said = answer
        .headers()
        .get("retry-after")
        .and_then(|it| it.to_str().ok()?.parse().ok());
    said.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT)
}

fn is_local(site: &Url) -> bool {
    match site.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn rest_base(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(name.to_owned());
    }
    Err("has to be a name such as posts or pages".to_owned())
}

fn refused(message: String) -> Failure {
    Failure::new(Exit::Failure, message, "the same command tries it again")
}
