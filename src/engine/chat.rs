//! A model's chat template, taken apart into the pieces between our texts, so
//! that only the pieces are tokenised with control tokens. Pure.

/// The fixed text around a system message, a user message and an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) before_system: String,
    pub(super) before_user: String,
    pub(super) before_answer: String,
}

/// Words that no template holds and every tokenizer leaves alone.
const SYSTEM_MARK: &str = "AFTERWORD-SYSTEM-MARK";
const USER_MARK: &str = "AFTERWORD-USER-MARK";

impl Template {
    /// Renders a conversation of marks with `render` and splits it at them. A
    /// template without a system role gets the system text in the user's turn.
    pub(super) fn take_apart(
        render: impl Fn(&[(&str, &str)]) -> Result<String, String>,
    ) -> Result<Self, String> {
        let separate = render(&[("system", SYSTEM_MARK), ("user", USER_MARK)]);
        if let Some(template) = separate.ok().as_deref().and_then(Self::split) {
            return Ok(template);
        }
        let joined = render(&[("user", &format!("{SYSTEM_MARK}\n\n{USER_MARK}"))])?;
        Self::split(&joined).ok_or_else(|| "its chat template drops the user's message".into())
    }

    fn split(rendered: &str) -> Option<Self> {
        let (before_system, rest) = rendered.split_once(SYSTEM_MARK)?;
        let (before_user, before_answer) = rest.split_once(USER_MARK)?;
        Some(Self {
            before_system: before_system.into(),
            before_user: before_user.into(),
            before_answer: before_answer.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chatml(messages: &[(&str, &str)]) -> Result<String, String> {
        let turns = messages
            .iter()
            .map(|(role, text)| format!("<{role}>{text}</>"));
        Ok(turns.collect::<String>() + "<assistant>")
    }

    #[test]
    fn pieces_are_what_stands_between_the_texts() {
        let template = Template::take_apart(chatml).expect("it holds both marks");
        assert_eq!(template.before_system, "<system>");
        assert_eq!(template.before_user, "</><user>");
        assert_eq!(template.before_answer, "</><assistant>");
    }

    #[test]
    fn a_template_without_a_system_role_keeps_the_system_text() {
        let template = Template::take_apart(|messages| match messages {
            [("user", _)] => chatml(messages),
            _ => Err("only user and assistant roles are supported".into()),
        })
        .expect("the second attempt works");
        assert_eq!(template.before_system, "<user>");
        assert_eq!(template.before_user, "\n\n");
    }

    #[test]
    fn a_template_that_drops_the_user_is_an_error() {
        assert!(Template::take_apart(|_| Ok("<assistant>".into())).is_err());
    }
}
