//! Furniture of pages in German, Spanish and French: the same rules as for
//! English in `lines`, anchored the same way.

/// Reason, pattern; matched without regard to case.
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "navigation",
        r"^(?:anmelden|abmelden|registrieren|startseite|men[üu]|suche|zum inhalt(?: springen)?|nach oben|weiter|zur[üu]ck|iniciar sesi[óo]n|registrarse|inicio|men[úu]|buscar|ir al contenido|volver arriba|siguiente|anterior|se connecter|connexion|s'inscrire|accueil|rechercher|aller au contenu|haut de page|suivant|pr[ée]c[ée]dent)$",
    ),
    (
        "comments",
        r"^(?:\d[\d.]* (?:kommentare?|comentarios?|commentaires?)|kommentare?(?: \(?\d+\)?)?|kommentar (?:schreiben|verfassen|hinterlassen).*|schreiben sie einen kommentar.*|antworten|comentarios?|deja un comentario.*|deja una respuesta.*|responder|commentaires?|laisser un commentaire.*|r[ée]pondre|r[ée]agir)$",
    ),
    (
        "share",
        r"^(?:teilen|artikel teilen|drucken|merken|compartir(?: en .{2,20})?|imprimir|guardar|partager(?: sur .{2,20})?|imprimer|enregistrer)$",
    ),
    (
        "newsletter",
        r"^(?:.{0,40}newsletter (?:abonnieren|bestellen|anmelden).{0,40}|jetzt (?:abonnieren|anmelden).{0,60}|suscr[íi]bete\b.{0,80}|s'abonner\b.{0,80}|inscrivez-vous [àa] (?:notre|la) newsletter.{0,60})$",
    ),
    (
        "advert",
        r"^(?:anzeige|werbung|anuncio|publicidad|publicit[ée])$",
    ),
    (
        "related",
        r"^(?:lesen sie (?:auch|mehr|dazu|hier).{0,80}|lesen sie weiter|das k[öo]nnte (?:sie|dich) (?:auch )?interessieren|mehr zum thema|(?:[äa]hnliche|verwandte|weitere) (?:artikel|beitr[äa]ge|themen)|meistgelesen|te puede interesar|tambi[ée]n te puede interesar|lea tambi[ée]n.{0,80}|lee tambi[ée]n.{0,80}|noticias relacionadas|art[íi]culos relacionados|lo m[áa]s le[íi]do|[àa] lire (?:aussi|[ée]galement).{0,80}|lire aussi.{0,80}|articles (?:similaires|li[ée]s|connexes)|sur le m[êe]me (?:sujet|th[èe]me)|les plus lus|vous aimerez aussi)[:.…»>]*$",
    ),
    (
        "footer",
        r"^(?:.{0,120}\b(?:alle rechte vorbehalten|todos los derechos reservados|tous droits r[ée]serv[ée]s)\b.{0,120}|(?:(?:impressum|datenschutz(?:erkl[äa]rung)?|agb|nutzungsbedingungen|aviso legal|pol[íi]tica de (?:privacidad|cookies)|mentions l[ée]gales|politique de confidentialit[ée]|kontakt|contacto|nous contacter)[\s|,/·•]*)+)$",
    ),
    (
        "cookies",
        r"^(?:(?:alle )?cookies (?:akzeptieren|ablehnen)|aceptar (?:todas las )?cookies|(?:tout )?accepter(?: les cookies)?)$",
    ),
    (
        "byline",
        r"^(?:lesezeit|tiempo de lectura|temps de lecture):? .{0,30}$",
    ),
];
