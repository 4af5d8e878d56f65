//! A real service in a process of its own, and what it says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::program;

const PATIENCE: Duration = Duration::from_secs(60);

/// A running service and what it says.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: String,
    lines: Receiver<String>,
    said: Vec<String>,
    _data: tempfile::TempDir,
}

impl Service {
    /// A service without model, with more arguments and variables; ready when this
    /// returns.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_with("extractive", arguments, variables)
    }

    /// The same with an engine.
    pub(crate) fn start_with(engine: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = program();
        command
            .args(["serve", "--engine", engine, "--listen", "127.0.0.1:0"])
            .args(["--data-dir", data.path().to_str().unwrap()])
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut service = Self {
            child,
            address: String::new(),
            lines,
            said: Vec::new(),
            _data: data,
        };
        let line = service.line_with("listening on http");
        let address = line.split_once("://").unwrap().1;
        address
            .trim_end_matches(|c: char| !c.is_ascii_digit())
            .clone_into(&mut service.address);
        if line.contains("https://") {
            service.line_with("ready");
        } else {
            service.until_ready();
        }
        service
    }

    /// At the most talkative level other lines speak of being ready, too.
    fn until_ready(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.send("GET /readyz", "").contains("\"ready\"") {
            assert!(Instant::now() < until, "it does not get ready");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The next line that holds this.
    pub(crate) fn line_with(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("{words}: {}", self.said.join("\n")));
            self.said.push(line.clone());
            if line.contains(words) {
                // What stands before the address in JSON is not of interest.
                return line.replace("\"}", "");
            }
        }
    }

    /// Sends a request and returns the body of the answer.
    pub(crate) fn send(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-request-id: of-the-test\r\n\
             content-length: {length}\r\n"
        );
        let kind = match body.starts_with('{') {
            true => "content-type: application/json\r\n\r\n",
            false => "content-type: text/html\r\n\r\n",
        };
        stream
            .write_all(format!("{request}{kind}{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// The same with JSON on both sides.
    pub(crate) fn json(&self, head: &str, body: &Value) -> Value {
        let answer = self.send(head, &body.to_string());
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"))
    }

    /// Has it read its configuration again.
    pub(crate) fn hang_up(&self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-HUP", &id]).status();
        assert!(told.unwrap().success());
    }

    /// Ends it and returns all that it said.
    pub(crate) fn end(mut self) -> Vec<String> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        self.said.extend(self.lines.iter());
        self.said.clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
