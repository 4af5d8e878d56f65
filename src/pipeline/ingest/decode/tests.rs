//! Each charset by each way to tell it; every character leads back to its bytes.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, GB18030, ISO_2022_JP, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1254,
};
use proptest::prelude::*;

use super::*;

const GERMAN: &str =
    "Die Fähre fährt über das Wasser. Größere Schäden gab es nicht, sagte Jürgen Müller.";
const RUSSIAN: &str =
    "Совет порта решил восстановить старый причал до начала зимы, и работы начнутся в августе.";
const JAPANESE: &str =
    "港湾委員会は月曜日に、冬が来る前に古いフェリー埠頭を再建することを決定した。";
const KOREAN: &str =
    "항만 위원회는 월요일에 겨울이 오기 전에 낡은 여객선 부두를 다시 짓기로 결정했다.";

fn input(kind: SourceKind, bytes: &[u8], charset: Option<&str>) -> Input {
    Input {
        bytes: bytes.to_vec(),
        kind,
        title: None,
        scope: crate::pipeline::SourceScope::Auto,
        charset: charset.map(str::to_owned),
        language: None,
    }
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, is_lossy) = encoding.encode(text);
    assert!(!is_lossy, "{text}");
    bytes.into_owned()
}

/// Decodes, and holds each character against its bytes.
fn read(kind: SourceKind, bytes: &[u8], charset: Option<&str>) -> (String, String, Vec<Finding>) {
    let input = input(kind, bytes, charset);
    let decoded = decode(&input).unwrap();
    let encoding = Encoding::for_label(decoded.charset.as_bytes()).unwrap();
    for (at, character) in decoded.text.char_indices() {
        let here = Span::new(at, at + character.len_utf8());
        let place = match &decoded.map {
            Some(map) => map.source(here).unwrap(),
            None => here,
        };
        let sent = &bytes[place.start..place.end];
        if character != '\u{fffd}' && encoding != ISO_2022_JP {
            let (text, _) = encoding.decode_without_bom_handling(sent);
            assert_eq!(text, character.to_string(), "{place:?}");
        }
    }
    (decoded.text.into_owned(), decoded.charset, decoded.findings)
}

fn text_of(bytes: &[u8]) -> String {
    read(SourceKind::Text, bytes, None).0
}

fn refusal(bytes: &[u8]) -> String {
    let input = input(SourceKind::Text, bytes, None);
    match decode(&input) {
        Ok(decoded) => format!("read as {}: {}", decoded.charset, decoded.text),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn legacy_charsets_are_detected() {
    let cases = [
        (GERMAN, WESTERN),
        (RUSSIAN, WINDOWS_1251),
        (RUSSIAN, KOI8_R),
        (JAPANESE, SHIFT_JIS),
        (JAPANESE, EUC_JP),
        (KOREAN, EUC_KR),
        ("“It’s over,” she said – and left for the café.", WESTERN),
    ];
    for (text, encoding) in cases {
        let long = format!("{text} {text} {text}");
        assert_eq!(
            text_of(&encoded(&long, encoding)),
            long,
            "{}",
            encoding.name()
        );
    }
}

const WESTERN: &Encoding = encoding_rs::WINDOWS_1252;

#[test]
fn a_named_charset_is_taken() {
    let html =
        |label: &str, text: &str| format!("<!doctype html><meta charset=\"{label}\"><p>{text}</p>");
    let cases = [
        ("windows-1254", "İstanbul'da yağmur", WINDOWS_1254),
        ("big5", "港口委員會", BIG5),
        ("gb18030", "港口委员会𠀀", GB18030),
        ("iso-2022-jp", JAPANESE, ISO_2022_JP),
        ("shift_jis", "ｱｲｳ 表示", SHIFT_JIS),
    ];
    for (label, text, encoding) in cases {
        let page = html(label, text);
        let (found, charset, findings) = read(SourceKind::Html, &encoded(&page, encoding), None);
        assert_eq!((found, charset.as_str()), (page, label));
        assert_eq!(findings, []);
        let (found, ..) = read(SourceKind::Text, &encoded(text, encoding), Some(label));
        assert_eq!(found, text);
    }
    let old = "<meta http-equiv=Content-Type content=\"text/html; charset=windows-1251\">";
    let page = format!("{old}{RUSSIAN}");
    assert_eq!(
        read(SourceKind::Html, &encoded(&page, WINDOWS_1251), None).0,
        page
    );
    let xml = format!("<?xml version='1.0' encoding='koi8-r'?>{RUSSIAN}");
    assert_eq!(read(SourceKind::Html, &encoded(&xml, KOI8_R), None).0, xml);
}

#[test]
fn utf8_is_utf8_whatever_an_old_declaration_says() {
    let page = format!("<meta charset=iso-8859-1>{GERMAN}");
    assert_eq!(read(SourceKind::Html, page.as_bytes(), None).0, page);
}

#[test]
fn marks_of_byte_order_decide() {
    let units: Vec<u16> = GERMAN.encode_utf16().chain([0xd83d, 0xde00]).collect();
    let wide = format!("{GERMAN}😀");
    for (mark, to_bytes) in [
        (vec![0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (vec![0xfe, 0xff], u16::to_be_bytes),
        (vec![], u16::to_le_bytes),
        (vec![], u16::to_be_bytes),
    ] {
        let bytes = [
            mark,
            units.iter().flat_map(|unit| to_bytes(*unit)).collect(),
        ]
        .concat();
        assert_eq!(text_of(&bytes), wide);
    }
    let marked = [b"\xef\xbb\xbf", GERMAN.as_bytes()].concat();
    assert_eq!(text_of(&marked), GERMAN);
}

#[test]
fn bad_bytes_in_utf8_are_counted_and_shown() {
    let bytes = [
        GERMAN.as_bytes(),
        b" caf\xe9 und ",
        GERMAN.as_bytes(),
        b" \xc3",
    ]
    .concat();
    let (text, charset, findings) = read(SourceKind::Text, &bytes, None);
    assert_eq!(text, format!("{GERMAN} caf\u{fffd} und {GERMAN} \u{fffd}"));
    assert_eq!(charset, "utf-8");
    let at = GERMAN.len() + 4;
    assert_eq!(
        findings,
        [Finding {
            kind: FindingKind::Undecodable,
            count: 2,
            input: Some(Span::new(at, at + 1)),
        }]
    );
    let odd = [&b"\xff\xfea\0b\0"[..], b"\xd8"].concat();
    assert_eq!(text_of(&odd), "ab\u{fffd}");
}

#[test]
fn what_is_no_text_is_refused() {
    assert_eq!(refusal(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"), "binary_input");
    assert_eq!(refusal(b"PK\x03\x04\x14\0\x06\0"), "binary_input");
    assert_eq!(
        refusal(&[0, 1, 2, 3, 250, 251, 0, 7].repeat(50)),
        "binary_input"
    );
    assert_eq!(refusal(b"plain words \xff\xfe and more words"), "not_utf8");
}

#[test]
fn hidden_text_is_told_by_its_place_in_the_bytes() {
    let bytes = "\u{feff}Pier\u{e0041}\u{e0042} and\u{ad} quay ig\u{200b}nore".as_bytes();
    let (text, _, findings) = read(SourceKind::Text, bytes, None);
    assert_eq!(text, "Pier and quay ignore");
    let place = Span::new(7, bytes.len() - 4);
    assert_eq!(
        findings,
        [Finding {
            kind: FindingKind::HiddenText,
            count: 3,
            input: Some(place),
        }]
    );
}

#[test]
fn unknown_labels_are_known_as_such() {
    assert!(is_charset(" UTF-8") && is_charset("latin1") && is_charset("cp1251"));
    assert!(!is_charset("utf-7") && !is_charset("replacement") && !is_charset("klingon"));
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        charset in prop::option::of(prop::sample::select(vec![
            "utf-8", "utf-16le", "iso-2022-jp", "big5", "gb18030", "shift_jis", "euc-jp", "euc-kr",
            "windows-1252", "koi8-r",
        ])),
    ) {
        let input = input(SourceKind::Html, &bytes, charset);
        if let Ok(decoded) = decode(&input) {
            for (at, character) in decoded.text.char_indices() {
                let here = Span::new(at, at + character.len_utf8());
                let place = match &decoded.map {
                    Some(map) => map.source(here),
                    None => Some(here),
                };
                prop_assert!(place.is_some_and(|place| place.end <= bytes.len() && !place.is_empty()));
            }
        }
    }
}
