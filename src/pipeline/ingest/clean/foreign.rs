//! Furniture of pages in the languages that are told apart: the same rules as for
//! English in `lines`, anchored the same way.

/// Months as dates write them.
pub(super) const MONTH: &str = r"januar[iy]?|j[äa]nner|februar[iy]?|m[äa]rz|april|mai|juni|juli|august(?:us)?|september|oktober|november|dezember|maart|mei|december|janvier|f[ée]vrier|mars|avril|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|mar[çc]o|maio|junho|julho|setembro|outubro|novembro|dezembro|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrze[śs]nia|pa[źz]dziernika|listopada|grudnia|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|ιανουαρίου|φεβρουαρίου|μαρτίου|απριλίου|μα[ίΐ]ου|ιουνίου|ιουλίου|αυγούστου|σεπτεμβρίου|οκτωβρίου|νοεμβρίου|δεκεμβρίου|ocak|[şs]ubat|mart|nisan|may[ıi]s|haziran|temmuz|a[ğg]ustos|eyl[üu]l|ekim|kas[ıi]m|aral[ıi]k";

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
    // Portuguese, Italian, Dutch.
    (
        "navigation",
        r"^(?:entrar|sair|cadastre-se|p[áa]gina inicial|voltar(?: ao topo)?|pr[óo]xim[ao]|pesquisar|pular para o conte[úu]do|accedi|registrati|cerca|torna su|successivo|precedente|vai al contenuto|inloggen|registreren|zoeken|naar boven|volgende|vorige)$",
    ),
    (
        "comments",
        r"^(?:\d[\d.]* (?:coment[áa]rios?|comment[io]|reacties?)|coment[áa]rios?(?: \(?\d+\)?)?|deix[ea] (?:um|seu) coment[áa]rio.*|comentar|commenti(?: \(?\d+\)?)?|lascia un commento.*|rispondi|reacties?(?: \(?\d+\)?)?|(?:plaats|geef) een reactie.*|reageer|beantwoorden)$",
    ),
    (
        "share",
        r"^(?:compartilh(?:e|ar)(?: (?:no|na|via|isso|esta|este) .{2,20})?|imprima|condividi(?: su .{2,20})?|stampa|delen|deel (?:dit|op|via) .{2,30}|afdrukken)$",
    ),
    (
        "newsletter",
        r"^(?:assine (?:a|nossa) .{0,20}newsletter.{0,60}|inscreva-se.{0,60}|iscriviti (?:alla|alle) .{0,20}newsletter.{0,60}|(?:meld je aan|schrijf je in) voor .{0,20}nieuwsbrief.{0,60})$",
    ),
    (
        "advert",
        r"^(?:publicidade|an[úu]ncio|continua (?:ap[óo]s|depois d)a publicidade|pubblicit[àa]|advertentie)$",
    ),
    (
        "related",
        r"^(?:lei?a (?:tamb[ée]m|mais).{0,80}|ve(?:ja|r) (?:tamb[ée]m|mais).{0,80}|saiba mais.{0,80}|voc[êe] (?:pode|vai) (?:tamb[ée]m )?gostar.{0,20}|(?:not[íi]cias|artigos|mat[ée]rias|posts) relacionad[ao]s|mais (?:lidas|lidos|vistas|not[íi]cias)|leggi anche.{0,80}|potrebbe(?:ro)? (?:anche )?interessar(?:ti|vi).{0,20}|articoli correlati|i pi[ùu] letti|lees (?:ook|verder|meer).{0,80}|gerelateerde (?:artikelen|berichten)|meest gelezen)[:.…»>]*$",
    ),
    (
        "footer",
        r"^(?:(?:pol[íi]tica de privacidade|termos de uso|fale conosco|contato|privacy|contatti|privacybeleid|algemene voorwaarden)[\s|,/·•]*)+$",
    ),
    // Polish, Russian, Greek, Turkish.
    (
        "navigation",
        r"^(?:zaloguj(?: si[ęe])?|wyloguj|zarejestruj(?: si[ęe])?|strona g[łl][óo]wna|szukaj|nast[ęe]pn[ay]|poprzedni[ay]?|войти|вход|выйти|регистрация|на главную|главная|поиск|наверх|следующая|предыдущая|σύνδεση|εγγραφή|αρχική(?: σελίδα)?|αναζήτηση|επόμενο|προηγούμενο|giri[şs] yap|[üu]ye ol|ana sayfa|sonraki|[öo]nceki)$",
    ),
    (
        "comments",
        r"^(?:\d[\d.]* (?:komentarz[ye]?|komentarzy|комментари(?:й|я|ев)|σχόλι[αο]|yorum)|komentarze(?: \(?\d+\)?)?|(?:dodaj|napisz) komentarz.*|odpowiedz|комментарии:?(?: \(?\d+\)?)?|(?:добавить|оставить|написать) (?:комментарий|отзыв).*|комментировать|ответить|отзывы|σχόλια(?: \(?\d+\)?)?|(?:προσθήκη|γράψτε|αφήστε) (?:ένα )?σχόλι.*|απάντηση|yorumlar(?: \(?\d+\)?)?|yorum yap.*|yan[ıi]tla)$",
    ),
    (
        "share",
        r"^(?:udost[ęe]pnij(?: na .{2,20})?|podziel si[ęe]|drukuj|поделиться(?: .{2,20})?|рассказать друзьям|печать|распечатать|версия для печати|отправить (?:другу|на e-?mail)|нравится|εκτύπωση|αποστολή|κοινοποίηση|μοιραστείτε.{0,20}|payla[şs](?:.{2,20}'[dt]a)?|yazd[ıi]r)$",
    ),
    ("advert", r"^(?:reklama|реклама|διαφήμιση|reklam)$"),
    (
        "related",
        r"^(?:(?:czytaj|zobacz|przeczytaj) (?:te[żz]|tak[żz]e|r[óo]wnie[żz]|wi[ęe]cej).{0,80}|polecane(?: artyku[łl]y)?|powi[ąa]zane artyku[łl]y|najcz[ęe][śs]ciej czytane|(?:читайте|смотрите) (?:также|еще|ещё).{0,80}|(?:материалы|новости|статьи) по теме|по теме|похожие (?:статьи|новости|материалы)|(?:самые популярные|популярное|самое читаемое).{0,20}|новости партн[её]ров|διαβάστε (?:επίσης|ακόμ[αη]|περισσότερα).{0,80}|σχετικά (?:άρθρα|θέματα)|δημοφιλή|ilgili (?:haberler|yaz[ıi]lar)|[çc]ok okunanlar|bunlar da ilginizi [çc]ekebilir)[:.…»>]*$",
    ),
    // Arabic, Chinese, Japanese, Korean.
    (
        "navigation",
        r"^(?:تسجيل الدخول|الرئيسية|بحث|التالي|السابق|登[录錄]|注[册冊]|首[页頁]|返回(?:首[页頁]|[顶頂]部)|(?:上|下)一篇.{0,60}|ログイン|会員登録|ホーム|検索|(?:前|次)の(?:記事|ページ).{0,60}|ページ(?:の先頭|トップ)(?:へ|に戻る).{0,10}|로그인|회원가입|검색|맨 위로)$",
    ),
    (
        "comments",
        r"^(?:التعليقات|أضف تعليق.{0,20}|(?:发表|發表|我要|网友|網友)?[评評][论論](?: ?[(（]?\d+[)）]?)?|コメント(?:する|を(?:書く|見る|投稿する)|一覧)?(?: ?[(（]?\d+[)）]?)?|返信(?:する)?|댓글(?: ?\d+)?(?:쓰기)?)$",
    ),
    (
        "share",
        r"^(?:شارك.{0,20}|طباعة|مشاركة|(?:分享|转发|轉發)(?:到|至)?.{0,10}|打印|列印|(?:この記事を)?(?:シェア|ツイート)(?:する)?|印刷(?:する)?|공유(?:하기)?|인쇄)$",
    ),
    (
        "advert",
        r"^(?:إعلان|广告|廣告|広告|スポンサー(?:ド)?リンク|광고)$",
    ),
    (
        "related",
        r"^(?:(?:اقرأ|شاهد) أيضا.{0,80}|مقالات ذات صلة|مواضيع (?:ذات صلة|متعلقة)|الأكثر قراءة|(?:相[关關]|延伸|推[荐薦]|[热熱][门門]|更多)(?:阅读|閱讀|新[闻聞]|文章|[链連][接結]|[资資][讯訊]|推[荐薦]|[专專][题題])|猜你喜[欢歡]|あわせて読みたい|こちらの記事も.{0,20}|(?:関連|おすすめ|人気|最新|新着)(?:の)?(?:記事|ニュース|リンク|ランキング).{0,10}|続きを読む|관련 ?(?:기사|뉴스)|많이 본 (?:기사|뉴스))[:：.…»>]*$",
    ),
    (
        "footer",
        r"^.{0,120}(?:todos os direitos reservados|tutti i diritti riservati|alle rechten voorbehouden|wszelkie prawa zastrze[żz]one|все права защищены|με (?:την )?επιφύλαξη παντός δικαιώματος|t[üu]m haklar[ıi] sakl[ıi]d[ıi]r|جميع الحقوق محفوظة|版[权權]所有|無断(?:転載|複製).{0,20}禁|무단 ?전재).{0,120}$",
    ),
    (
        "byline",
        r"^(?:(?:责任编辑|責任編輯|[编編][辑輯]|[来來]源|作者|[记記]者)[:：].{1,40}|(?:文|取材)[=＝:：/／].{1,40})$",
    ),
];
