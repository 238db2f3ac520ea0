//! Mail: text and HTML beside it, over STARTTLS, TLS, or in clear where a person said so.

use base::Severity;
use std::io::ErrorKind;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart, header};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::Refused;
use super::smtp::{self, Lost};
use super::text::{plain, shortened, title, word};
use crate::channel::{Email, MailSecurity};
use crate::notify::message::{Figure, Message};
use base::words::full_text;

/// Longer subjects are cut by whoever shows them.
const SUBJECT_CHARACTERS_MAX: usize = 150;
/// A server that does not say goodbye in this time is left without it.
const GOODBYE_LIMIT: Duration = Duration::from_secs(2);

/// Sends one mail.
pub(super) async fn send(email: &Email, password: Option<&str>, messages: &[Message]) -> Result<(), Refused> {
    let letter = letter(email, messages)?;
    let credentials = match &email.user {
        None => None,
        Some(user) => {
            let password =
                password.ok_or_else(|| Refused::for_good("its password is missing; enter it again"))?;
            Some(Credentials::new(user.clone(), password.to_owned()))
        }
    };
    let is_tls = email.security == MailSecurity::Tls;
    let stream =
        smtp::connect(&email.host, email.port, is_tls).await.map_err(|lost| unreached(email, lost))?;
    let refused = |error| refused(email, &error);
    let here = ClientId::default();
    let mut server = AsyncSmtpConnection::connect_with_transport(stream, &here).await.map_err(refused)?;
    if email.security == MailSecurity::Starttls {
        if !server.can_starttls() {
            let place = place(email);
            return Err(Refused::later(format!(
                "{place} does not offer STARTTLS, and nothing is sent in clear"
            )));
        }
        let tls = TlsParameters::new(email.host.clone())
            .map_err(|error| Refused::later(format!("TLS cannot be prepared: {}", full_text(&error))))?;
        // Where this fails there is no connection any more that a goodbye could go over.
        server.starttls(tls, &here).await.map_err(refused)?;
    }
    let sent = async {
        if let Some(credentials) = &credentials {
            server.auth(DEFAULT_MECHANISMS, credentials).await.map_err(refused)?;
        }
        server.send(letter.envelope(), &letter.formatted()).await.map(drop).map_err(refused)
    };
    let sent = sent.await;
    // Beside what is judged: a mail that was taken is sent, whether or not the server says goodbye.
    tokio::spawn(tokio::time::timeout(GOODBYE_LIMIT, async move { server.abort().await }));
    sent
}

fn place(email: &Email) -> String {
    format!("{}:{}", email.host, email.port)
}

fn letter(email: &Email, messages: &[Message]) -> Result<lettre::Message, Refused> {
    let mailbox = |text: &String| {
        text.parse::<Mailbox>().map_err(|_| Refused::for_good(format!("{text:?} is no mailbox")))
    };
    let subject = format!("[Holdfast] {}", shortened(&title(messages), SUBJECT_CHARACTERS_MAX));
    let mut builder = lettre::Message::builder()
        .from(mailbox(&email.from)?)
        .subject(subject)
        .date_now()
        .message_id(None)
        // So that no vacation notice comes back.
        .header(AutoSubmitted);
    for to in &email.to {
        builder = builder.to(mailbox(to)?);
    }
    builder
        .multipart(MultiPart::alternative_plain_html(plain(messages), html(messages)))
        .map_err(|error| Refused::for_good(format!("the mail cannot be written: {}", full_text(&error))))
}

/// `Auto-Submitted: auto-generated` (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// HTML without anything that is fetched from elsewhere; all that comes from servers is escaped.
fn html(messages: &[Message]) -> String {
    let parts: String = messages.iter().map(part).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"margin:0;padding:24px;background:#f4f6f6;color:#17211f;\
         font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif\">\
         <div style=\"max-width:620px;margin:0 auto\">{parts}\
         <p style=\"color:#5c6b68;font-size:13px\">Sent by Holdfast on {}.</p></div></body></html>\n",
        escaped(&title(messages)),
        escaped(&gethostname::gethostname().to_string_lossy()),
    )
}

fn part(message: &Message) -> String {
    let color = match message.severity {
        Severity::Ok | Severity::Info => "#1f7a5c",
        Severity::Warning | Severity::Unknown => "#b46a00",
        Severity::Critical => "#b42318",
    };
    let sign = word(message.severity).map_or_else(String::new, |word| {
        format!("<div style=\"color:{color};font-size:13px;font-weight:600\">{word}</div>")
    });
    let mut lines = String::new();
    for line in &message.lines {
        lines.push_str("<p style=\"margin:8px 0\">");
        lines.push_str(&escaped(line));
        lines.push_str("</p>");
    }
    let mut figures = String::new();
    for Figure { name, value } in &message.figures {
        let (name, value) = (escaped(name), escaped(value));
        figures.push_str("<tr><td style=\"padding:2px 16px 2px 0;color:#5c6b68\">");
        figures.extend([name.as_str(), "</td><td>", value.as_str(), "</td></tr>"]);
    }
    format!(
        "<div style=\"background:#ffffff;border-left:4px solid {color};padding:16px 20px;margin:0 0 16px\">{sign}\
         <div style=\"font-size:17px;font-weight:600\">{}</div>{lines}<table style=\"border-collapse:collapse\">\
         {figures}</table></div>",
        escaped(&message.subject)
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// Why no server was there to speak with.
fn unreached(email: &Email, lost: Lost) -> Refused {
    let place = place(email);
    Refused::later(match lost {
        Lost::Late => format!("{place} did not answer in time"),
        Lost::Connect(error) if error.kind() == ErrorKind::ConnectionRefused => {
            format!("{place} refused the connection; nothing listens there")
        }
        Lost::Connect(error) => {
            let text = full_text(&error);
            if text.contains("lookup") || text.contains("resolve") {
                format!("the name {} is not known: {text}", email.host)
            } else {
                format!("{place} could not be reached: {text}")
            }
        }
        Lost::Tls(error) => without_tls(&place, &full_text(&error)),
    })
}

fn without_tls(place: &str, text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.contains("certificate") || lower.contains("unknownissuer") {
        format!("the certificate of {place} is not to be trusted: {text}")
    } else {
        format!("{place} could not be spoken to over TLS: {text}")
    }
}

/// What a mail server said.
fn refused(email: &Email, error: &lettre::transport::smtp::Error) -> Refused {
    let place = place(email);
    let text = full_text(error);
    if let Some(code) = error.status() {
        let code = code.to_string();
        let said = match code.as_str() {
            "530" | "534" | "535" | "538" => format!("{place} does not accept the user and password: {text}"),
            _ => format!("{place} refused the mail: {text}"),
        };
        return if error.is_permanent() { Refused::for_good(said) } else { Refused::later(said) };
    }
    let is_certificate = text.to_lowercase().contains("certificate");
    Refused::later(if error.is_tls() || is_certificate {
        without_tls(&place, &text)
    } else {
        format!("the talk with {place} broke off: {text}")
    })
}

#[cfg(test)]
mod tests {
    use super::super::text::headline;
    use super::*;
    use crate::notify::message::MessageKind;

    #[test]
    fn what_comes_from_a_server_is_text_in_a_mail_and_nothing_is_fetched() {
        let hostile = "<img src=x onerror=alert(1)>\"'&";
        let message = Message::new(MessageKind::RunFailed, Severity::Critical, "k".into(), 1, hostile.into())
            .line(hostile)
            .figure(hostile, hostile);
        let html = html(std::slice::from_ref(&message));
        assert!(
            !html.contains("<img") && html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;")
        );
        assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("url("));
        assert_eq!(headline(&message), format!("Error: {hostile}"));
    }

    #[test]
    fn a_subject_cannot_add_a_header() {
        let email = Email {
            host: "smtp.example".into(),
            port: 587,
            security: MailSecurity::Starttls,
            user: None,
            from: "a@example.org".into(),
            to: vec!["b@example.org".into()],
        };
        let subject = "shop\r\nBcc: evil@example.org".to_owned();
        let message = Message::new(MessageKind::RunFailed, Severity::Critical, "k".into(), 1, subject);
        let letter = String::from_utf8(letter(&email, &[message]).unwrap().formatted()).unwrap();
        let (head, _) = letter.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc:")), "{head}");
    }
}
