//! Practices and their settings.

use dvza::store::StoreError;
use dvza::store::practices::{self, Contract, LastBatch, NewPractice};
use dvza::store::settings::{self, Setting, SettingSource};

use crate::support::engines::{engines, now, practice};

#[tokio::test]
async fn a_practice_is_found_by_name_by_ura_and_by_id_and_by_nothing_else() {
    for engine in engines().await {
        let mut tx = engine.store.read().await.unwrap();
        let by_name = practices::find_by_name(&mut tx, "huisarts1@medmij").await.unwrap().unwrap();
        let by_ura = practices::find_by_ura(&mut tx, "90000001").await.unwrap().unwrap();
        let by_id = practices::find(&mut tx, &practice(1)).await.unwrap().unwrap();
        assert_eq!((&by_name, &by_ura), (&by_id, &by_id));
        assert_eq!(by_id.scope(), practice(1));
        assert!(by_id.active && by_id.last.is_none());
        assert_eq!(practices::find_by_name(&mut tx, "HUISARTS1@medmij").await.unwrap(), None);
        assert_eq!(practices::find_by_ura(&mut tx, "90000009").await.unwrap(), None);
        assert_eq!(practices::find(&mut tx, &practice(9)).await.unwrap(), None);
        let names: Vec<_> = practices::list(&mut tx).await.unwrap().into_iter().map(|it| it.medmij_name).collect();
        assert_eq!(names, ["huisarts1@medmij", "huisarts2@medmij"]);
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_name_or_ura_in_use_is_refused() {
    for engine in engines().await {
        let taken = [("huisarts1@medmij", "90000003"), ("huisarts3@medmij", "90000001")];
        for (medmij_name, ura) in taken {
            let new = NewPractice {
                id: practice(3).practice,
                medmij_name: medmij_name.into(),
                ura: ura.into(),
                agb: Some("01999993".into()),
                display_name: "Derde".into(),
            };
            let mut tx = engine.store.write().await.unwrap();
            let refused = practices::add(&mut tx, &new, now()).await;
            assert!(matches!(refused, Err(StoreError::Taken(_))), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn ending_and_describing_a_practice_touches_no_other() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        assert!(practices::set_active(&mut tx, &practice(1), Contract::Ended).await.unwrap());
        assert!(!practices::set_active(&mut tx, &practice(9), Contract::Ended).await.unwrap());
        practices::describe(&mut tx, &practice(1), "Nieuwe naam", Some("01999991")).await.unwrap();
        let one = practices::find(&mut tx, &practice(1)).await.unwrap().unwrap();
        let two = practices::find(&mut tx, &practice(2)).await.unwrap().unwrap();
        assert_eq!(
            (one.active, one.display_name.as_str(), one.agb.as_deref()),
            (false, "Nieuwe naam", Some("01999991"))
        );
        assert_eq!((two.active, two.display_name.as_str(), two.agb), (true, "Huisartsenpraktijk 2", None));
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn of_two_deliveries_that_follow_the_same_one_exactly_one_is_taken() {
    for engine in engines().await {
        let last = |seq, batch: &str| LastBatch { seq, batch: batch.into(), content_hash: [7; 32] };
        for (expected, seq) in [(None, 118), (Some(118), 119)] {
            let race = ["a", "b"].map(|batch| {
                let (store, last) = (engine.store.clone(), last(seq, batch));
                tokio::spawn(async move {
                    let mut tx = store.write().await.unwrap();
                    let won = practices::advance_seq(&mut tx, &practice(1), expected, &last).await.unwrap();
                    tx.commit().await.unwrap();
                    won
                })
            });
            let mut winners = 0;
            for racer in race {
                winners += u32::from(racer.await.unwrap());
            }
            assert_eq!(winners, 1);
        }
        let mut tx = engine.store.write().await.unwrap();
        assert!(!practices::advance_seq(&mut tx, &practice(1), None, &last(1, "c")).await.unwrap());
        let one = practices::find(&mut tx, &practice(1)).await.unwrap().unwrap().last.unwrap();
        assert_eq!((one.seq, one.content_hash), (119, [7; 32]));
        assert_eq!(practices::find(&mut tx, &practice(2)).await.unwrap().unwrap().last, None);
        tx.close().await.unwrap();
    }
}

fn setting(source: SettingSource, value: &str, later: i64) -> Setting {
    Setting {
        key: "facility.ep_lines".into(),
        source,
        value: value.into(),
        at: now().plus_seconds(later),
        by: "test".into(),
    }
}

#[tokio::test]
async fn the_newer_source_of_a_setting_holds_and_every_change_is_remembered() {
    use SettingSource::{Feed, Own};
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let (one, two) = (practice(1), practice(2));
        assert!(settings::set(&mut tx, &one, &setting(Feed, "false", 0)).await.unwrap());
        assert!(settings::set(&mut tx, &one, &setting(Own, "true", 1)).await.unwrap());
        // The feed repeats what it said before: nothing new, so our own stays the newer one.
        assert!(!settings::set(&mut tx, &one, &setting(Feed, "false", 2)).await.unwrap());
        assert_eq!(settings::load_effective(&mut tx, &one).await.unwrap()["facility.ep_lines"], "true");
        assert!(settings::load_effective(&mut tx, &two).await.unwrap().is_empty());
        assert_eq!(settings::list(&mut tx, &one).await.unwrap().len(), 2);

        let at = now().plus_seconds(3);
        assert!(settings::clear(&mut tx, &one, "facility.ep_lines", Own, at, "test").await.unwrap());
        assert!(!settings::clear(&mut tx, &one, "facility.ep_lines", Own, at, "test").await.unwrap());
        assert!(!settings::clear(&mut tx, &two, "facility.ep_lines", Feed, at, "test").await.unwrap());
        assert_eq!(settings::load_effective(&mut tx, &one).await.unwrap()["facility.ep_lines"], "false");
        let values: Vec<_> =
            settings::history(&mut tx, &one).await.unwrap().into_iter().map(|change| change.value).collect();
        assert_eq!(values, [Some("false".to_owned()), Some("true".to_owned()), None]);
        assert!(settings::history(&mut tx, &two).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}
