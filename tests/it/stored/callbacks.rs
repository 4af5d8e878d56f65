//! Callbacks, from the request to the receiver, on both databases.

use std::net::IpAddr;

use afterword::api::{DeliveryList, DeliveryView};
use afterword::config::CallbackSettings;
use afterword::jobs::Callbacks;
use afterword::net::{Client, Lookup, Resolve};

use super::*;
use crate::receiver::{Receiver, SECRET};

on_both![
    an_end_is_told_signed_and_logged,
    what_is_not_taken_comes_again_under_its_id,
    a_schedule_ends_and_a_delivery_can_be_ordered_again,
    an_endpoint_that_is_gone_is_left_alone,
    every_end_is_told,
    a_large_digest_is_a_link,
    a_secret_can_be_replaced,
    inner_addresses_are_refused_before_anything_is_stored,
    a_name_that_leads_inside_is_not_called,
    a_sender_that_dies_is_followed_by_another,
    deliveries_are_listed,
];

/// A service with whoever it calls.
pub(super) struct Called {
    pub(super) service: Service,
    pub(super) receiver: Receiver,
    settings: CallbackSettings,
}

/// Every name leads to this machine.
struct Inside;

impl Resolve for Inside {
    fn lookup<'a>(&'a self, _name: &'a str) -> Lookup<'a> {
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        Box::pin(std::future::ready(Ok(vec![here])))
    }
}

impl Called {
    /// Workers and callbacks run; retries come at once.
    pub(super) async fn start(place: Place, config: &str) -> Self {
        Self::start_with(place, made(), config).await
    }

    async fn start_with(place: Place, scripted: Scripted, config: &str) -> Self {
        let receiver = Receiver::start().await;
        let config = format!(
            "[callbacks]\nsecrets = [\"{SECRET}\"]\nallow_origins = [\"{}\"]\n{config}",
            receiver.origin
        );
        let settings = Settings::from_toml(&config, "test").unwrap().callbacks;
        let service = Service::start(place, scripted, &config).await;
        let called = Self {
            service,
            receiver,
            settings,
        };
        called.call();
        called
    }

    fn call(&self) {
        let callbacks = Callbacks {
            store: self.service.store.clone(),
            client: Client::new(self.settings.rules.clone(), Arc::new(Inside)).unwrap(),
            settings: self.settings.clone(),
        };
        tokio::spawn(callbacks.run(self.service.stop.subscribe()));
    }

    /// An article whose end is to be told.
    async fn order(&self, about: &str) -> JobView {
        let more = json!({ "external_id": about, "callback": { "url": self.receiver.url() } });
        accepted(&self.service.send(order(about, more, &[])).await)
    }

    async fn deliveries(&self, uri: &str) -> DeliveryList {
        let answer = self.service.send(get(uri)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn delivery(&self, job: &str) -> Option<DeliveryView> {
        let uri = format!("/v1/digests/{job}/deliveries");
        let answer = self.service.send(get(&uri)).await;
        // On a machine that is busy enough the store may be late for once.
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            return None;
        }
        let list: DeliveryList = serde_json::from_slice(&answer.body).unwrap();
        assert!(list.deliveries.len() <= 1, "{list:?}");
        list.deliveries.into_iter().next()
    }

    pub(super) async fn until(&self, job: &str, status: &str) -> DeliveryView {
        let reached = async {
            loop {
                let delivery = self.delivery(job).await;
                if let Some(delivery) = delivery.filter(|it| it.status == status) {
                    return delivery;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(delivery) => delivery,
            Err(_) => panic!("never {status}: {:?}", self.delivery(job).await),
        }
    }

    async fn redeliver(&self, id: &str) -> Answer {
        let request = Request::post(format!("/v1/deliveries/{id}/redeliver"));
        self.service
            .send(request.body(Body::empty()).unwrap())
            .await
    }
}

async fn an_end_is_told_signed_and_logged(place: Place) {
    let called = Called::start(place, "").await;
    called.service.work();
    let job = called.order("Aarhus").await;
    let delivery = called.until(&job.id, "delivered").await;
    assert_eq!((delivery.attempts, delivery.answer), (1, Some(204)));
    assert_eq!(delivery.log.len(), 1);
    let heard = called.receiver.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].id, delivery.id);
    assert!(heard[0].is_signed_by(SECRET), "{heard:?}");
    let payload = heard[0].payload();
    assert_eq!(payload["type"], "digest.done");
    assert_eq!(payload["data"]["id"], job.id);
    assert_eq!(payload["data"]["status"], "done");
    assert_eq!(payload["data"]["external_id"], "Aarhus");
    let told: Digest = serde_json::from_value(payload["data"]["digest"].clone()).unwrap();
    assert_eq!(told, digest());
    assert!(payload["timestamp"].as_str().unwrap().ends_with('Z'));
}

async fn what_is_not_taken_comes_again_under_its_id(place: Place) {
    let called = Called::start(place, "retry_seconds = [0, 0, 0]").await;
    called.service.work();
    called.receiver.answer_with(&[500, 302, 429]);
    let job = called.order("a").await;
    let delivery = called.until(&job.id, "delivered").await;
    let answers: Vec<_> = delivery.log.iter().map(|it| it.answer.unwrap()).collect();
    assert_eq!(answers, [500, 302, 429, 204]);
    let reason = delivery.log[1].reason.as_deref();
    assert_eq!(reason, Some("status: answered 302"));
    let heard = called.receiver.heard();
    assert_eq!(heard.len(), 4);
    for call in &heard {
        assert_eq!((&call.id, &call.body), (&delivery.id, &heard[0].body));
        assert!(call.is_signed_by(SECRET));
    }
}

async fn a_schedule_ends_and_a_delivery_can_be_ordered_again(place: Place) {
    let called = Called::start(place, "retry_seconds = [0]").await;
    called.service.work();
    called.receiver.answer_with(&[500, 500]);
    let job = called.order("a").await;
    let failed = called.until(&job.id, "failed").await;
    assert_eq!(failed.attempts, 2);
    called.receiver.answer_with(&[500]);
    let answer = called.redeliver(&failed.id).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let delivered = called.until(&job.id, "delivered").await;
    assert_eq!((&delivered.id, delivered.attempts), (&failed.id, 4));
    // What was taken may be ordered again as well.
    called.redeliver(&failed.id).await;
    while called.receiver.heard().len() < 5 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let heard = called.receiver.heard();
    assert!(heard.iter().all(|call| call.id == failed.id));
    let nobody = called.redeliver("msg_0").await;
    assert_eq!(nobody.refusal(), (404, "no_such_delivery".to_owned()));
}

async fn an_endpoint_that_is_gone_is_left_alone(place: Place) {
    let called = Called::start(place, "retry_seconds = [0]").await;
    called.service.work();
    called.receiver.answer_with(&[410]);
    let first = called.order("a").await;
    let gone = called.until(&first.id, "disabled").await;
    assert_eq!(gone.answer, Some(410));
    let second = called.order("b").await;
    let left_alone = called.until(&second.id, "disabled").await;
    assert_eq!(left_alone.attempts, 0);
    assert_eq!(called.receiver.heard().len(), 1);
    // Ordered by hand and taken: it is back.
    called.redeliver(&gone.id).await;
    called.until(&first.id, "delivered").await;
    let third = called.order("c").await;
    called.until(&third.id, "delivered").await;
}

async fn every_end_is_told(place: Place) {
    let no_text = || EngineError::ContextFull {
        needed: 9,
        limit: 8,
    };
    let asked = AtomicUsize::new(0);
    let scripted = Scripted::new(move || match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Ok(digest()),
        _ => Err(no_text().into()),
    });
    let called = Called::start_with(place, scripted, "").await;
    let cancelled = called.order("c").await;
    let request = Request::delete(format!("/v1/digests/{}", cancelled.id));
    called
        .service
        .send(request.body(Body::empty()).unwrap())
        .await;
    called.until(&cancelled.id, "delivered").await;
    called.service.work();
    let done = called.order("a").await;
    called.until(&done.id, "delivered").await;
    let dead = called.order("d").await;
    called.until(&dead.id, "delivered").await;
    // Known before: done when it is accepted, and told all the same.
    let known = called.order("a").await;
    called.until(&known.id, "delivered").await;
    let heard = called.receiver.heard();
    let told = heard.iter().map(|call| {
        let data = &call.payload()["data"];
        (data["id"].clone(), data["status"].clone())
    });
    let told: std::collections::HashMap<_, _> = told.collect();
    assert_eq!(told.len(), 4);
    for (job, status) in [
        (&cancelled, "cancelled"),
        (&done, "done"),
        (&dead, "dead"),
        (&known, "done"),
    ] {
        assert_eq!(told[&json!(job.id)], json!(status));
    }
    let dead = heard.iter().map(|call| call.payload()["data"].clone());
    let dead = dead.into_iter().find(|data| data["status"] == "dead");
    assert!(dead.unwrap()["reason"].is_string());
}

async fn a_large_digest_is_a_link(place: Place) {
    let scripted = Scripted::new(|| {
        Ok(Digest {
            related: vec!["Ferries".repeat(200)],
            ..digest()
        })
    });
    let config = "max_payload_bytes = 1024\npublic_url = \"https://afterword.example/x/\"";
    let called = Called::start_with(place, scripted, config).await;
    called.service.work();
    let job = called.order("a").await;
    called.until(&job.id, "delivered").await;
    let heard = &called.receiver.heard()[0];
    assert!(heard.body.len() <= 1024);
    let data = &heard.payload()["data"];
    let href = format!("https://afterword.example/x/v1/digests/{}", job.id);
    assert_eq!(
        (&data["digest"], &data["href"]),
        (&json!(null), &json!(href))
    );
}

async fn a_secret_can_be_replaced(place: Place) {
    const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mut called = Called::start(place, "").await;
    let replaced = Settings::from_toml(
        &format!("[callbacks]\nsecrets = [\"{SECRET}\", \"{NEW}\"]"),
        "test",
    );
    called.service.stop.send_replace(true);
    called.service.stop = watch::channel(false).0;
    called.settings.secrets = replaced.unwrap().callbacks.secrets;
    called.call();
    called.service.work();
    let job = called.order("a").await;
    called.until(&job.id, "delivered").await;
    let heard = &called.receiver.heard()[0];
    assert!(heard.is_signed_by(SECRET) && heard.is_signed_by(NEW));
}

async fn inner_addresses_are_refused_before_anything_is_stored(place: Place) {
    let called = Called::start(place, "").await;
    for url in [
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://user@example.org/",
        "http://example.org/",
        "https://example.org:22/",
        "not a url",
    ] {
        let more = json!({ "callback": { "url": url } });
        let answer = called.service.send(order("a", more, &[])).await;
        let problem = answer.problem();
        assert_eq!(problem.code, "invalid_parameter", "{url}");
        assert_eq!(problem.invalid_params[0].name, "callback.url");
    }
    let query = "/v1/digests?callback=https://10.0.0.1/";
    let request = Request::post(query).header("content-type", "text/plain");
    let answer = called
        .service
        .send(request.body(article("a").into()).unwrap())
        .await;
    assert_eq!(answer.problem().invalid_params[0].name, "callback");
    assert_eq!(called.service.list("").await.jobs, []);
    let silent = Service::start(called.service._place, made(), "").await;
    let more = json!({ "callback": { "url": "https://example.org/" } });
    let answer = silent.send(order("a", more, &[])).await;
    assert_eq!(answer.refusal(), (422, "callbacks_off".to_owned()));
}

async fn a_name_that_leads_inside_is_not_called(place: Place) {
    let called = Called::start(place, "retry_seconds = []").await;
    called.service.work();
    let more = json!({ "callback": { "url": "https://example.org/hook" } });
    let job = accepted(&called.service.send(order("a", more, &[])).await);
    let failed = called.until(&job.id, "failed").await;
    let reason = failed.reason.unwrap();
    assert!(reason.starts_with("not_public: "), "{reason}");
    assert_eq!(failed.answer, None);
}

async fn a_sender_that_dies_is_followed_by_another(place: Place) {
    let called = Called::start(place, "").await;
    called.service.stop.send_replace(true);
    // The callbacks are at rest; this one takes the delivery and is never heard of.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (_, stop) = watch::channel(false);
    let job = called.order("a").await;
    called.service.store.cancel(&job.id).await.unwrap();
    let store = &called.service.store;
    let held = store.claim_deliveries(9, Duration::ZERO).await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(store.claim_deliveries(9, HOUR).await.unwrap(), []);
    assert_eq!(store.expire_deliveries().await.unwrap(), 1);
    let callbacks = Callbacks {
        store: store.clone(),
        client: Client::new(called.settings.rules.clone(), Arc::new(Inside)).unwrap(),
        settings: called.settings.clone(),
    };
    tokio::spawn(callbacks.run(stop));
    let delivery = called.until(&job.id, "delivered").await;
    assert_eq!((&delivery.id, delivery.attempts), (&held[0].id, 2));
    let reasons: Vec<_> = delivery.log.iter().map(|it| it.reason.as_deref()).collect();
    assert!(
        reasons[0].unwrap().starts_with("lease_expired"),
        "{reasons:?}"
    );
    // A job whose end is still to be told is not swept; this one could be.
    assert_eq!(called.receiver.heard().len(), 1);
}

async fn deliveries_are_listed(place: Place) {
    let called = Called::start(place, "").await;
    called.service.work();
    let mut jobs = Vec::new();
    for about in ["a", "b", "c"] {
        let job = called.order(about).await;
        called.until(&job.id, "delivered").await;
        jobs.push(job.id);
    }
    let page = called
        .deliveries("/v1/deliveries?limit=2&status=delivered")
        .await;
    let listed: Vec<_> = page.deliveries.iter().map(|it| it.job.clone()).collect();
    assert_eq!(listed, [jobs[2].clone(), jobs[1].clone()]);
    let rest = format!("/v1/deliveries?limit=2&cursor={}", page.next.unwrap());
    let rest = called.deliveries(&rest).await;
    assert_eq!((rest.deliveries.len(), rest.next), (1, None));
    let none = called.deliveries("/v1/deliveries?status=failed").await;
    assert_eq!(none.deliveries, []);
    for query in ["status=lost", "limit=0", "limit=101", "job=1"] {
        let answer = called
            .service
            .send(get(&format!("/v1/deliveries?{query}")))
            .await;
        assert_eq!(answer.refusal(), (400, "invalid_parameter".to_owned()));
    }
}
