//! An employee at a browser without script: follows redirects, keeps cookies, presses buttons.

use dvza::domain::dossier::SourceId;
use dvza::domain::ids::PatientRef;
use dvza::domain::rights::{Right, Rights};
use dvza::store::staff::{self, Given};

use super::network::Network;

/// Somebody at work.
pub struct Desk {
    client: reqwest::Client,
    base: String,
    csrf: String,
}

/// What a request was answered with.
pub struct Seen {
    pub status: u16,
    pub html: String,
}

impl Seen {
    /// Does the page hold this text, as a reader sees it?
    pub fn says(&self, text: &str) -> bool {
        let document = scraper::Html::parse_document(&self.html);
        let words: String = document.root_element().text().collect::<Vec<_>>().join(" ");
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        plain(&words).contains(&plain(text))
    }

    /// The values of every element of this name.
    pub fn values(&self, name: &str) -> Vec<String> {
        let document = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse(&format!("[name=\"{name}\"]")).unwrap();
        document.select(&selector).filter_map(|element| element.attr("value").map(str::to_owned)).collect()
    }

    /// The texts of every row of the table with this caption.
    pub fn rows(&self, caption: &str) -> Vec<Vec<String>> {
        let document = scraper::Html::parse_document(&self.html);
        let select = |text: &str| scraper::Selector::parse(text).unwrap();
        let plain = |element: scraper::ElementRef<'_>| {
            let words: String = element.text().collect::<Vec<_>>().join(" ");
            words.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let table = select("table");
        let tables = document
            .select(&table)
            .filter(|table| table.select(&select("caption")).any(|element| plain(element) == caption));
        let rows = tables.flat_map(|table| table.select(&select("tbody tr")).collect::<Vec<_>>());
        rows.map(|row| row.select(&select("td")).map(plain).collect()).collect()
    }

    /// Addresses of all links.
    pub fn links(&self) -> Vec<String> {
        let document = scraper::Html::parse_document(&self.html);
        let selector = scraper::Selector::parse("a[href]").unwrap();
        document.select(&selector).filter_map(|element| element.attr("href").map(str::to_owned)).collect()
    }
}

impl Desk {
    /// Logs in as this employee of the practice at this place.
    pub async fn login(network: &Network, place: usize, employee: &str) -> Self {
        let desk = Self::stranger(network);
        let name = network.practice_name(place);
        let page = desk.send("/login", &[("practice", &name), ("action", "login")]).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let relay = page.values("relay").remove(0);
        let fields = [("relay", relay.as_str()), ("employee", employee), ("action", "login")];
        let page = desk.send("/login/return", &fields).await;
        let csrf = page.values("csrf").first().cloned().unwrap_or_default();
        Self { csrf, ..desk }
    }

    /// Somebody who did not log in.
    pub fn stranger(network: &Network) -> Self {
        let client = network.browser();
        Self { client, base: network.demo.console.clone(), csrf: String::new() }
    }

    /// Looks at a page.
    pub async fn get(&self, path: &str) -> Seen {
        let answer =
            self.client.get(format!("{}{path}", self.base)).header("accept-language", "nl").send().await.unwrap();
        Seen { status: answer.status().as_u16(), html: answer.text().await.unwrap() }
    }

    /// Sends a form of ours.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut fields = fields.to_vec();
        fields.push(("csrf", self.csrf.as_str()));
        self.send(path, &fields).await
    }

    /// Sends a form of ours that is answered with a file.
    pub async fn download(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut fields = fields.to_vec();
        fields.push(("csrf", self.csrf.as_str()));
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("{}{path}", self.base)).body(body);
        let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert!(answer.headers().contains_key("content-disposition"));
        answer.bytes().await.unwrap().to_vec()
    }

    /// Sends a form of ours and gives the whole answer, with its head.
    pub async fn answer(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let mut fields = fields.to_vec();
        fields.push(("csrf", self.csrf.as_str()));
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("{}{path}", self.base)).header("accept-language", "nl").body(body);
        request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap()
    }

    /// Sends a form of ours that this file goes along with.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Seen {
        let mut fields = fields.to_vec();
        fields.push(("csrf", self.csrf.as_str()));
        self.send_file(path, &fields, file).await
    }

    /// Sends a file without proof.
    pub async fn send_file(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Seen {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"../x.html\"\r\ncontent-type: text/html\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let request = self.client.post(format!("{}{path}", self.base)).header("accept-language", "nl").body(body);
        let answer = request.header("content-type", "multipart/form-data; boundary=cut").send().await.unwrap();
        Seen { status: answer.status().as_u16(), html: answer.text().await.unwrap() }
    }

    /// Sends a form without proof.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("accept-language", "nl")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = request.send().await.unwrap();
        Seen { status: answer.status().as_u16(), html: answer.text().await.unwrap() }
    }
}

/// Gives an employee of the first practice exactly these rights.
pub async fn give(network: &Network, employee: &str, rights: &[Right]) {
    let id: SourceId = employee.parse().unwrap();
    let rights: Rights = rights.iter().copied().collect();
    let given = Given { rights, at: network.clock.now(), by: "test".to_owned() };
    let mut tx = network.server.app.store().write().await.unwrap();
    staff::give(&mut tx, &network.practices[0], &id, &given, "test").await.unwrap();
    tx.commit().await.unwrap();
}

/// The path of a patient's page.
pub fn path(who: &PatientRef) -> String {
    format!("/p/{}", who.patient)
}
