use proptest::prelude::*;

use super::Environment::{Development, Production};
use super::*;
use crate::domain::time::Timestamp;

const ZAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Zorgaanbiederslijst xmlns="xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release3/">
  <Tijdstempel>2026-06-15T10:00:00+02:00</Tijdstempel>
  <Volgnummer>12</Volgnummer>
  <Zorgaanbieders>
    <Zorgaanbieder>
      <Zorgaanbiedernaam>huisartsdelinde@medmij</Zorgaanbiedernaam>
      <Aanbiedertype>ZA</Aanbiedertype>
      <Interfaceversies>
        <Interfaceversie>
          <InterfaceversieId>2</InterfaceversieId>
          <Gegevensdiensten>
            <Gegevensdienst>
              <GegevensdienstId>49</GegevensdienstId>
              <AuthorizationEndpoint><AuthorizationEndpointuri>https://inlog.dva.nl/authorize</AuthorizationEndpointuri></AuthorizationEndpoint>
              <TokenEndpoint><TokenEndpointuri>https://dva.nl:8444/token</TokenEndpointuri></TokenEndpoint>
              <Abonneren><MaximaleDuur>30</MaximaleDuur><SubscriptionEndpointuri>https://dva.nl/sub</SubscriptionEndpointuri></Abonneren>
              <Systeemrollen>
                <Systeemrol>
                  <Systeemrolcode>MM-2.0-HGB-FHIR</Systeemrolcode>
                  <ResourceEndpoint><ResourceEndpointuri>https://dva.nl/2.0.0/fhir/</ResourceEndpointuri></ResourceEndpoint>
                </Systeemrol>
              </Systeemrollen>
            </Gegevensdienst>
          </Gegevensdiensten>
        </Interfaceversie>
      </Interfaceversies>
    </Zorgaanbieder>
  </Zorgaanbieders>
</Zorgaanbiederslijst>"#;

const OCL: &str = r#"<o:OAuthclientlist xmlns:o="xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/">
  <o:Tijdstempel>2026-06-15T10:00:00Z</o:Tijdstempel><o:Volgnummer>3</o:Volgnummer>
  <o:OAuthclients>
    <o:OAuthclient><o:Hostname>oud.pgo.nl</o:Hostname><o:OAuthclientOrganisatienaam>Oude PGO</o:OAuthclientOrganisatienaam></o:OAuthclient>
    <o:OAuthclient><o:Hostname>pgo.nl</o:Hostname><o:OAuthclientOrganisatienaam>De Enige Echte PGO</o:OAuthclientOrganisatienaam>
      <o:Interfaceversies><o:Interfaceversie><o:InterfaceversieId>2</o:InterfaceversieId>
        <o:Gegevensdiensten><o:Gegevensdienst><o:GegevensdienstId>49</o:GegevensdienstId></o:Gegevensdienst></o:Gegevensdiensten>
      </o:Interfaceversie></o:Interfaceversies></o:OAuthclient>
  </o:OAuthclients>
</o:OAuthclientlist>"#;

const WHL: &str = r#"<Whitelist xmlns="xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/">
  <Tijdstempel>2026-06-15T10:00:00Z</Tijdstempel><Volgnummer>3</Volgnummer>
  <MedMijNodes><MedMijNode><Hostname>pgo.nl</Hostname></MedMijNode><MedMijNode><Hostname>dva.nl</Hostname></MedMijNode></MedMijNodes>
</Whitelist>"#;

const GNL: &str = r#"<Gegevensdienstnamenlijst xmlns="xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/">
  <Tijdstempel>2026-06-15T10:00:00Z</Tijdstempel><Volgnummer>3</Volgnummer>
  <Gegevensdiensten><Gegevensdienst><GegevensdienstId>49</GegevensdienstId><Weergavenaam>Huisartsgegevens</Weergavenaam></Gegevensdienst></Gegevensdiensten>
</Gegevensdienstnamenlijst>"#;

fn lists() -> Lists {
    let texts = ListTexts { zal: ZAL.as_bytes(), ocl: OCL.as_bytes(), whl: WHL.as_bytes(), gnl: GNL.as_bytes() };
    Lists::parse(texts, Production, at("2026-06-15T10:00:00Z")).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn fault_of(kind: ListKind, text: &str) -> (&'static str, Fault) {
    let error = match kind {
        ListKind::Zal => Zal::parse(text.as_bytes(), Production).unwrap_err(),
        ListKind::Ocl => Ocl::parse(text.as_bytes(), Production).unwrap_err(),
        ListKind::Whl => Whl::parse(text.as_bytes(), Production).unwrap_err(),
        ListKind::Gnl => Gnl::parse(text.as_bytes(), Production).unwrap_err(),
        ListKind::Zkl => Zkl::parse(text.as_bytes(), Production).unwrap_err(),
    };
    assert_eq!(error.list, kind);
    (error.element, error.fault)
}

/// `text` with the first `from` replaced, which must be there.
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the sample has no {from}");
    text.replacen(from, to, 1)
}

#[test]
fn the_four_lists_answer_the_questions_of_the_handlers() {
    let lists = lists();
    let name = MedMijName::registered("huisartsdelinde@medmij").unwrap();
    let service = lists.provider(&name).unwrap().service("2", &"49".parse().unwrap()).unwrap();
    assert_eq!(service.authorization.as_str(), "https://inlog.dva.nl/authorize");
    assert_eq!(service.token.host(), "dva.nl");
    assert_eq!(service.roles[0].code, "MM-2.0-HGB-FHIR");
    assert_eq!(service.subscription.as_ref().unwrap().max_days, 30);
    assert_eq!(lists.gnl.name("49"), Some("Huisartsgegevens"));
    assert_eq!(lists.client("pgo.nl").unwrap().organisation, "De Enige Echte PGO");
    assert_eq!(lists.zal.version().number, 12);
}

#[test]
fn a_client_must_be_on_both_lists() {
    let lists = lists();
    assert!(lists.ocl.find("oud.pgo.nl").is_some());
    assert!(lists.client("oud.pgo.nl").is_none(), "not on the Whitelist");
    assert!(lists.client("dva.nl").is_none(), "not on the OAuthclientlist");
    assert!(lists.client("PGO.nl").is_none(), "compared exactly");
}

#[test]
fn a_client_supports_what_the_list_says_and_nothing_more() {
    let lists = lists();
    let client = lists.ocl.find("pgo.nl").unwrap();
    for without in [WithoutServices::Refuse, WithoutServices::All] {
        assert!(client.supports("2", "49", without));
        assert!(!client.supports("2", "51", without), "another service");
        assert!(!client.supports("3", "49", without), "another interface version");
    }
}

#[test]
fn a_client_without_listed_services_has_none_unless_the_setting_says_all() {
    let lists = lists();
    let client = lists.ocl.find("oud.pgo.nl").unwrap();
    assert!(!client.supports("2", "49", WithoutServices::default()));
    assert!(client.supports("2", "49", WithoutServices::All));
}

#[test]
fn services_without_interface_version_hold_for_every_version() {
    let text = with(
        OCL,
        "Oude PGO</o:OAuthclientOrganisatienaam>",
        "Oude PGO</o:OAuthclientOrganisatienaam><o:Gegevensdiensten><o:Gegevensdienst>51</o:Gegevensdienst><o:Gegevensdienst/></o:Gegevensdiensten>",
    );
    let ocl = Ocl::parse(text.as_bytes(), Production).unwrap();
    let client = ocl.find("oud.pgo.nl").unwrap();
    assert!(client.supports("2", "51", WithoutServices::Refuse));
    assert!(!client.supports("2", "49", WithoutServices::All));
}

#[test]
fn both_structures_of_the_whitelist_are_understood() {
    let old = with(WHL, "<MedMijNode><Hostname>pgo.nl</Hostname></MedMijNode>", "<MedMijNode>pgo.nl</MedMijNode>");
    let whl = Whl::parse(old.as_bytes(), Production).unwrap();
    assert!(whl.contains("pgo.nl") && whl.contains("dva.nl") && !whl.contains("gen.pgo.nl"));
}

#[test]
fn unknown_kinds_of_provider_do_not_hurt() {
    let zal = Zal::parse(with(ZAL, ">ZA<", ">APD<").as_bytes(), Production).unwrap();
    assert_eq!(zal.providers().next().unwrap().kind, Aanbiedertype::Other("APD".to_owned()));
}

#[test]
fn a_fault_in_the_zorgaanbiederslijst_is_named() {
    let cases: &[(&str, &str, &str, Fault)] = &[
        ("release3", "release4", "Zorgaanbiederslijst", Fault::WrongRoot),
        ("<Volgnummer>12</Volgnummer>", "", "Volgnummer", Fault::Missing),
        (">12<", ">0<", "Volgnummer", Fault::Form("a positive number")),
        (">12<", "><", "Volgnummer", Fault::NoText),
        ("10:00:00+02:00", "10:00:00", "Tijdstempel", Fault::Form("an instant with its zone")),
        ("huisartsdelinde@medmij", "HuisartsDeLinde@medmij", "Zorgaanbiedernaam", Fault::Form("a MedMij name")),
        ("<Aanbiedertype>ZA</Aanbiedertype>", "", "Aanbiedertype", Fault::Missing),
        (
            "https://inlog.dva.nl/authorize",
            "http://inlog.dva.nl/",
            "AuthorizationEndpointuri",
            Fault::Form("an endpoint address"),
        ),
        (
            "https://inlog.dva.nl/authorize",
            "https://inlog.dva.nl:1/",
            "AuthorizationEndpointuri",
            Fault::Form("an endpoint address"),
        ),
        (
            "https://dva.nl:8444/token",
            "https://localhost/token",
            "TokenEndpointuri",
            Fault::Form("an endpoint address"),
        ),
        (
            "<Volgnummer>12</Volgnummer>",
            "<Volgnummer>1</Volgnummer><Volgnummer>2</Volgnummer>",
            "Volgnummer",
            Fault::Repeated,
        ),
        (
            "</Systeemrol>",
            "</Systeemrol><Systeemrol><Systeemrolcode>MM-2.0-HGB-FHIR</Systeemrolcode></Systeemrol>",
            "Systeemrolcode",
            Fault::Duplicate,
        ),
        ("<Interfaceversies>", "<Interfaceversies/><Andere>", "Zorgaanbiederslijst", Fault::NotWellFormed),
    ];
    for (from, to, element, fault) in cases {
        assert_eq!(fault_of(ListKind::Zal, &with(ZAL, from, to)), (*element, *fault), "{from} -> {to}");
    }
}

#[test]
fn the_same_provider_twice_is_refused() {
    let start = ZAL.find("    <Zorgaanbieder>").unwrap();
    let end = ZAL.find("  </Zorgaanbieders>").unwrap();
    let twice = format!("{}{}{}", &ZAL[..end], &ZAL[start..end], &ZAL[end..]);
    assert_eq!(fault_of(ListKind::Zal, &twice), ("Zorgaanbiedernaam", Fault::Duplicate));
}

#[test]
fn a_fault_in_the_smaller_lists_is_named() {
    let cases: &[(ListKind, &str, &str, &str, &str, Fault)] = &[
        (ListKind::Ocl, OCL, "oud.pgo.nl", "pgo.nl", "Hostname", Fault::Duplicate),
        (ListKind::Ocl, OCL, "oud.pgo.nl", "*.pgo.nl", "Hostname", Fault::Form("a host name")),
        (ListKind::Ocl, OCL, "Oude PGO", "Ou", "OAuthclientOrganisatienaam", Fault::Form("text of the allowed length")),
        (ListKind::Ocl, OCL, "<o:InterfaceversieId>2</o:InterfaceversieId>", "", "InterfaceversieId", Fault::Missing),
        (ListKind::Whl, WHL, "dva.nl", "pgo.nl", "Hostname", Fault::Duplicate),
        (ListKind::Whl, WHL, "<Hostname>pgo.nl</Hostname>", "", "MedMijNode", Fault::NoText),
        (ListKind::Whl, WHL, "pgo.nl", "PGO.nl", "Hostname", Fault::Form("a host name")),
        (ListKind::Gnl, GNL, ">49<", ">4\u{20ac}9<", "GegevensdienstId", Fault::Form("an id of 1 to 30 characters")),
        (ListKind::Gnl, GNL, "Huisartsgegevens", "HG", "Weergavenaam", Fault::Form("text of the allowed length")),
        (ListKind::Gnl, GNL, "<Weergavenaam>Huisartsgegevens</Weergavenaam>", "", "Weergavenaam", Fault::Missing),
    ];
    for (kind, text, from, to, element, fault) in cases {
        assert_eq!(fault_of(*kind, &with(text, from, to)), (*element, *fault), "{kind}: {from} -> {to}");
    }
}

#[test]
fn an_empty_list_is_refused_in_production_only() {
    let empty = "<Whitelist xmlns=\"xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/\"><Tijdstempel>2026-06-15T10:00:00Z</Tijdstempel><Volgnummer>3</Volgnummer><MedMijNodes/></Whitelist>";
    assert_eq!(fault_of(ListKind::Whl, empty), ("MedMijNodes", Fault::Empty));
    assert!(Whl::parse(empty.as_bytes(), Development).is_ok());
}

#[test]
fn a_document_type_is_refused_whatever_it_says() {
    let text = format!("<!DOCTYPE Whitelist [<!ENTITY a \"b\">]>{WHL}");
    assert_eq!(fault_of(ListKind::Whl, &text), ("Whitelist", Fault::DocumentType));
}

#[test]
fn an_error_names_the_line_and_quotes_nothing() {
    let error = Zal::parse(with(ZAL, "huisartsdelinde@medmij", "Geheim!").as_bytes(), Production).unwrap_err();
    assert_eq!(error.line, 7);
    assert_eq!(
        error.to_string(),
        "Zorgaanbiederslijst, element Zorgaanbiedernaam, line 7: does not fit: a MedMij name"
    );
}

#[test]
fn deep_nesting_ends_in_an_answer() {
    let mut text = String::from("<Whitelist xmlns=\"xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/\">");
    text.push_str(&"<a>".repeat(50_000));
    assert!(Whl::parse(text.as_bytes(), Production).is_err());
    text.push_str(&"</a>".repeat(50_000));
    text.push_str("</Whitelist>");
    assert!(Whl::parse(text.as_bytes(), Production).is_err());
}

#[test]
fn lists_are_used_up_to_their_allowed_age() {
    let lists = lists();
    assert!(lists.are_usable_at(at("2026-06-16T10:00:00Z"), 86_400));
    assert!(!lists.are_usable_at(at("2026-06-16T10:00:01Z"), 86_400));
}

#[test]
fn what_is_written_for_development_reads_back_the_same() {
    let lists = lists();
    let providers: Vec<Provider> = lists.zal.providers().cloned().collect();
    let clients: Vec<Client> = lists.ocl.clients().cloned().collect();
    let nodes: Vec<Hostname> = lists.whl.nodes().cloned().collect();
    let names = [("HG-R4".parse().unwrap(), "Huisartsgegevens R4 <&>".to_owned())];
    let version = ListVersion { number: 8, made_at: at("2026-06-15T12:00:00Z") };
    let zal = write::zal(&version, &providers).unwrap();
    let ocl = write::ocl(&version, &clients).unwrap();
    let whl = write::whl(&version, &nodes).unwrap();
    let gnl = write::gnl(&version, &names).unwrap();
    let zal = Zal::parse(zal.as_bytes(), Production).unwrap();
    assert_eq!(zal.version(), &version);
    assert!(zal.providers().eq(&providers));
    assert!(Ocl::parse(ocl.as_bytes(), Production).unwrap().clients().eq(&clients));
    assert!(Whl::parse(whl.as_bytes(), Production).unwrap().nodes().eq(&nodes));
    assert_eq!(Gnl::parse(gnl.as_bytes(), Production).unwrap().name("HG-R4"), Some("Huisartsgegevens R4 <&>"));
}

proptest! {
    #[test]
    fn no_bytes_break_the_readers(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Zal::parse(&bytes, Production);
        let _ = Ocl::parse(&bytes, Development);
        let _ = Whl::parse(&bytes, Production);
        let _ = Gnl::parse(&bytes, Development);
    }

    #[test]
    fn a_mutated_list_gives_a_list_or_a_named_fault(place in 0_usize..2000, byte in any::<u8>(), cut in 0_usize..40) {
        let mut bytes = ZAL.as_bytes().to_vec();
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.drain(place..(place + cut).min(ZAL.len()));
        if let Err(error) = Zal::parse(&bytes, Production) {
            prop_assert_eq!(error.list, ListKind::Zal);
        }
    }
}

const ZAL2: &str = r#"<Zorgaanbiederslijst xmlns="xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release2/">
  <Tijdstempel>2018-06-15T10:00:00Z</Tijdstempel><Volgnummer>4</Volgnummer>
  <Zorgaanbieders><Zorgaanbieder>
    <Zorgaanbiedernaam>umcharderwijk@medmij</Zorgaanbiedernaam>
    <Gegevensdiensten><Gegevensdienst>
      <GegevensdienstId>4</GegevensdienstId>
      <AuthorizationEndpoint><AuthorizationEndpointuri>https://medmij.za982.nl/dialog/oauth</AuthorizationEndpointuri></AuthorizationEndpoint>
      <TokenEndpoint><TokenEndpointuri>https://medmij.xisbridge.net/oauth/token</TokenEndpointuri></TokenEndpoint>
      <Systeemrollen><Systeemrol><Systeemrolcode>LAB-1.1-LRB-FHIR</Systeemrolcode>
        <ResourceEndpoint><ResourceEndpointuri>https://rcf.umcharderwijk.nl/fhir</ResourceEndpointuri></ResourceEndpoint></Systeemrol></Systeemrollen>
    </Gegevensdienst></Gegevensdiensten>
  </Zorgaanbieder></Zorgaanbieders>
</Zorgaanbiederslijst>"#;

const WHL_2018: &str = r#"<Whitelist xmlns="xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/">
  <Tijdstempel>2018-06-15T10:00:00Z</Tijdstempel><Volgnummer>3</Volgnummer>
  <MedMijNodes><MedMijNode>pgo.nl</MedMijNode></MedMijNodes>
</Whitelist>"#;

const ZKL: &str = r#"<Zorgaanbiederskoppellijst xmlns="xmlns://afsprakenstelsel.medmij.nl/Zorgaanbiederskoppellijst/release1/">
  <Tijdstempel>2026-06-15T10:00:00Z</Tijdstempel><Volgnummer>9</Volgnummer>
  <Zorgaanbieders><Zorgaanbieder>
    <Zorgaanbiedernaam>huisartsdelinde@medmij</Zorgaanbiedernaam>
    <IdentificerendeKenmerken><IdentificerendKenmerk><AGB>01000001</AGB></IdentificerendKenmerk><IdentificerendKenmerk><URA>90000001</URA></IdentificerendKenmerk></IdentificerendeKenmerken>
    <Gegevensdiensten><Gegevensdienst><GegevensdienstId>49</GegevensdienstId><Weergavenaam>Huisartsgegevens</Weergavenaam>
      <Interfaceversies><Interfaceversie><InterfaceversieId>2</InterfaceversieId></Interfaceversie></Interfaceversies></Gegevensdienst></Gegevensdiensten>
  </Zorgaanbieder></Zorgaanbieders>
</Zorgaanbiederskoppellijst>"#;

#[test]
fn an_old_zorgaanbiederslijst_is_read_and_offers_nothing_under_this_interface() {
    let zal = Zal::parse(ZAL2.as_bytes(), Production).unwrap();
    let provider = zal.providers().next().unwrap();
    assert_eq!(provider.interfaces[0].services[0].roles[0].code, "LAB-1.1-LRB-FHIR");
    assert!(provider.service("2", &"4".parse().unwrap()).is_none());
}

#[test]
fn the_koppellijst_tells_the_numbers_of_a_practice() {
    let zkl = Zkl::parse(ZKL.as_bytes(), Production).unwrap();
    let name = MedMijName::registered("huisartsdelinde@medmij").unwrap();
    let numbers: Vec<_> =
        zkl.find(&name).unwrap().iter().map(|found| (found.register, found.number.as_str())).collect();
    assert_eq!(numbers, [("AGB", "01000001"), ("URA", "90000001")]);
    let two = ZKL.replace("<AGB>01000001</AGB>", "<AGB>1</AGB><KVK>2</KVK>");
    assert!(matches!(Zkl::parse(two.as_bytes(), Production).unwrap_err().fault, Fault::Form(_)));
    let unknown = ZKL.replace("AGB>", "BSN>");
    assert!(Zkl::parse(unknown.as_bytes(), Production).is_err());
}

#[test]
fn good_lists_of_every_release_fit_their_schemas() {
    let schemas = schema::Schemas::built_in().unwrap();
    let good = [
        (ListKind::Zal, ZAL),
        (ListKind::Zal, ZAL2),
        (ListKind::Ocl, OCL),
        (ListKind::Whl, WHL),
        (ListKind::Whl, WHL_2018),
        (ListKind::Gnl, GNL),
        (ListKind::Zkl, ZKL),
    ];
    for (list, text) in good {
        assert_eq!(schemas.check(list, text), Ok(()), "{list}: {text}");
    }
}

#[test]
fn what_a_schema_does_not_have_is_found_also_where_nobody_looks() {
    let schemas = schema::Schemas::built_in().unwrap();
    let bad = [
        ("a new element", ListKind::Zal, ZAL.replace("<Aanbiedertype>", "<Nieuw>1</Nieuw><Aanbiedertype>")),
        ("a renamed element", ListKind::Zal, ZAL.replace("MaximaleDuur", "MaximaalDuur")),
        ("another order", ListKind::Gnl, swap(GNL, "<GegevensdienstId>49</GegevensdienstId>")),
        ("a name that is too short", ListKind::Gnl, GNL.replace(">Huisartsgegevens<", ">H<")),
        ("a number that is none", ListKind::Whl, WHL.replace("<Volgnummer>3<", "<Volgnummer>drie<")),
        ("a stamp without zone", ListKind::Whl, WHL.replace("2026-06-15T10:00:00Z", "2026-06-15T10:00:00")),
        ("an element in a host", ListKind::Whl, WHL.replace("<Hostname>pgo.nl</Hostname>", "<Naam>pgo.nl</Naam>")),
        ("two numbers in one", ListKind::Zkl, ZKL.replace("<AGB>01000001</AGB>", "<AGB>1</AGB><KVK>2</KVK>")),
        ("an address without TLS", ListKind::Zal, ZAL.replace("https://dva.nl/2.0.0", "http://dva.nl/2.0.0")),
        ("a release of the future", ListKind::Zal, ZAL.replace("release3", "release4")),
    ];
    for (case, list, text) in bad {
        assert!(schemas.check(list, &text).is_err(), "{case}");
    }
}

/// Moves a piece of text to the end of the element that holds it.
fn swap(text: &str, piece: &str) -> String {
    text.replace(piece, "").replace("</Weergavenaam>", &format!("</Weergavenaam>{piece}"))
}

proptest! {
    #[test]
    fn no_text_breaks_the_schemas(text in "[<>/a-zA-Z0-9 \"=:&;.]{0,200}") {
        let schemas = schema::Schemas::built_in().unwrap();
        for list in ListKind::ALL {
            let _ = schemas.check(list, &text);
        }
    }
}
