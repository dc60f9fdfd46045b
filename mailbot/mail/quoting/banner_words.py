"""
The words of the warnings that mail gateways set above a mail, by language.

Only recognised, never written. Matched against one sentence, in one case, with straight
apostrophes and without links.
"""

# ruff: noqa: RUF001 - words as they are spelt

import re
from collections.abc import Iterable


def _one_of(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")


def _somewhere(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


#: What is warned of: a mail, or whoever sent it.
MAIL = _somewhere(
    (
        r"(?<!\w)(?:e-?mails?|mails?|messages?|senders?|communication|correspondence)(?!\w)",
        r"(?<!\w)(?:nachricht\w*|absender\w*|mitteilung|courriels?|courriers?|expéditeur\w*)",
        r"(?<!\w)(?:correos?|mensajes?|remitente\w*|mensage[mn]\w*|remetente\w*|messaggi\w*)",
        r"(?<!\w)(?:mittente\w*|posta|bericht\w*|afzender\w*|wiadomoś\w+|nadawc\w+|meddeland\w*)",
        r"(?<!\w)(?:meddelelse\w*|avsänd\w+|avsender\w*|afsender\w*|mejl\w*|e-?post\w*|besked\w*)",
        r"(?<!\w)(?:melding\w*|viest\w+|sähköposti\w*|lähettäj\w+|zpráv\w+|správ\w+|odes[íi]latel\w*)",
        r"(?<!\w)(?:odosielate\w+|e-?mail\w+|письм\w+|сообщени\w+|отправител\w+|лист\w*|повідомлен\w+)",
        r"(?<!\w)(?:відправник\w*|üzenet\w*|levél\w*|feladó\w*|mesaj\w*|expeditor\w*|gönderen\w*)",
        r"(?<!\w)(?:neges\w*|e-?bost|anfonwr|teachtaireacht|ríomhphost|μήνυμα|αποστολέα\w*)",
        "メール|送信者|差出人|邮件|郵件|发件人|寄件者|메일|메시지|발신|رسالة|بريد|מייל|הודעה",
    )
)

#: "This mail" and "the sender": nobody speaks so of somebody else's.
THIS_MAIL = _somewhere(
    (
        r"(?<!\w)(?:this|the following) (?:\w+ )?(?:e-?mail|mail|message|sender|communication)(?!\w)",
        r"(?<!\w)(?:e-?mail|message) below(?!\w)",
        r"^(?:the )?(?:e-?mail|mail|message|sender)(?: of this \w+)? (?:is|was|has|originated|comes|came)(?!\w)",
        r"(?<!\w)(?:diese[rs]? |der absender|ces? |cette |l'expéditeur|est[ea] |el remitente|o remetente)",
        r"(?<!\w)(?:quest[oa] |il mittente|dit |deze |de afzender|t[aę] |niniejsz|nadawca|det(?:ta|te|här)? )",
        r"(?<!\w)(?:denn[ea] |den här|avsändaren|afsenderen|avsenderen|tämä|t[aeo]to |эт[оа]т? |данное|це[йя]? )",
        r"(?<!\w)(?:ez (?:az? )|acest|această|bu |mae'r |daw'r |αυτό|τάα )",
        "この|本メール|当該|此|本邮件|这封|該|이 |هذه|הודעה זו",
    )
)

#: Words that stand at the head of a warning.
CAUTION = _one_of(
    *("caution", "warning", "attention", "alert", "notice", "important", "beware", "be careful"),
    *("security (?:notice|warning|alert)", "please note", "note"),
    *("danger", "external", "achtung", "warnung", "vorsicht", "hinweis", "wichtig", "extern"),
    *("avertissement", "mise en garde", "prudence", "alerte", "avis", "externe", "atención"),
    *("precaución", "advertencia", "aviso", "cuidado", "alerta", "externo", "atenção", "cautela"),
    *("attenzione", "avviso", "avvertenza", "avvertimento", "esterno", "let op", "waarschuwing"),
    *("pas op", "opgelet", "voorzichtig", "uwaga", "ostrzeżenie", "obs", "varning", "advarsel"),
    *("bemærk", "vær forsigtig", "forsigtig", "forsiktig", "ekstern", "merk", "huomio", "huom"),
    *("varoitus", "pozor", "upozornění", "upozornenie", "varování", "внимание", "осторожно"),
    *("предупреждение", "увага", "figyelem", "figyelmeztetés", "vigyázat", "atenție"),
    *("avertisment", "dikkat", "uyarı", "προσοχή", "προειδοποίηση", "rhybudd", "sylw", "gofal"),
    *("rabhadh", "注意", "ご注意", "警告", "주의", "경고", "تنبيه", "تحذير", "זהירות", "אזהרה"),
)

#: That a mail came from outside the firm; counts only beside MAIL.
OUTSIDE = _somewhere(
    (
        (
            r"(?<!\w)(?:originat\w+|sent|comes|came|received|arrived|generated|is|was)"
            r"(?: from| by| to you| in| someone| somebody| a person)* (?:the )?outside(?!\w)"
        ),
        (
            r"(?<!\w)external(?:ly)? (?:senders?|e-?mails?|mails?|messages?|source|domain|party|address|account"
            r"|organi[sz]ation|origin|system|server|user|network|sent|originat\w+)"
            r"(?= (?:and|from|that|which|who|has|is|was|to|with|please|do|be|treat|outside)(?!\w)| ?[^\w\s]|$)"
        ),
        r"(?<!\w)(?:sender|e-?mail|mail|message)(?: is| was)?[:\W]+external(?:ly)?(?!\w)",
        # de
        r"(?<!\w)von extern(?!\w)|(?<!\w)extern\w* (?:absender|e-?mail|mail|nachricht|quelle|adresse)",
        r"(?<!\w)(?:von|aus)(?: \w+){0,3} außerhalb|außerhalb.{0,60}(?:gesendet|versendet|verschickt|stammt)",
        r"(?<!\w)(?:kommt|stammt|wurde) (?:von )?(?:außen|extern)(?!\w)|(?<!\w)ist extern(?!\w)",
        # fr
        r"(?<!\w)(?:provien|vien|éman|reçu|envoyé|expédié)\w*.{0,40}(?:l'extérieur|dehors|externe)",
        r"(?<!\w)(?:courriel|e-?mail|mail|message|expéditeur|source|origine)s? externes?(?!\w)",
        # es, pt, it
        (
            r"(?<!\w)(?:prov(?:ien|én|ém|en)|proced|origin|envi|recib|receb|vien|veio|vem)\w*.{0,40}"
            r"(?:fuera d|fora d|exterior|externo|externa)"
        ),
        r"(?<!\w)(?:correo(?: electrónico)?|mensaje|remitente|e-?mail|mensagem|remetente) extern[oa](?!\w)",
        r"(?<!\w)(?:provien|provenien|inviat|ricevut|origin|arriva)\w*.{0,40}(?:estern[oa]|fuori d|di fuori)",
        r"(?<!\w)(?:e-?mail|messaggio|mittente|posta) estern[oa](?!\w)",
        # nl
        r"(?<!\w)(?:afkomstig|komt|verzonden|ontvangen|verstuurd|gestuurd|is).{0,30}(?:buiten|externe?)(?!\w)",
        r"(?<!\w)externe? (?:afzender|e-?mail|mail|bericht|bron)|(?<!\w)buiten (?:de|onze|uw) organisatie",
        # pl, cs, sk
        r"(?<!\w)spoza(?!\w)|(?<!\w)z zewnątrz(?!\w)|(?<!\w)zewnętrzn\w+ (?:nadawc|źródł|wiadomo|e-?mail|adres)",
        r"(?<!\w)(?:nadawca|wiadomość|e-?mail) zewnętrzn|(?<!\w)(?:mimo|vně|mimo) (?:organi|společ|naš|vaš|firm)",
        r"(?<!\w)extern\w+ (?:odes|odos|e-?mail|zpráv|správ|zdroj)",
        # sv, da, no, fi
        (
            r"(?<!\w)(?:kommer|skickat|skickades|mottag\w+|från|sendt|modtaget|mottatt|stammer|fra).{0,40}"
            r"(?:utanför|utifrån|uden ?for|udefra|utenfor|utenfra|extern|ekstern)"
        ),
        r"(?<!\w)(?:extern|ekstern)\w* (?:avsänd|avsend|afsend|e-?post|e-?mail|mejl|mail|meddel|melding|besked)",
        r"ulkopuol|(?<!\w)ulkoi\w+ (?:lähettäj|sähköposti|viesti|läht)",
        # ru, uk, hu, ro, tr, el
        r"(?<!\w)извне|из-за пределов|за пределами|(?<!\w)внешн\w+ (?:отправ|источ|письм|почт|адрес|сообщ)",
        r"(?<!\w)ззовні|за межами|(?<!\w)зовнішн",
        r"(?<!\w)külső (?:felad|lev|forrás|üzenet|cím|e-?mail)|kívülről|(?<!\w)din afara|din exteriorul",
        r"(?<!\w)expeditor extern|dışından|dışındaki|(?<!\w)harici|(?<!\w)dış (?:kaynak|gönderen)",
        r"(?<!\w)εκτός|(?<!\w)εξωτερικ",
        # cy, ga
        r"tu allan i|o'r tu allan|(?<!\w)allanol(?!\w)|lasmuigh|seachtrach",
        # ja, zh, ko, ar, he
        "外部|社外|組織外|组织外|公司外|외부|خارج|חיצוני|מחוץ",
    )
)

#: What a gateway says of a mail that it distrusts, whole; no second sign is needed.
DISTRUST = _somewhere(
    (
        r"be (?:careful|cautious|wary) (?:with|of|when (?:responding|replying) to) this (?:message|e-?mail|sender)",
        r"(?:do(?:n't| not)|did(?:n't| not)) (?:often|usually|normally) (?:get|receive) (?:an )?(?:e-?mails?|messages?) from",
        r"this (?:message|e-?mail) needs your attention",
        (
            r"(?:could(?:n't| not)|can(?:'t|not)|unable to|not able to) (?:be )?(?:verif|authenticat|recogni|validat)\w+"
            r".{0,60}(?:sender|identity|e-?mail|message|sent)"
        ),
        (
            r"(?:sender|identity|message|e-?mail).{0,60}(?:could(?:n't| not)|can(?:'t|not)|has not|was not|is not"
            r"|hasn't|isn't) (?:been |be )?(?:verified|authenticated|recogni[sz]ed|validated)"
        ),
        (
            r"(?:message|e-?mail|sender) (?:is |was |may be |might be |could be |seems |looks |appears )"
            r"(?:to be |like )?(?:\w+ )?(?:suspicious|dangerous|phishing|spam|a scam|fraudulent|impersonat\w+|spoof\w+)"
        ),
        r"first time (?:you|that you|this sender|\S+@\S+).{0,40}(?:received|e-?mail|sen[dt]|sender)",
        (
            r"(?:have|has)(?:n't| not| never)(?: previously| before)? (?:received|corresponded|communicated|exchanged|e-?mailed)"
            r".{0,40}(?:from this|with this|this sender|this person|e-?mails? from|you before)"
        ),
        r"actual sender of this message is different",
        r"similar (?:messages|e-?mails) were used to steal",
        r"this (?:message|e-?mail) (?:contains|has) (?:suspicious|unusual|external)",
        r"(?:unverified|first[- ]time|unrecogni[sz]ed|untrusted|unknown|new) sender\W*$",
        r"(?:e-?mail|message) is from an? (?:unusual|unknown|unverified|untrusted|unrecogni[sz]ed) ",
        r"^this is (?:a personal e-?mail address|their first (?:e-?mail|mail|message) to)(?!\w)",
        r"powered by inky|phishing protection by|ironscales (?:couldn't|could not|finds|found|has)",
        r"erhalten (?:nur )?(?:nicht (?:oft|häufig)|selten) (?:eine )?(?:e-?mails?|nachricht\w*) von",
        r"n(?:e |')(?:recevez|obtenez) pas souvent",
        r"no suele[ns]? recibir|no recibe[ns]? (?:a menudo|con frecuencia)",
        r"não costuma receber|não recebe (?:e-?mails? )?(?:com frequência|frequentemente)",
        r"non (?:si )?ricev\w+ spesso",
        r"ontvangt niet vaak|krijgt niet vaak",
        r"får inte ofta|får ikke ofte|modtager ikke ofte|mottar ikke ofte|et saa usein|et usein saa",
        r"nie otrzymujesz często|nieczęsto otrzymujesz|často nedostáváte|nedostáváte často",
        r"нечасто получаете|не часто получаете|nem gyakran kap|nu primi\w* des|sık sık (?:e-?posta )?almıyorsunuz",
        "頻繁にメールを受け取|メールを受け取ることはあまり|不经常收到|通常不会收到|不常收到",
        r"absender.{0,60}nicht (?:verifiziert|überprüft|bestätigt)|expéditeur.{0,60}(?:pas (?:pu )?être vérifi|non vérifi)",
        r"remitente.{0,60}no (?:se )?(?:ha )?(?:podido |pudo )?verific|mittente.{0,60}non (?:è stato )?verific",
    )
)

#: What not to do with it. Counts below or above a warning only.
_LINKS = _somewhere(
    (
        r"click|(?<!\w)(?:links?|attach\w+|urls?|content|macros?|klick\w*|anhang\w*|anhäng\w+|anlage\w*)(?!\w)",
        r"(?<!\w)(?:cliqu\w+|liens?|pièces?|clics?|enlaces?|vínculos?|adjunt\w+|hiperv\w+|anexos?|clicar)(?!\w)",
        r"(?<!\w)(?:clicc\w+|collegament\w+|allegat\w+|klik\w*|koppeling\w*|bijlage\w*|link\w+|łącz\w+)(?!\w)",
        r"odnośnik|załącznik|(?<!\w)länk|bilag|bifog|vedhæft|vedlegg|lenke|liit|odkaz|příloh|prílo|neklik",
        r"ссылк|вложени|посилан|вкладен|hivatkoz|mellékl|atașament|bağlantı|συνδέσμ|σύνδεσμ|συνημμέν",
        "dolen|atodiad|リンク|添付|クリック|链接|連結|鏈接|附件|点击|點擊|링크|첨부|رابط|مرفق|קישור",
    )
)
_ADVICE = _somewhere(
    (
        (
            r"(?<!\w)(?:not|never|don't|avoid|caution|cautious|care|careful|unless|only|before|sender|recogni[sz]e"
            r"|trust\w*|expect\w*|safe|suspicious|verify|vigilan\w+|think)(?!\w)"
        ),
        r"(?<!\w)(?:nicht|keine|vorsicht\w*|nur|absender\w*|sicher\w*|ne|n'|pas|sauf|expéditeur|prude\w+|avant)(?!\w)",
        r"(?<!\w)(?:no|salvo|menos|remitente|cuidado|precauci\w+|não|exceto|remetente|non|meno|mittente)(?!\w)",
        r"(?<!\w)(?:niet|geen|tenzij|afzender|voorzichtig|alleen|nie|chyba|nadawc\w+|ostrożn\w+|inte|om du)(?!\w)",
        r"(?<!\w)(?:ikke|med ?mindre|afsender\w*|avsender\w*|avsändar\w*|kun|älä\w*|ellei\w*|lähettäj\w+|pokud)(?!\w)",
        r"(?<!\w)(?:ne\w+te|odes\w+|не|если|отправител\w+|якщо|ne|nem|csak|nu|decât|yalnızca|gönder\w+|μην)(?!\w)",
        "peidiwch|oni bai|ない|注意|ご確認|不要|勿|请勿|請勿|除非|마십시오|마세요|주의|لا |אל ",
    )
)
#: Other advice, by its first words or whole.
_REST = _somewhere(
    (
        r"^(?:please )?(?:use|exercise|take|proceed with) (?:\w+ )?(?:caution|care)(?: when \w+ing.*)?$",
        r"^(?:please )?(?:be (?:cautious|careful|vigilant|wary)|think before you (?:click|act))$",
        (
            r"^(?:please )?(?:be|remain|stay) (?:cautious|careful|vigilant|alert|wary)"
            r" (?:with|of|about|when|before|for) (?:.{0,60} )?(?:e-?mails?|links?|attachments?|messages?|content|phishing)"
        ),
        (
            r"^(?:please )?(?:never|do not|don't) (?:share|provide|enter|give|disclose|supply|reply|respond|act)"
            r".{0,80}(?:passwords?|credentials|personal|information|sender|details|e-?mail|message)"
        ),
        r"^(?:please )?(?:verify|confirm|check) .{0,40}(?:sender|identity|e-?mail address|source|legitima)",
        r"^(?:if|when|where) .{0,100}(?:report|phish|suspicious|help ?desk|service desk|security|spam|it (?:team|support|department))",
        r"^(?:are you sure )?(?:that )?you (?:know|trust|recogni[sz]e) (?:the|this) sender$",
        (
            r"^if (?:in doubt|you (?:are|were|have|did|do|don't|weren't|aren't) .{0,30}"
            r"(?:unsure|not sure|doubts?|expect\w*|recogni[sz]e|concern\w*))(?!\w)"
        ),
        (
            r"^(?:wenn|bei|falls|en cas|si|se|em caso|als|bij|jeśli|w razie|om|vid|hvis|ved|jos|pokud|если)(?!\w)"
            r".{0,100}(?:help ?desk|service ?desk|phish|\bit\b|spam|support)"
        ),
        r"^(?:please )?(?:report|forward) .{0,60}(?:phish|suspicious|spam|abuse|security|help ?desk|service desk)",
        r"^(?:please )?make sure (?:this is|that this is|you know|you trust)(?!\w)",
        r"^(?:and )?(?:unless you|know(?:ing)? the content|you recogni[sz]e)(?!\w)",
    )
)
_LABELS = re.compile(
    r"(?:(?:.{0,60}[ ,])?powered by .{1,30}|first[- ]time sender|external|report(?: (?:this )?(?:e-?mail|message|suspicious|phish(?:ing)?|as phishing|spam|abuse|concern|it))?"
    r"|mark(?: as| this as)? safe|looks safe|(?:block|trust|allow|unblock)(?: this)? sender|learn more(?: about .{1,60})?"
    r"|learn why this is important|why is this important|more info(?:rmation)?|details|faq|feedback|help|dismiss"
    r"|hide this message|get help|click here(?: to .{1,60})?|see more|find out more|sender|safety tips?"
    r"|erfahren sie,? warum dies wichtig ist|weitere informationen|melden|als sicher markieren"
    r"|(?:découvrez )?pourquoi (?:c'|cela )est important|en savoir plus|signaler(?: ce (?:message|courriel))?"
    r"|(?:descubra )?por qué (?:es )?esto (?:es )?importante|más información|denunciar|informar"
    r"|saiba (?:mais|por ?que .{0,30}importante)|scopri (?:di più|perché .{0,30}importante)|segnala"
    r"|informazioni sul perché è importante|(?:ontdek|meer informatie over|lees) waarom dit belangrijk is"
    r"|meer informatie|melden als phishing|dowiedz się(?: więcej|,? dlaczego .{0,30}ważne)|zgłoś"
    r"|läs (?:om |mer om )?varför det(?: här)? är viktigt|få mere at vide.{0,40}|finn ut hvorfor dette er viktig"
    r"|lue,? miksi tämä on tärkeää|proč je to důležité|узнайте,? почему это важно|подробнее)(?!\w)[\s/|,]*"
)

#: Addresses of pages that explain such a warning, and of buttons in it.
EXPLAINED_AT = re.compile(
    r"aka\.ms(?:/|%2f)learnabout|phishalarm|urldefense\.\w+/v3/__https://us-phish|report\.(?:inky|graphus)"
    r"|protect-[a-z]{2}\.mimecast\.com/s/report|shared\.outlook\.inky\.com|ironscales\.com|/learnaboutsender",
    re.IGNORECASE,
)

#: What one writes of oneself: then it is no warning of a machine's.
_PERSONAL = _one_of(
    *(
        "^i",
        "i'm",
        "i've",
        "i'd",
        "i'll",
        "my",
        "me",
        "mine",
        "ich",
        "mein",
        "meine",
        "meinen",
        "mir",
        "mich",
    ),
    *("je", "j'ai", "mon", "mes", "moi", "yo", "mis", "meu", "minha", "mio", "mia", "ik", "mijn"),
    *("jag", "jeg", "minä", "я", "мой", "меня", "мне"),
)
_WE = _one_of("we", "we're", "we'll", "we've", "wir", "nous", "nosotros", "noi", "wij", "мы")


def warns_of_the_mail(said: str, *, is_set_off: bool) -> bool:
    """
    Whether a sentence says, as a gateway does, that the mail or its sender is from outside,
    or not to be trusted; *is_set_off* where a word of caution, brackets or rules set it off.
    """
    if _PERSONAL.search(said):
        return False
    if DISTRUST.search(said):
        return True
    is_this = is_set_off or THIS_MAIL.search(said) is not None
    return is_this and bool(MAIL.search(said) and OUTSIDE.search(said))


def advises(said: str) -> bool:
    """
    Whether a sentence says what to do with a mail that is warned of.
    """
    if _PERSONAL.search(said) or _WE.search(said):
        return False
    return bool(_REST.search(said) or (_LINKS.search(said) and _ADVICE.search(said)))


def is_label(said: str) -> bool:
    """
    Whether it is one or more of the buttons and links beside such a warning.
    """
    while said and (found := _LABELS.match(said)):
        said = said[found.end() :]
    return not said


#: "[EXTERNAL]", "*** EXTERNAL EMAIL ***", "External sender": nothing else is said.
_TAG_WORDS = re.compile(
    r"(?<!\w)(?:ext|external(?:ly)?|extern[aeot]?|externer|estern[oa]|ekstern[aet]?|zewnętrzn[ay]|externí"
    r"|ulkoinen|внешн\w+|зовнішн\w+|külső|harici|allanol|εξωτερικ\w+)(?!\w)|外部|社外|외부"
)
_BESIDE_A_TAG = _one_of(
    *(
        "this",
        "is",
        "an?",
        "from",
        "of",
        "the",
        "source",
        "origin",
        "domain",
        "e",
        "inbound",
        "incoming",
    ),
    *(
        "der",
        "die",
        "das",
        "von",
        "eine?",
        "de",
        "du",
        "un",
        "une",
        "electrónico",
        "di",
        "een",
        "van",
    ),
    *("からの?", "の"),
)
_ADDRESS = re.compile(r"\S+@\S+")


def is_tag(said: str, *, is_set_off: bool) -> bool:
    """
    Whether it says "external" and of what, and nothing else.
    """
    if not _TAG_WORDS.search(said):
        return False
    names_mail = MAIL.search(said) is not None
    rest = _TAG_WORDS.sub(" ", _ADDRESS.sub(" ", said))
    for each in (MAIL, CAUTION, _BESIDE_A_TAG):
        rest = each.sub(" ", rest)
    return not re.search(r"\w", rest) and (names_mail or is_set_off)
